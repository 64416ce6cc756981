import './polyfills.ts';
import {createHash} from 'node:crypto';
import {circuitRelayServer, circuitRelayTransport} from '@libp2p/circuit-relay-v2';
import {dcutr} from '@libp2p/dcutr';
import {type GossipSub, gossipsub} from '@libp2p/gossipsub';
import {type Identify, identify, identifyPush} from '@libp2p/identify';
import type {Libp2p, PrivateKey, ServiceMap} from '@libp2p/interface';
import type {ConnectionManager, TransportManager} from '@libp2p/interface-internal';
import {type KadDHT, kadDHT, passthroughMapper} from '@libp2p/kad-dht';
import {noise} from '@libp2p/noise';
import {type Ping, ping} from '@libp2p/ping';
import {tcp} from '@libp2p/tcp';
import {webSockets} from '@libp2p/websockets';
import {yamux} from '@libp2p/yamux';
import {createLibp2p, type Libp2pOptions} from 'libp2p';
import {ANNOUNCEMENT_BYTES_MAX} from '#transport/protocols/announcement';
import type {HostOptions} from './host-options.ts';

/** Parts of a node that its public face does not show. */
type NodeParts = {readonly transportManager: TransportManager; readonly connectionManager: ConnectionManager};

type Services = ServiceMap & {
	readonly identify: Identify;
	readonly ping: Ping;
	readonly parts: NodeParts;
	readonly dht?: KadDHT;
	readonly gossip?: GossipSub;
};

export type Libp2pNode = Libp2p<Services>;

/** Streams of one protocol that a peer may have open at a time with us. */
const STREAMS_MAX = 4;
const SMALL_MESSAGE_BYTES_MAX = 8 * 1024;
const UPGRADE_MS = 10_000;
const ANSWER_MS = 10_000;
const RELAY_MINUTES = 60;
const RESERVATIONS_MAX = 64;

/** WebRTC is native code that may be missing on a machine; then peers are reached without it. */
export const canWebRtc = async (): Promise<boolean> => {
	try {
		await import('@libp2p/webrtc');
		return true;
	} catch {
		return false;
	}
};

/** Loaded only where it is spoken. */
const webRtcTransports = async (): Promise<NonNullable<Libp2pOptions['transports']>> => {
	const {webRTC, webRTCDirect} = await import('@libp2p/webrtc');
	return [webRTC(), webRTCDirect()];
};

const discovery = ({network, staysUp, sharedAddresses}: HostOptions) => ({
	dht: kadDHT({
		protocol: `/dcloud/${network}/kad/1.0.0`,
		// Our networks live on loopback and behind routers too: addresses are passed on as they are.
		peerInfoMapper: passthroughMapper,
		clientMode: !staysUp,
		maxInboundStreams: STREAMS_MAX * 2,
		maxOutboundStreams: STREAMS_MAX * 4,
		incomingMessageTimeout: ANSWER_MS,
	}),
	gossip: gossipsub({
		allowPublishToZeroTopicPeers: true,
		ignoreDuplicatePublishError: true,
		// What is passed on is signed by whom it is about; who passes it on is nobody's business.
		globalSignaturePolicy: 'StrictNoSign',
		msgIdFn: ({data}) => createHash('sha256').update(data).digest(),
		maxInboundDataLength: ANNOUNCEMENT_BYTES_MAX * 64,
		maxOutboundBufferSize: ANNOUNCEMENT_BYTES_MAX * 1024,
		maxInboundStreams: STREAMS_MAX,
		decodeRpcLimits: {
			maxSubscriptions: 16,
			maxMessages: 64,
			maxIhaveMessageIDs: 1024,
			maxIwantMessageIDs: 1024,
			maxIdontwantMessageIDs: 1024,
			maxControlMessages: 64,
			maxPeerInfos: 16,
		},
		// More than ten peers on one address are taken for one that pretends, unless they are known to share it.
		scoreParams: {IPColocationFactorWhitelist: new Set(sharedAddresses)},
	}),
});

const relaying = (bytesMax: number) => ({
	relay: circuitRelayServer({
		maxInboundHopStreams: 32,
		hopTimeout: ANSWER_MS,
		reservations: {
			maxReservations: RESERVATIONS_MAX,
			defaultDataLimit: BigInt(bytesMax),
			defaultDurationLimit: RELAY_MINUTES * 60_000,
		},
	}),
});

/** Starts a node that listens nowhere yet. Every stream has limits on its number, its length and its time. */
export const startNode = async (privateKey: PrivateKey, options: HostOptions): Promise<Libp2pNode> => {
	const {network, relayBytesMax, connectionsMax, dialsMax, webrtc} = options;
	const small = {timeout: ANSWER_MS, maxInboundStreams: STREAMS_MAX, maxOutboundStreams: STREAMS_MAX};
	return await createLibp2p<Services>({
		privateKey,
		addresses: {announce: [...options.announce]},
		transports: [
			tcp({maxConnections: connectionsMax, inboundSocketInactivityTimeout: 300_000}),
			webSockets(),
			circuitRelayTransport(),
			...(webrtc ? await webRtcTransports() : []),
		],
		connectionEncrypters: [noise()],
		streamMuxers: [yamux({maxInboundStreams: 64, maxOutboundStreams: 64})],
		connectionManager: {
			maxConnections: connectionsMax,
			maxParallelDials: dialsMax,
			maxIncomingPendingConnections: dialsMax * 2,
			inboundConnectionThreshold: options.inboundPerSecondMax,
			inboundUpgradeTimeout: UPGRADE_MS,
			dialTimeout: options.dialMs,
		},
		services: {
			parts: ({transportManager, connectionManager}: NodeParts) => ({transportManager, connectionManager}),
			identify: identify({...small, maxMessageSize: SMALL_MESSAGE_BYTES_MAX}),
			push: identifyPush({...small, maxMessageSize: SMALL_MESSAGE_BYTES_MAX}),
			ping: ping({timeout: ANSWER_MS, maxInboundStreams: STREAMS_MAX}),
			dcutr: dcutr({timeout: ANSWER_MS / 2}),
			...(network === undefined ? {} : discovery(options)),
			...(relayBytesMax === undefined ? {} : relaying(relayBytesMax)),
		},
	});
};
