import process from 'node:process';
import {explainFailure} from './failure.ts';

export type Hangup = {
	/** What the signal makes this process read again. */
	attach(reload: () => Promise<void>): void;
	release(): void;
};

/**
 * From now on SIGHUP does not end this process, as it would by default, but makes it read its topology again. A file that is
 * wrong changes nothing, and is named.
 */
export const listenForHangup = (): Hangup => {
	let attached: (() => Promise<void>) | undefined;
	const hangUp = (): void => {
		attached?.().then(
			() => process.stderr.write('the topology was read again\n'),
			(error: unknown) =>
				process.stderr.write(`the topology stays as it was: ${explainFailure(error, false)}\n`),
		);
	};
	process.on('SIGHUP', hangUp);
	return {
		attach: reload => {
			attached = reload;
		},
		release: () => {
			process.off('SIGHUP', hangUp);
		},
	};
};
