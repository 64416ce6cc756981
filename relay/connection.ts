import type {NodeError} from '#kernel/node-error';
import {announcements} from '#relay/protocols/announcements/protocol';
import {blockFetch} from '#relay/protocols/block-fetch/protocol';
import {chainSync} from '#relay/protocols/chain-sync/protocol';
import {createKeepAlive} from '#relay/protocols/keep-alive/protocol';
import {peerSharing} from '#relay/protocols/peer-sharing/protocol';
import {txSubmission} from '#relay/protocols/tx-submission/protocol';
import {onAbort} from './abort.ts';
import type {Address, Bearer} from './bearer/bearer.ts';
import {pullAnnouncements, serveAnnouncements} from './drivers/announcements.ts';
import {BlockFetchClient} from './drivers/block-fetch-client.ts';
import {serveBlockFetch} from './drivers/block-fetch-server.ts';
import {ChainSyncClient} from './drivers/chain-sync-client.ts';
import {serveChainSync} from './drivers/chain-sync-server.ts';
import {keepAlive, serveKeepAlive} from './drivers/keep-alive.ts';
import {PeerSharingClient, servePeerSharing} from './drivers/peer-sharing.ts';
import {offerTransactions} from './drivers/tx-submission-client.ts';
import {pullTransactions} from './drivers/tx-submission-server.ts';
import {agree} from './establish.ts';
import type {PeerHandlers, WithSignal} from './handlers.ts';
import {harmoniclabsKeepAliveCodec} from './harmoniclabs.ts';
import {relayError} from './relay-error.ts';
import {Session} from './session.ts';
import {systemEnvironment} from './system-timer.ts';
import type {Environment} from './timer.ts';

/** Which end dialled. */
export type Direction = 'outbound' | 'inbound';

/** What is known of a peer when its handshake is done. */
export type PeerInfo = {
	readonly remote: Address;
	readonly direction: Direction;
	readonly version: number;
	/** Both ends open mini-protocols, whoever dialled. */
	readonly duplex: boolean;
	readonly peerSharing: boolean;
};

export type ConnectionOptions = {
	readonly bearer: Bearer;
	readonly direction: Direction;
	readonly networkMagic: number;
	/** True: we ask and serve nothing; for tools. Default false. */
	readonly initiatorOnly?: boolean;
	/** Default true. Producers say false. */
	readonly peerSharing?: boolean;
	/** Where we accept connections, told to peers of our own network with the announcements. */
	readonly listeningPort?: number;
	/** Called once, when the handshake is done. A protocol without a handler is not open. */
	readonly handlers: (peer: PeerInfo) => PeerHandlers;
	readonly environment?: Environment;
};

/** What we may ask of the peer. */
export type PeerClient = {
	readonly chainSync: ChainSyncClient;
	readonly blockFetch: BlockFetchClient;
	/** Undefined when one of the two ends does not share peers. */
	readonly peerSharing: PeerSharingClient | undefined;
};

export type Connection = {
	readonly peer: PeerInfo;
	/** Undefined when only the peer may ask: it dialled us and said so. */
	readonly client: PeerClient | undefined;
	/** Time from request to answer, last measured; undefined before that and on connections without `client`. */
	readonly rttMs: () => number | undefined;
	/** Aborts with the reason when the connection ends. */
	readonly signal: AbortSignal;
	/** Resolves with the reason; never rejects. Its `cause` is our own error when that ended the connection. */
	readonly closed: Promise<NodeError>;
	/** Ends it; every pending call is rejected with the reason. */
	readonly close: (reason?: NodeError) => void;
};

/** Of the clients whose server is asked; in tx-submission it asks, and may do so ahead of our answers. */
const answers = {onlyAnswers: true} as const;

const keepAliveProtocol = createKeepAlive(harmoniclabsKeepAliveCodec);

type Rtt = {ms: number | undefined};

