import process from 'node:process';
import {explainFailure} from './failure.ts';

/** Files that a process reads again while it runs. */
export type Reload = {
	/** What is said before the reason when that fails: nothing has changed. */
	readonly failed: string;
	/** Resolves with what to say. */
	again(): Promise<string>;
};

export const topologyReload = (reload: () => Promise<void>): Reload => ({
	failed: 'the topology stays as it was',
	again: async () => {
		await reload();
		return 'the topology was read again';
	},
});

export type Hangup = {
	/** What the signal makes this process read again, and at once if it has come. */
	attach(reloads: readonly Reload[]): void;
	release(): void;
};

const readAgain = async (reloads: readonly Reload[]): Promise<void> => {
	for (const {failed, again} of reloads) {
		const said = await again().catch((error: unknown) => `${failed}: ${explainFailure(error, false)}`);
		process.stderr.write(`${said}\n`);
	}
};

/**
 * From now on SIGHUP does not end this process, as it would by default, but makes it read files again. A file that is
 * wrong changes nothing, and is named.
 */
export const listenForHangup = (): Hangup => {
	let attached: readonly Reload[] | undefined;
	let isAsked = false;
	/** One after the other: what was in a file last counts. */
	let reading: Promise<void> = Promise.resolve();
	const hangUp = (): void => {
		isAsked = true;
		const reloads = attached;
		if (reloads !== undefined) reading = reading.then(() => readAgain(reloads));
	};
	process.on('SIGHUP', hangUp);
	return {
		attach: reloads => {
			attached = reloads;
			if (isAsked) hangUp();
		},
		release: () => {
			process.off('SIGHUP', hangUp);
		},
	};
};
