/** How this machine moves pieces: TLS, and libp2p beside it where the options want it or a peer needs it. */
import {toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {inDialOrder} from '#transport/dial-order';
import type {Libp2pHost} from '#transport/libp2p/host';
import type {Libp2pTransportOptions} from '#transport/libp2p/host-options';
import {RateLimiter} from '#transport/rate-limiter';
import {afterRealTime, type SessionOptions} from '#transport/session-options';
import {createTlsTransport} from '#transport/tls';
import {defaultTlsOptions, gentleTlsOptions, type TlsTransportOptions} from '#transport/tls-options';
import type {Transport} from '#transport/transport';
import type {CustomerTransportConfig, TransportConfig} from './transport-config.ts';

const GENTLE_P2P_CONNECTIONS = 12;
const GENTLE_DIALS = 2;

/** A customer needs a relay, and some peers to find others through. */
const BESIDES_MIN = 4;

/** How a customer's connections are shared out: libp2p keeps some besides those that carry pieces. */
const sharesOf = ({
	sockets,
	gentle,
	p2pBootstrap,
}: CustomerTransportConfig): {readonly forPieces: number; readonly besides: number} => {
	const all = sockets ?? (gentle ? gentleTlsOptions : defaultTlsOptions).socketsMax;
	const besides = Math.max(BESIDES_MIN, Math.floor(all / 4));
	return {forPieces: p2pBootstrap === undefined ? all : Math.max(1, all - besides), besides};
};

/** Connections that a customer opens for pieces at a time. */
export const socketsMaxOf = (config: CustomerTransportConfig): number => sharesOf(config).forPieces;

/** What both transports take from the options; limits on rates hold for both together. */
const sharedOptions = (config: CustomerTransportConfig): Partial<TlsTransportOptions> => {
	const {gentle, uploadRate, downloadRate} = config;
	const limiter = (rate: number | undefined): RateLimiter | undefined =>
		rate === undefined ? undefined : new RateLimiter(rate, afterRealTime);
	return {
		...(gentle && gentleTlsOptions),
		socketsMax: socketsMaxOf(config),
		uplink: limiter(uploadRate),
		downlink: limiter(downloadRate),
	};
};

/** The part of a network's name that keeps peers of different networks apart. */
export const libp2pNetworkOf = (genesisHash: GenesisHash): string => toHex(genesisHash.subarray(0, 8));

/** Whether the options ask for libp2p from the start. */
export const wantsLibp2p = (config: TransportConfig): boolean =>
	config.p2pPort !== undefined ||
	config.p2pWsPort !== undefined ||
	config.p2pWebrtcPort !== undefined ||
	config.p2pBehindNat ||
	config.p2pRelay;

/** libp2p of this process and what it is made with. */
export type Libp2pParts = {readonly host: Libp2pHost; readonly options: Libp2pTransportOptions};

const loadLibp2p = async (
	seed: Uint8Array,
	overrides: Partial<Libp2pTransportOptions>,
): Promise<Libp2pParts> => {
	const [{Libp2pHost}, {defaultLibp2pOptions}] = await Promise.all([
		import('#transport/libp2p/host'),
		import('#transport/libp2p/host-options'),
	]);
	const options = {...defaultLibp2pOptions, ...overrides};
	return {host: new Libp2pHost(seed, options), options};
};

const libp2pTransport = async (key: Uint8Array, {host, options}: Libp2pParts): Promise<Transport> => {
	const {createLibp2pTransport} = await import('#transport/libp2p/libp2p-transport');
	return createLibp2pTransport(host, key, options);
};

const fromConfig = (config: CustomerTransportConfig): Partial<Libp2pTransportOptions> => ({
	bootstrap: config.p2pBootstrap ?? [],
	announce: config.p2pAnnounce ?? [],
	...(config.gentle && {connectionsMax: GENTLE_P2P_CONNECTIONS, dialsMax: GENTLE_DIALS}),
});

/** libp2p for a node that stays up. `seed`: Ed25519, 32 bytes; its key is the peer id. */
export const openLibp2p = async (
	seed: Uint8Array,
	config: TransportConfig,
	{
		genesisHash,
		listensOnTcp,
	}: {
		readonly genesisHash: GenesisHash;
		/** False where a transport does it, with its own protocol. */
		readonly listensOnTcp: boolean;
	},
): Promise<Libp2pParts> => {
	const {tcpAddress, webSocketAddress, webRtcAddress} = await import('#transport/libp2p/addresses');
	const at = (port: number) => ({host: config.p2pHost, port});
	const webrtc = config.p2pWebrtcPort !== undefined;
	return await loadLibp2p(seed, {
		...sharedOptions(config),
		...fromConfig(config),
		listen: [
			...(listensOnTcp && config.p2pPort !== undefined ? [tcpAddress(at(config.p2pPort))] : []),
			...(config.p2pWsPort === undefined ? [] : [webSocketAddress(at(config.p2pWsPort))]),
			...(config.p2pWebrtcPort === undefined ? [] : [webRtcAddress(at(config.p2pWebrtcPort))]),
			...(config.p2pBehindNat ? ['/p2p-circuit', ...(webrtc ? ['/webrtc'] : [])] : []),
		],
		behindNat: config.p2pBehindNat,
		...(config.p2pRelay && {relayBytesMax: config.p2pRelayBytes}),
		webrtc,
		network: libp2pNetworkOf(genesisHash),
		staysUp: true,
		// A network on one machine is no attack by many peers of one address.
		sharedAddresses: ['127.0.0.1', '::1'],
		...(config.p2pConnections !== undefined && {connectionsMax: config.p2pConnections}),
	});
};

/** The transport of a provider: `libp2p` when it takes part in it. `onCut` sees why a peer was cut off. */
export const providerTransport = (
	seed: Uint8Array,
	config: TransportConfig,
	{
		libp2p,
		onCut,
	}: {readonly libp2p: Libp2pParts | undefined; readonly onCut: NonNullable<SessionOptions['onCut']>},
): Transport => {
	const tls = createTlsTransport(seed, {...sharedOptions(config), onCut});
	if (libp2p === undefined) return tls;
	return inDialOrder(tls, {
		open: () => libp2pTransport(tls.key, {host: libp2p.host, options: {...libp2p.options, onCut}}),
		listen: {host: config.p2pHost, port: config.p2pPort ?? 0},
		findsRoutes: libp2p.options.bootstrap.length > 0,
	});
};

/**
 * The transport of a customer or repairer: libp2p is loaded when the first peer needs it. `genesisHash` is asked for then.
 */
export const customerTransport = (
	seed: Uint8Array,
	config: CustomerTransportConfig,
	genesisHash: () => Promise<GenesisHash>,
): Transport => {
	const tls = createTlsTransport(seed, sharedOptions(config));
	const {p2pHost, p2pPort, p2pWebrtcPort, p2pBootstrap} = config;
	return inDialOrder(tls, {
		findsRoutes: p2pBootstrap !== undefined,
		open: async () => {
			const {tcpAddress, webRtcAddress} = await import('#transport/libp2p/addresses');
			const {canWebRtc} = await import('#transport/libp2p/start-node');
			const parts = await loadLibp2p(seed, {
				...sharedOptions(config),
				...fromConfig(config),
				listen: [
					...(p2pPort === undefined ? [] : [tcpAddress({host: p2pHost, port: p2pPort})]),
					...(p2pWebrtcPort === undefined ? [] : [webRtcAddress({host: p2pHost, port: p2pWebrtcPort})]),
				],
				connectionsMax: sharesOf(config).besides,
				webrtc: await canWebRtc(),
				...(p2pBootstrap && {network: libp2pNetworkOf(await genesisHash())}),
			});
			return await libp2pTransport(tls.key, parts);
		},
	});
};
