/** `promise`, unless the signal comes first; the promise is then left to itself and never goes unhandled. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
	if (signal.aborted) {
		promise.catch(() => undefined);
		return Promise.reject(signal.reason);
	}
	return new Promise<T>((resolve, reject) => {
		const abort = (): void => reject(signal.reason);
		signal.addEventListener('abort', abort, {once: true});
		promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
	});
};
