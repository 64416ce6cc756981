import {NodeError} from '#kernel/node-error';

type Call = {readonly signal?: AbortSignal};

/** What is under way with something that can be closed. */
export type Operations = {
	/** Does the work with a signal that aborts with the caller's, and when all is closed. Throws STORAGE_CLIENT_CLOSED. */
	run<T>(call: Call, work: (call: {readonly signal: AbortSignal}) => Promise<T>): Promise<T>;
	/** Calls off what is under way, and resolves when it has ended. */
	close(): Promise<void>;
};

const closed = (): NodeError =>
	new NodeError({
		code: 'STORAGE_CLIENT_CLOSED',
		message: 'The storage client was closed while this was under way, or before it began.',
	});

export const createOperations = (): Operations => {
	const running = new Map<AbortController, Promise<unknown>>();
	let isClosed = false;
	/** With a controller of its own: what listens to a signal that lives as long as the client is never forgotten. */
	const start = async <T>(
		own: AbortController,
		{signal}: Call,
		work: (call: {readonly signal: AbortSignal}) => Promise<T>,
	): Promise<T> => {
		const abort = (): void => own.abort(signal?.reason);
		signal?.addEventListener('abort', abort, {once: true});
		if (signal?.aborted === true) abort();
		try {
			return await work({signal: own.signal});
		} catch (error) {
			// What it failed of then is only how it ended.
			throw isClosed ? closed() : error;
		} finally {
			signal?.removeEventListener('abort', abort);
			running.delete(own);
		}
	};
	return {
		run: async (call, work) => {
			if (isClosed) throw closed();
			const own = new AbortController();
			const started = start(own, call, work);
			running.set(own, started);
			return await started;
		},
		close: async () => {
			isClosed = true;
			const all = [...running];
			for (const [own] of all) own.abort(closed());
			await Promise.allSettled(all.map(([, work]) => work));
		},
	};
};
