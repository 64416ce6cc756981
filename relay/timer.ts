import {onAbort} from './abort.ts';

/** The clock of connections. Handed in, so that tests and the simulator own the time. */
export type Timer = {
	/** Milliseconds since some fixed moment; only differences mean something. */
	readonly nowMs: () => number;
	/** Calls once, `delayMs` from now, unless the returned function is called before. */
	readonly after: (delayMs: number, call: () => void) => () => void;
};

/** What a connection needs of the world besides its bearer. */
export type Environment = {
	readonly timer: Timer;
	/** A number in [0, 1): spreads time limits, decides nothing. */
	readonly random: () => number;
};

/** Resolves after `delayMs`; rejects with the signal's reason. */
export const sleep = (timer: Timer, delayMs: number, signal: AbortSignal): Promise<void> =>
	new Promise((resolve, reject) => {
		if (signal.aborted) {
			reject(signal.reason);
			return;
		}
		const cancel = timer.after(delayMs, () => {
			stop();
			resolve();
		});
		const stop = onAbort(signal, () => {
			cancel();
			reject(signal.reason);
		});
	});
