/**
 * Requests and answers of the topic overlay on libp2p's streams: Noise proves both keys and encrypts, yamux shares the connection
 * with whatever else the two say. A peer's stream stays open; the longest unused ones go when there are too many.
 */
import type {Connection} from '@libp2p/interface';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Session} from '../transport.ts';
import {routesOf} from './addresses.ts';
import {openStream, serveStreams} from './framed-streams.ts';
import type {Libp2pHost} from './host.ts';
import type {Libp2pTransportOptions} from './host-options.ts';
import {keyOfPeer, peerIdOf} from './peer-identity.ts';
import {reachPeer} from './reach-peer.ts';

/** Streams that we keep open at a time. */
const OPEN_MAX = 48;
const ANSWER_MS = 5000;

export type OverlayContact = {
	/** Ed25519, 32 bytes. */
	readonly key: Uint8Array;
	/** Multiaddrs, best first; not needed where a connection stands. */
	readonly routes: readonly string[];
};

export type OverlayStreams = {
	/** Asks exactly the peer of that key. Throws TRANSPORT_… */
	ask(contact: OverlayContact, request: Uint8Array): Promise<Uint8Array>;
	/** Where others reach us, best first. */
	routes(): readonly string[];
	/** The keys of peers that are connected and speak of topics too. */
	speakers(): readonly Uint8Array[];
	stop(): Promise<void>;
};

export type OverlayStreamHandlers = {
	/** What it throws as a NodeError, the peer sees as a code. */
	readonly answer: (peer: Uint8Array, request: Uint8Array) => Promise<Uint8Array>;
	/** A peer is connected that speaks of topics too. */
	readonly met: (key: Uint8Array) => void;
};

/** The streams that we opened, by key in hexadecimal, the longest unused first. */
class OpenStreams {
	readonly #open = new Map<string, Promise<Session>>();

	take(id: string, make: () => Promise<Session>): Promise<Session> {
		const known = this.#open.get(id);
		this.#open.delete(id);
		const session = known ?? make();
		this.#open.set(id, session);
		session.catch(() => this.drop(id, session));
		this.#prune();
		return session;
	}

	drop(id: string, session: Promise<Session>): void {
		if (this.#open.get(id) !== session) return;
		this.#open.delete(id);
		session.then(
			open => open.close(),
			() => undefined,
		);
	}

	close(): void {
		for (const [id, session] of [...this.#open]) this.drop(id, session);
	}

	#prune(): void {
		for (const [id, session] of this.#open) {
			if (this.#open.size <= OPEN_MAX) return;
			this.drop(id, session);
		}
	}
}

/** Takes part until `stop`. `network`: peers of others are not heard. */
export const openOverlayStreams = async (
	host: Libp2pHost,
	handlers: OverlayStreamHandlers,
	{network, options}: {readonly network: string; readonly options: Libp2pTransportOptions},
): Promise<OverlayStreams> => {
	const {node, release} = await host.hold();
	const protocol = `/dcloud/${network}/overlay/1`;
	const stopping = new AbortController();
	const {signal} = stopping;
	const streams = new OpenStreams();
	const server = await serveStreams(node, protocol, {
		handler: async ({peer, head}) => ({head: await handlers.answer(peer, head)}),
		options,
	});
	const speakers = new Map<string, Uint8Array>();
	const topology = await node.register(protocol, {
		onConnect: peer => {
			const key = keyOfPeer(peer);
			if (key === undefined) return;
			speakers.set(peer.toString(), key);
			handlers.met(key);
		},
		onDisconnect: peer => void speakers.delete(peer.toString()),
	});
	const connect = async ({key, routes}: OverlayContact): Promise<Connection> => {
		const open = node.getConnections(peerIdOf(key)).find(({status}) => status === 'open');
		return open ?? (await reachPeer(node, {key, routes}, {options, signal}));
	};
	const stream = (contact: OverlayContact): Promise<Session> => {
		const id = toHex(contact.key);
		const session: Promise<Session> = streams.take(id, async () =>
			openStream(await connect(contact), protocol, {
				options,
				signal,
				ended: () => streams.drop(id, session),
			}),
		);
		return session;
	};
	const inTime = async <T>(work: (over: AbortSignal) => Promise<T>): Promise<T> => {
		signal.throwIfAborted();
		const over = new AbortController();
		const stalled = new NodeError({code: 'TRANSPORT_PEER_STALLED', stallMs: ANSWER_MS});
		const callOff = options.after(ANSWER_MS, () => over.abort(stalled));
		const end = (): void => over.abort(signal.reason);
		signal.addEventListener('abort', end, {once: true});
		try {
			const late = new Promise<never>((_, reject) => {
				over.signal.addEventListener('abort', () => reject(over.signal.reason), {once: true});
			});
			return await Promise.race([work(over.signal), late]);
		} finally {
			callOff();
			signal.removeEventListener('abort', end);
		}
	};
	return {
		ask: (contact, request) =>
			inTime(async over => (await (await stream(contact)).request({head: request}, {signal: over})).head),
		routes: () => routesOf(node.peerId.toString(), node.getMultiaddrs()),
		speakers: () => [...speakers.values()],
		stop: async () => {
			stopping.abort();
			node.unregister(topology);
			streams.close();
			await server.close();
			await release();
		},
	};
};
