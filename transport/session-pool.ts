import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {
	OutgoingMessage,
	PeerAddress,
	RequestOptions,
	Response,
	Session,
	Transport,
} from './transport.ts';

type Call = {readonly signal?: AbortSignal};

/** Keeps one session for each peer and opens it again when it is gone. */
export type SessionPool = {
	/** Throws TRANSPORT_SOCKETS_EXHAUSTED when all sessions are busy. */
	session(address: PeerAddress, options?: Call): Promise<Session>;
	/** One request to a peer; waits for its turn when all sessions are busy. */
	request(address: PeerAddress, message: OutgoingMessage, options?: RequestOptions): Promise<Response>;
	close(): void;
};

type Entry = {
	readonly dialled: Promise<Session>;
	/** Once it is dialled. */
	session: Session | undefined;
	/** Requests that came through the pool and have not ended. */
	users: number;
};

const isIdle = ({session, users}: Entry): boolean =>
	users === 0 && session !== undefined && session.pending === 0;

/** Resolves when `wake` is called; rejects when the signal aborts. */
const waitIn = (queue: Set<() => void>, signal: AbortSignal | undefined): Promise<void> =>
	new Promise((resolve, reject) => {
		const wake = (): void => {
			leave();
			resolve();
		};
		const abort = (): void => {
			leave();
			reject(signal?.reason);
		};
		const leave = (): void => {
			queue.delete(wake);
			signal?.removeEventListener('abort', abort);
		};
		queue.add(wake);
		signal?.addEventListener('abort', abort, {once: true});
	});

/** The promise's outcome, or the signal's reason if that comes first. */
const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
	if (signal === undefined) return await promise;
	let abort: () => void = () => undefined;
	try {
		return await new Promise<T>((resolve, reject) => {
			abort = () => reject(signal.reason);
			signal.addEventListener('abort', abort, {once: true});
			promise.then(resolve, reject);
		});
	} finally {
		signal.removeEventListener('abort', abort);
	}
};

class Pool implements SessionPool {
	readonly #transport: Transport;
	readonly #sessionsMax: number;
	/** By peer key, in order of last use. */
	readonly #entries = new Map<string, Entry>();
	/** Who waits for a session that somebody else is done with, first come first. */
	readonly #queue = new Set<() => void>();
	#closed: boolean = false;

	constructor(transport: Transport, sessionsMax: number) {
		this.#transport = transport;
		this.#sessionsMax = sessionsMax;
	}

	async session(address: PeerAddress, {signal}: Call = {}): Promise<Session> {
		signal?.throwIfAborted();
		const entry = this.#entryOf(address);
		if (entry === undefined)
			throw new NodeError({code: 'TRANSPORT_SOCKETS_EXHAUSTED', socketsMax: this.#sessionsMax});
		const session = await entry.dialled;
		signal?.throwIfAborted();
		return session;
	}

	async request(
		address: PeerAddress,
		message: OutgoingMessage,
		options: RequestOptions = {},
	): Promise<Response> {
		for (;;) {
			if (options.signal?.aborted === true) {
				// It may have been woken in vain: the place is the next one's.
				this.#wakeNext();
				throw options.signal.reason;
			}
			const entry = this.#entryOf(address);
			if (entry !== undefined) return await this.#exchange(entry, message, options);
			await waitIn(this.#queue, options.signal);
		}
	}

	close(): void {
		this.#closed = true;
		for (const {session} of this.#entries.values()) session?.close();
		this.#entries.clear();
		for (const wake of [...this.#queue]) wake();
	}

	/** The entry of a peer, its session dialled or on its way; undefined when there is no room for one more. */
	#entryOf(address: PeerAddress): Entry | undefined {
		if (this.#closed) throw new NodeError({code: 'TRANSPORT_CLOSED'});
		const key = toHex(address.key);
		const known = this.#entries.get(key);
		this.#entries.delete(key);
		const alive = known?.session?.closed === true ? undefined : known;
		if (alive === undefined && !this.#makeRoom()) return undefined;
		const entry = alive ?? this.#dial(key, address);
		this.#entries.set(key, entry);
		return entry;
	}

	/** Whether there is room for one more session. */
	#makeRoom(): boolean {
		for (const [key, entry] of this.#entries) {
			if (this.#entries.size < this.#sessionsMax) return true;
			if (!isIdle(entry)) continue;
			entry.session?.close();
			this.#entries.delete(key);
		}
		return this.#entries.size < this.#sessionsMax;
	}

	#dial(key: string, address: PeerAddress): Entry {
		const open = async (): Promise<Session> => {
			try {
				// Others may wait for the same connection, so nobody's signal ends it.
				const session = await this.#transport.connect(address);
				entry.session = session;
				if (this.#closed) session.close();
				return session;
			} catch (error) {
				if (this.#entries.get(key) === entry) this.#entries.delete(key);
				this.#wakeNext();
				throw error;
			}
		};
		const entry: Entry = {dialled: open(), session: undefined, users: 0};
		return entry;
	}

	async #exchange(entry: Entry, message: OutgoingMessage, options: RequestOptions): Promise<Response> {
		entry.users++;
		try {
			const session = await unlessAborted(entry.dialled, options.signal);
			return await session.request(message, options);
		} finally {
			entry.users--;
			if (isIdle(entry) || entry.session?.closed === true) this.#wakeNext();
		}
	}

	#wakeNext(): void {
		const [first] = this.#queue;
		first?.();
	}
}

/**
 * At most `sessionsMax` are open: a home router falls over long before a fast client does. When all are taken, one
 * that nobody waits for makes room.
 */
export const createSessionPool = (
	transport: Transport,
	{sessionsMax = 32}: {readonly sessionsMax?: number} = {},
): SessionPool => new Pool(transport, sessionsMax);