const startClients = (
	session: Session,
	peer: PeerInfo,
	handlers: PeerHandlers,
	rtt: Rtt,
	listeningPort: number,
): PeerClient => {
	const {signal, environment} = session;
	const {timer} = environment;
	const measured = (rttMs: number): void => {
		rtt.ms = rttMs;
	};
	session.run(
		keepAliveProtocol.name,
		keepAlive(session.converse(keepAliveProtocol, 'client', answers), timer, measured, signal),
	);
	if (handlers.txOutlet !== undefined)
		session.run(
			txSubmission.name,
			offerTransactions(session.converse(txSubmission, 'client'), handlers.txOutlet, signal),
		);
	if (handlers.announcements !== undefined) {
		const {sink} = handlers.announcements;
		const conversation = session.converse(announcements, 'client', answers);
		session.run(announcements.name, pullAnnouncements(conversation, sink, listeningPort, timer, signal));
	}
	return {
		chainSync: new ChainSyncClient(session.converse(chainSync, 'client', answers)),
		blockFetch: new BlockFetchClient(session.converse(blockFetch, 'client', {...answers, whenFull: 'pause'})),
		peerSharing: peer.peerSharing
			? new PeerSharingClient(session.converse(peerSharing, 'client', answers))
			: undefined,
	};
};

const startServers = (session: Session, peer: PeerInfo, handlers: PeerHandlers): void => {
	const {signal, environment} = session;
	session.run(keepAliveProtocol.name, serveKeepAlive(session.converse(keepAliveProtocol, 'server')));
	if (handlers.chain !== undefined)
		session.run(
			chainSync.name,
			serveChainSync(session.converse(chainSync, 'server'), handlers.chain, signal),
		);
	if (handlers.blocks !== undefined)
		session.run(
			blockFetch.name,
			serveBlockFetch(session.converse(blockFetch, 'server'), handlers.blocks, signal),
		);
	if (handlers.txInlet !== undefined)
		session.run(
			txSubmission.name,
			pullTransactions(session.converse(txSubmission, 'server'), handlers.txInlet, signal),
		);
	if (peer.peerSharing)
		session.run(
			peerSharing.name,
			servePeerSharing(session.converse(peerSharing, 'server'), handlers.sharePeers ?? (() => [])),
		);
	if (handlers.announcements !== undefined) {
		const {feed} = handlers.announcements;
		const listening = handlers.listening ?? (() => undefined);
		const conversation = session.converse(announcements, 'server');
		session.run(
			announcements.name,
			serveAnnouncements(conversation, feed, listening, environment.timer, signal),
		);
	}
};

/** A node that cannot say how it serves a peer does not keep the peer. */
const handlersOf = (session: Session, create: () => PeerHandlers): PeerHandlers => {
	try {
		return create();
	} catch (error) {
		session.mux.close(relayError('RELAY_HANDLER_FAILED', {}, error));
		throw error;
	}
};

/** Makes a connection of a bearer: handshake, then all that both ends may do. Rejects with a coded `NodeError`. */
export const openConnection = async (
	options: ConnectionOptions,
	{signal}: WithSignal,
): Promise<Connection> => {
	const {bearer, direction, listeningPort = 0} = options;
	const session = new Session(bearer, options.environment ?? systemEnvironment);
	const ours = {
		networkMagic: options.networkMagic,
		initiatorOnly: options.initiatorOnly ?? false,
		peerSharing: options.peerSharing ?? true,
		query: false,
	};
	const agreement = await agree(session, direction === 'outbound' ? 'client' : 'server', ours, {signal});
	const peer: PeerInfo = {remote: bearer.remote, direction, ...agreement};
	const handlers = handlersOf(session, () => options.handlers(peer));
	onAbort(session.signal, () => {
		handlers.chain?.close();
		handlers.txOutlet?.close();
	});
	const rtt: Rtt = {ms: undefined};
	const asks = peer.duplex || direction === 'outbound';
	const serves = peer.duplex || direction === 'inbound';
	if (serves) startServers(session, peer, handlers);
	const client = asks ? startClients(session, peer, handlers, rtt, listeningPort) : undefined;
	session.mux.releaseInput();
	return {
		peer,
		client,
		rttMs: () => rtt.ms,
		signal: session.signal,
		closed: session.closed,
		close: (reason = relayError('RELAY_CLOSED')) => session.mux.close(reason, {flush: true}),
	};
};
