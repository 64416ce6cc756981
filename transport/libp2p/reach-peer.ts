import type {Connection, PeerId} from '@libp2p/interface';
import type {Multiaddr} from '@multiformats/multiaddr';
import {NodeError} from '#kernel/node-error';
import type {After} from '../session-options.ts';
import type {PeerAddress} from '../transport.ts';
import {parseAddress, routeTo, tcpAddress} from './addresses.ts';
import {dialFailure} from './dial-failure.ts';
import type {HostOptions} from './host-options.ts';
import {peerIdOf} from './peer-identity.ts';
import type {Libp2pNode} from './start-node.ts';

/** While our own connections settle. */
const ASK_AGAIN_MS = 250;

type Reach = {
	readonly node: Libp2pNode;
	readonly peer: PeerId;
	readonly options: HostOptions & {readonly after: After};
	readonly signal: AbortSignal | undefined;
};

const isRelayed = (address: Multiaddr): boolean => String(address).includes('/p2p-circuit');
const isWebRtc = (address: Multiaddr): boolean => /\/webrtc\/p2p\//.test(String(address));
const isDirect = ({limits, status}: Connection): boolean => limits === undefined && status === 'open';

const pause = ({options: {after}}: Reach, ms: number): Promise<void> =>
	new Promise(resolve => {
		after(ms, resolve);
	});

/** Asks the network where a peer is, again and again until `over`: our own connections to it may be seconds old. */
const askForRoutes = async (reach: Reach, over: AbortSignal): Promise<readonly Multiaddr[]> => {
	const {node, peer, options} = reach;
	const others = options.bootstrap.flatMap(text => parseAddress(text) ?? []);
	await Promise.allSettled(others.map(other => node.dial(other, {signal: over})));
	for (;;)
		try {
			const {multiaddrs} = await node.peerRouting.findPeer(peer, {signal: over});
			const routes = multiaddrs.flatMap(address => routeTo(peer.toString(), String(address)) ?? []);
			if (routes.length > 0) return routes;
			throw new NodeError({code: 'TRANSPORT_ENDPOINT_UNKNOWN'});
		} catch (error) {
			if (over.aborted) throw error;
			await pause(reach, ASK_AGAIN_MS);
		}
};

/** Throws TRANSPORT_ENDPOINT_UNKNOWN. */
const findRoutes = async (reach: Reach): Promise<readonly Multiaddr[]> => {
	const {peer, options, signal} = reach;
	if (options.network === undefined || options.bootstrap.length === 0)
		throw new NodeError({code: 'TRANSPORT_ENDPOINT_UNKNOWN', peer: peer.toString()});
	const over = new AbortController();
	const end = (): void => over.abort();
	const callOff = options.after(options.dialMs, end);
	signal?.addEventListener('abort', end, {once: true});
	try {
		return await askForRoutes(reach, over.signal);
	} catch (cause) {
		signal?.throwIfAborted();
		throw new NodeError({code: 'TRANSPORT_ENDPOINT_UNKNOWN', peer: peer.toString()}, {cause});
	} finally {
		callOff();
		signal?.removeEventListener('abort', end);
	}
};

/**
 * The direct connection that a relayed one becomes when both sides find a way (DCUtR); undefined when none does in time,
 * or none can: the side that was met through a relay has nowhere to dial where we listen nowhere.
 */
const becomesDirect = ({
	node,
	peer,
	options: {after, directMs},
	signal,
}: Reach): Promise<Connection | undefined> =>
	new Promise(resolve => {
		if (node.getMultiaddrs().every(isRelayed)) {
			resolve(undefined);
			return;
		}
		const look = (): void => {
			const direct = node.getConnections(peer).find(isDirect);
			if (direct !== undefined) end(direct);
		};
		const end = (direct: Connection | undefined): void => {
			callOff();
			node.removeEventListener('connection:open', look);
			signal?.removeEventListener('abort', onAbort);
			resolve(direct);
		};
		const onAbort = (): void => end(undefined);
		const callOff = after(directMs, () => end(undefined));
		node.addEventListener('connection:open', look);
		signal?.addEventListener('abort', onAbort, {once: true});
		look();
	});

