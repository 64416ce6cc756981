import {setMaxListeners} from 'node:events';
import type {Clock} from '#node/ports/clock';

export type RequestLimits = {
	/** How many may be under way at once. */
	readonly concurrentMax: number;
	/** How many may begin in a second, on average; undefined: any number. */
	readonly perSecond?: number;
	/** How many may begin at once after a pause; default 1. */
	readonly burst?: number;
};

/** Makes those wait who would be too many at once or too many in a second; first come, first served. */
export type RequestLimiter = {
	/** Rejects with the signal's reason when that aborts while it waits. */
	run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
};

export const createRequestLimiter = (
	clock: Clock,
	{concurrentMax, perSecond, burst = 1}: RequestLimits,
): RequestLimiter => {
	const intervalMs = perSecond === undefined ? 0 : 1_000 / perSecond;
	const waiting = new Set<() => void>();
	let running = 0;
	/** When the next one may begin if nobody may come in a burst. */
	let nextMs = Number.NEGATIVE_INFINITY;

	const place = (signal: AbortSignal): Promise<void> =>
		new Promise((resolve, reject) => {
			const leave = (): void => {
				waiting.delete(enter);
				reject(signal.reason);
			};
			const enter = (): void => {
				signal.removeEventListener('abort', leave);
				resolve();
			};
			if (signal.aborted) return reject(signal.reason);
			if (running < concurrentMax) {
				running++;
				return resolve();
			}
			// As many wait as there are questions; that is no leak.
			setMaxListeners(0, signal);
			signal.addEventListener('abort', leave, {once: true});
			waiting.add(enter);
		});

	/** The place is handed on, so that nobody overtakes those who wait. */
	const free = (): void => {
		const [next] = waiting;
		if (next === undefined) {
			running--;
			return;
		}
		waiting.delete(next);
		next();
	};

	const turn = async (signal: AbortSignal): Promise<void> => {
		if (intervalMs === 0) return;
		const startMs = Math.max(clock.now(), nextMs - (burst - 1) * intervalMs);
		nextMs = Math.max(clock.now(), nextMs) + intervalMs;
		await clock.waitUntil(startMs, {signal});
	};

	return {
		run: async (task, signal) => {
			await place(signal);
			try {
				await turn(signal);
				return await task();
			} finally {
				free();
			}
		},
	};
};
