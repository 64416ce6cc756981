/** Requests and answers in frames, as over TLS, on libp2p's streams. */
import type {Connection, Stream} from '@libp2p/interface';
import {NodeError} from '#kernel/node-error';
import {BodyMemory} from '../body-memory.ts';
import {ClientSession} from '../client-session.ts';
import {ServerSession} from '../server-session.ts';
import type {SessionOptions} from '../session-options.ts';
import type {RequestHandler, Session} from '../transport.ts';
import {dialFailure} from './dial-failure.ts';
import {keyOfPeer} from './peer-identity.ts';
import type {Libp2pNode} from './start-node.ts';
import {duplexOf} from './stream-duplex.ts';

/** One long-lived stream a peer, and the next one while that ends. */
const STREAMS_PER_PEER_MAX = 2;

export type ServeOptions = SessionOptions & {
	/** Streams that are served at a time; more are refused. */
	readonly sessionsMax: number;
	/** Memory for bodies that are taken in at a time. */
	readonly bodyBytesMax: number;
};

export type StreamServer = {
	readonly sessions: number;
	/** Takes no more streams, ends those that are open and waits for their handlers. */
	close(): Promise<void>;
};

/** Answers whoever opens a stream of `protocol`. */
export const serveStreams = async (
	node: Libp2pNode,
	protocol: string,
	{handler, options}: {readonly handler: RequestHandler; readonly options: ServeOptions},
): Promise<StreamServer> => {
	const bodies = new BodyMemory(options.bodyBytesMax);
	const sessions = new Set<ServerSession>();
	let isClosed = false;
	const accept = (stream: Stream, {remotePeer}: Connection): void => {
		const peer = keyOfPeer(remotePeer);
		if (peer === undefined || isClosed || sessions.size >= options.sessionsMax) {
			stream.abort(new NodeError({code: 'TRANSPORT_BUSY'}));
			return;
		}
		// Idle sessions end by their own rule.
		stream.inactivityTimeout = options.idleMs * 2;
		const duplex = duplexOf(stream);
		const session = new ServerSession(duplex, peer, {handler, options, bodies});
		sessions.add(session);
		duplex.on('close', () => sessions.delete(session));
	};
	await node.handle(protocol, accept, {
		maxInboundStreams: STREAMS_PER_PEER_MAX,
		runOnLimitedConnection: true,
	});
	return {
		get sessions() {
			return sessions.size;
		},
		close: async () => {
			isClosed = true;
			await node.unhandle(protocol);
			const open = [...sessions];
			for (const session of open) session.close();
			await Promise.all(open.map(session => session.finished()));
		},
	};
};

/** A session over a new stream of `connection`; `ended` is called once, when it is gone. */
export const openStream = async (
	connection: Connection,
	protocol: string,
	{
		options,
		signal,
		ended,
	}: {
		readonly options: SessionOptions;
		readonly signal?: AbortSignal | undefined;
		readonly ended: () => void;
	},
): Promise<Session> => {
	const peer = keyOfPeer(connection.remotePeer);
	if (peer === undefined) throw new NodeError({code: 'TRANSPORT_PEER_KEY_WRONG'});
	let stream: Stream;
	try {
		stream = await connection.newStream(protocol, {
			...(signal && {signal}),
			maxOutboundStreams: STREAMS_PER_PEER_MAX,
			runOnLimitedConnection: true,
		});
	} catch (error) {
		signal?.throwIfAborted();
		throw dialFailure(error, connection.remotePeer.toString());
	}
	stream.inactivityTimeout = options.idleMs * 2;
	const duplex = duplexOf(stream);
	duplex.on('close', ended);
	return new ClientSession(duplex, peer, options);
};
