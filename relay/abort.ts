import {setMaxListeners} from 'node:events';

/** Why a wait ends that nobody needs any longer. Without a reason each abort makes an exception with its stack. */
export const OVER = 'over';

/** Calls once when the signal aborts; returns how to stop listening. A signal may have any number of waiters. */
export const onAbort = (signal: AbortSignal, call: () => void): (() => void) => {
	// Node warns of a leak at the eleventh listener, but a busy node waits for more than ten things.
	setMaxListeners(0, signal);
	signal.addEventListener('abort', call, {once: true});
	return () => signal.removeEventListener('abort', call);
};

/** `promise`, unless the signal comes first; the promise is then left to itself and never goes unhandled. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
	if (signal.aborted) {
		promise.catch(() => undefined);
		return Promise.reject(signal.reason);
	}
	return new Promise<T>((resolve, reject) => {
		const stop = onAbort(signal, () => reject(signal.reason));
		promise.then(
			value => {
				stop();
				resolve(value);
			},
			error => {
				stop();
				reject(error);
			},
		);
	});
};

/**
 * A signal of its own that ends with `parent` or by `end`. Node keeps signals made by `AbortSignal.any` alive for as
 * long as anybody listens, even when nobody else knows them any longer; this one goes with its parent.
 */
export const endsWith = (parent: AbortSignal): {readonly signal: AbortSignal; readonly end: () => void} => {
	const controller = new AbortController();
	if (parent.aborted) controller.abort(parent.reason);
	const unlink = onAbort(parent, () => controller.abort(parent.reason));
	return {
		signal: controller.signal,
		end: () => {
			unlink();
			controller.abort(OVER);
		},
	};
};
