/** The transport without a network, for tests and simulation: the same sessions and frames over streams in memory. */
import {type Duplex, duplexPair} from 'node:stream';
import {assert} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {type Endpoint, formatEndpoint} from '#transport/protocols/endpoint';
import {BodyMemory} from './body-memory.ts';
import {ClientSession} from './client-session.ts';
import {ServerSession} from './server-session.ts';
import {defaultSessionOptions, type SessionOptions} from './session-options.ts';
import type {Transport} from './transport.ts';

type Listening = {
	readonly key: Uint8Array;
	/** Takes the far end of a new stream from the peer of that key. */
	accept(stream: Duplex, peer: Uint8Array): void;
};

/** Where the transports of one test meet. */
export type MemoryNetwork = {
	/** A transport that is taken to hold `key`. */
	transport(key: Uint8Array, overrides?: Partial<SessionOptions & {bodyBytesMax: number}>): Transport;
	/** A peer that does as it likes with its end of each stream, to play attacks. */
	rogue(endpoint: Endpoint, listening: Listening): void;
	/** A bare stream to whoever listens, as a peer of that key. */
	dial(endpoint: Endpoint, key: Uint8Array): Duplex;
};

const FIRST_FREE_PORT = 49_152;

export const createMemoryNetwork = (): MemoryNetwork => {
	const listeners = new Map<string, Listening>();
	let nextPort = FIRST_FREE_PORT;

	const streamTo = (endpoint: Endpoint, peer: Uint8Array): {stream: Duplex; key: Uint8Array} => {
		const listening = listeners.get(formatEndpoint(endpoint));
		if (listening === undefined)
			throw new NodeError({code: 'TRANSPORT_CONNECT_FAILED', endpoint: formatEndpoint(endpoint)});
		const [near, far] = duplexPair();
		// One end going away takes the other with it, as with a socket.
		near.on('close', () => far.destroy());
		far.on('close', () => near.destroy());
		listening.accept(far, peer);
		return {stream: near, key: listening.key};
	};

	const transport: MemoryNetwork['transport'] = (key, overrides = {}) => {
		const {bodyBytesMax = 256 * 1024 * 1024, ...sessionOverrides} = overrides;
		const options: SessionOptions = {...defaultSessionOptions, ...sessionOverrides};
		return {
			key,
			listen: async ({host, port}, handler) => {
				const endpoint = {host, port: port === 0 ? nextPort++ : port};
				const name = formatEndpoint(endpoint);
				if (listeners.has(name)) throw new NodeError({code: 'TRANSPORT_LISTEN_FAILED', endpoint: name});
				const bodies = new BodyMemory(bodyBytesMax);
				const sessions = new Set<ServerSession>();
				listeners.set(name, {
					key,
					accept: (stream, peer) => {
						const session = new ServerSession(stream, peer, {handler, options, bodies});
						sessions.add(session);
						stream.on('close', () => sessions.delete(session));
					},
				});
				return {
					endpoint,
					get connections() {
						return sessions.size;
					},
					close: async () => {
						listeners.delete(name);
						const open = [...sessions];
						for (const session of open) session.close();
						await Promise.all(open.map(session => session.finished()));
					},
				};
			},
			connect: async ({endpoint, key: wanted}, {signal} = {}) => {
				signal?.throwIfAborted();
				if (endpoint === undefined) throw new NodeError({code: 'TRANSPORT_ENDPOINT_UNKNOWN'});
				const {stream, key: found} = streamTo(endpoint, key);
				if (equalBytes(found, wanted)) return new ClientSession(stream, found, options);
				stream.destroy();
				throw new NodeError({code: 'TRANSPORT_PEER_KEY_WRONG', endpoint: formatEndpoint(endpoint)});
			},
		};
	};

	return {
		transport,
		rogue: (endpoint, listening) => {
			assert(!listeners.has(formatEndpoint(endpoint)), 'an endpoint has one listener');
			listeners.set(formatEndpoint(endpoint), listening);
		},
		dial: (endpoint, key) => streamTo(endpoint, key).stream,
	};
};