/** One attempt; undefined when there is nothing to dial or it failed, which `failures` keeps. */
const attempt = async (
	{node, peer, signal}: Reach,
	addresses: readonly Multiaddr[],
	{failures, isForced = false}: {readonly failures: NodeError[]; readonly isForced?: boolean},
): Promise<Connection | undefined> => {
	if (addresses.length === 0) return undefined;
	try {
		return await node.dial([...addresses], {...(signal && {signal}), force: isForced});
	} catch (error) {
		signal?.throwIfAborted();
		failures.push(dialFailure(error, peer.toString()));
		return undefined;
	}
};

const carriesPieces = ({limits}: Connection, {relayedBytesMin}: HostOptions): boolean =>
	limits === undefined || limits.bytes === undefined || limits.bytes >= BigInt(relayedBytesMin);

/**
 * Straight; or through a relay, over which both sides then find a direct way; or by WebRTC, which meets over the relay too;
 * or through the relay for good, where it carries enough.
 */
const follow = async (reach: Reach, addresses: readonly Multiaddr[]): Promise<Connection> => {
	const {peer, options, signal} = reach;
	const failures: NodeError[] = [];
	const straight = await attempt(
		reach,
		addresses.filter(address => !isRelayed(address)),
		{failures},
	);
	if (straight !== undefined && isDirect(straight)) return straight;
	const plain = addresses.filter(address => isRelayed(address) && !isWebRtc(address));
	const relayed = straight ?? (await attempt(reach, plain, {failures}));
	if (relayed !== undefined && isDirect(relayed)) return relayed;
	const direct = relayed && (await becomesDirect(reach));
	signal?.throwIfAborted();
	if (direct !== undefined) return direct;
	const webRtc = options.webrtc ? addresses.filter(isWebRtc) : [];
	const punched = await attempt(reach, webRtc, {failures, isForced: true});
	if (punched !== undefined) return punched;
	if (relayed === undefined)
		throw failures[0] ?? new NodeError({code: 'TRANSPORT_CONNECT_FAILED', peer: peer.toString()});
	if (relayed.status === 'open' && carriesPieces(relayed, options)) return relayed;
	throw new NodeError({
		code: 'TRANSPORT_ONLY_RELAYED',
		message: 'A peer can only be met through a relay that carries too little for pieces.',
		peer: peer.toString(),
	});
};

/**
 * A connection to exactly the peer of that key, by the ways that are given; where none is, or all of them are outdated, by
 * those that others know. Throws TRANSPORT_ENDPOINT_UNKNOWN, TRANSPORT_CONNECT_FAILED, TRANSPORT_CONNECT_TIMEOUT,
 * TRANSPORT_PEER_KEY_WRONG, TRANSPORT_ONLY_RELAYED.
 */
export const reachPeer = async (
	node: Libp2pNode,
	{key, endpoint, routes = []}: PeerAddress,
	{
		options,
		signal,
	}: {readonly options: HostOptions & {readonly after: After}; readonly signal: AbortSignal | undefined},
): Promise<Connection> => {
	const peer = peerIdOf(key);
	const reach: Reach = {node, peer, options, signal};
	const given = [...(endpoint === undefined ? [] : [tcpAddress(endpoint)]), ...routes];
	const named = given.flatMap(route => routeTo(peer.toString(), route) ?? []);
	if (named.length === 0) return await follow(reach, await findRoutes(reach));
	try {
		return await follow(reach, named);
	} catch (error) {
		signal?.throwIfAborted();
		const isMet = error instanceof NodeError && error.code === 'TRANSPORT_ONLY_RELAYED';
		const found = isMet ? undefined : await findRoutes(reach).catch(() => undefined);
		signal?.throwIfAborted();
		if (found === undefined) throw error;
		return await follow(reach, found);
	}
};
