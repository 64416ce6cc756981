import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';

export type Attempt<T> = {
	/** Rejects with a `NodeError` when it fails; the signal aborts when it is no longer wanted. */
	run(signal: AbortSignal): Promise<T>;
};

export type RaceOptions<T> = {
	/** How many are started at once, and how many must succeed. */
	readonly wanted: number;
	/** One more is started whenever this time passes without an end. */
	readonly hedgeMs: number;
	readonly clock: Clock;
	readonly signal?: AbortSignal;
	readonly onSuccess?: (value: T) => void;
	readonly onFailure?: (error: NodeError) => void;
};

export type RaceResult<T> = {readonly values: readonly T[]; readonly failures: readonly NodeError[]};

/**
 * Runs attempts until `wanted` have succeeded and calls the others off: a failure starts the next attempt at once, a
 * stall after a while. Ends with fewer when all attempts are used up.
 */
export const race = async <T>(
	attempts: Iterable<Attempt<T>>,
	{wanted, hedgeMs, clock, signal, onSuccess, onFailure}: RaceOptions<T>,
): Promise<RaceResult<T>> => {
	const queue = attempts[Symbol.iterator]();
	const values: T[] = [];
	const failures: NodeError[] = [];
	const finished = new AbortController();
	const stop = signal === undefined ? finished.signal : AbortSignal.any([signal, finished.signal]);
	let running = 0;
	/** Starts are counted, so that a hedge waits for a quiet time after the last event. */
	let events = 0;
	await new Promise<void>((resolve, reject) => {
		const fail = (error: unknown): void => {
			finished.abort(error);
			reject(error);
		};
		const succeeded = (value: T): void => {
			if (finished.signal.aborted) return;
			values.push(value);
			onSuccess?.(value);
			if (values.length < wanted) {
				// The last one that ran: others may have failed before it.
				if (running === 0 && !start()) resolve();
				return;
			}
			finished.abort(new NodeError({code: 'RACE_WON'}));
			resolve();
		};
		const failed = (error: unknown): void => {
			if (finished.signal.aborted) return;
			if (signal?.aborted === true || !(error instanceof NodeError)) {
				fail(signal?.reason ?? error);
				return;
			}
			failures.push(error);
			onFailure?.(error);
			if (!start() && running === 0) resolve();
		};
		const start = (): boolean => {
			const next = queue.next();
			if (next.done === true) return false;
			running++;
			events++;
			const ended = (): void => {
				running--;
				events++;
			};
			next.value.run(stop).then(
				value => {
					ended();
					succeeded(value);
				},
				error => {
					ended();
					failed(error);
				},
			);
			return true;
		};
		const hedge = async (): Promise<void> => {
			for (;;) {
				const before = events;
				await clock.waitUntil(clock.now() + hedgeMs, {signal: stop});
				if (events === before && !start()) return;
			}
		};
		for (let index = 0; index < wanted; index++) if (!start()) break;
		if (running === 0) resolve();
		hedge().catch(error => {
			if (!finished.signal.aborted) fail(signal?.aborted === true ? signal.reason : error);
		});
	});
	finished.abort(new NodeError({code: 'RACE_WON'}));
	return {values, failures};
};
