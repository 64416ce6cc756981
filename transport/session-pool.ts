import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PeerAddress, Session, Transport} from './transport.ts';

/** Keeps one session for each peer and opens it again when it is gone. */
export type SessionPool = {
	session(address: PeerAddress, options?: {readonly signal?: AbortSignal}): Promise<Session>;
	close(): void;
};

/**
 * At most `sessionsMax` are open: a home router falls over long before a fast client does. When all are taken, one
 * that nobody waits for makes room.
 */
export const createSessionPool = (
	transport: Transport,
	{sessionsMax = 32}: {readonly sessionsMax?: number} = {},
): SessionPool => {
	/** By peer key, in order of last use. */
	const sessions = new Map<string, Promise<Session>>();
	const open = new Map<string, Session>();
	let closed = false;

	const makeRoom = (): void => {
		for (const [key, session] of open) {
			if (sessions.size < sessionsMax) return;
			if (session.pending > 0) continue;
			session.close();
			open.delete(key);
			sessions.delete(key);
		}
		if (sessions.size >= sessionsMax)
			throw new NodeError({code: 'TRANSPORT_SOCKETS_EXHAUSTED', socketsMax: sessionsMax});
	};

	const forget = (key: string): void => {
		sessions.delete(key);
		open.delete(key);
	};

	const dial = async (key: string, address: PeerAddress): Promise<Session> => {
		try {
			const session = await transport.connect(address);
			open.set(key, session);
			if (closed) session.close();
			return session;
		} catch (error) {
			sessions.delete(key);
			throw error;
		}
	};

	return {
		session: async (address, {signal} = {}) => {
			signal?.throwIfAborted();
			if (closed) throw new NodeError({code: 'TRANSPORT_CLOSED'});
			const key = toHex(address.key);
			if (open.get(key)?.closed === true) forget(key);
			let session = sessions.get(key);
			sessions.delete(key);
			if (session === undefined) {
				makeRoom();
				// Others may wait for the same connection, so nobody's signal ends it.
				session = dial(key, address);
			}
			sessions.set(key, session);
			const dialled = await session;
			signal?.throwIfAborted();
			return dialled;
		},
		close: () => {
			closed = true;
			for (const session of open.values()) session.close();
			open.clear();
			sessions.clear();
		},
	};
};
