import {NodeError} from '#kernel/node-error';
import type {ControlClient, EventLine} from '#node/ports/control-api';

/** What one node's chain told since the log was opened, and a way to wait for more of it. */
export type EventLog = {
	/** All lines so far, oldest first; blocks that were rolled back leave their lines out. */
	lines(): readonly EventLine[];
	/** The first line that fits, past or to come. Rejects with EVENT_MISSING after `msMax`. */
	waitFor(what: string, fits: (line: EventLine) => boolean, msMax: number): Promise<EventLine>;
	/** Resolves when `count` lines with different `keyOf` fit. */
	waitForAll(
		what: string,
		keyOf: (line: EventLine) => string | undefined,
		count: number,
		msMax: number,
		onProgress?: (done: number) => void,
	): Promise<ReadonlyMap<string, EventLine>>;
};

type Waiter = {readonly look: () => boolean};

/** Follows `node` from block `from` on until `signal` aborts. `onLine` sees each line once. */
export const followEvents = (
	node: ControlClient,
	options: {readonly from: number; readonly signal: AbortSignal; readonly onLine?: (line: EventLine) => void},
): EventLog => {
	let lines: EventLine[] = [];
	const waiters = new Set<Waiter>();
	let broken: unknown;

	const read = async (): Promise<void> => {
		for await (const line of node.events({from: options.from, signal: options.signal})) {
			if (line.event.kind === 'rolledBack') lines = lines.filter(({blockNo}) => blockNo <= line.blockNo);
			else lines.push(line);
			options.onLine?.(line);
			for (const waiter of [...waiters]) if (waiter.look()) waiters.delete(waiter);
		}
	};
	void read().catch(error => {
		if (!options.signal.aborted) broken = error;
	});

	const until = (what: string, look: () => boolean, msMax: number): Promise<void> =>
		new Promise((resolve, reject) => {
			if (look()) return resolve();
			const end = (outcome: () => void): true => {
				clearTimeout(timer);
				options.signal.removeEventListener('abort', stop);
				waiters.delete(waiter);
				outcome();
				return true;
			};
			const waiter: Waiter = {look: () => look() && end(resolve)};
			const stop = (): void => {
				end(() => reject(options.signal.reason));
			};
			const timer = setTimeout(
				() =>
					end(() =>
						reject(
							new NodeError(
								{code: 'EVENT_MISSING', message: `Not seen within ${msMax / 1000} s: ${what}.`},
								{cause: broken},
							),
						),
					),
				msMax,
			);
			options.signal.addEventListener('abort', stop, {once: true});
			waiters.add(waiter);
		});

	const collect = (keyOf: (line: EventLine) => string | undefined): Map<string, EventLine> => {
		const found = new Map<string, EventLine>();
		for (const line of lines) {
			const key = keyOf(line);
			if (key !== undefined && !found.has(key)) found.set(key, line);
		}
		return found;
	};

	return {
		lines: () => lines,
		waitFor: async (what, fits, msMax) => {
			let found: EventLine | undefined;
			await until(
				what,
				() => {
					found = lines.find(fits);
					return found !== undefined;
				},
				msMax,
			);
			return found as EventLine;
		},
		waitForAll: async (what, keyOf, count, msMax, onProgress) => {
			await until(
				what,
				() => {
					const {size} = collect(keyOf);
					onProgress?.(Math.min(size, count));
					return size >= count;
				},
				msMax,
			);
			return collect(keyOf);
		},
	};
};
