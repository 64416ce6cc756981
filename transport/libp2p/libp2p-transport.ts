/** The transport over libp2p: pieces for peers that TLS does not reach, and for browsers. One long-lived stream a peer. */
import type {Connection} from '@libp2p/interface';
import {NodeError} from '#kernel/node-error';
import type {Endpoint} from '#transport/protocols/endpoint';
import type {Listener, RequestHandler, Session, Transport} from '../transport.ts';
import {routesOf, tcpAddress} from './addresses.ts';
import {openStream, type StreamServer, serveStreams} from './framed-streams.ts';
import type {Hold, Libp2pHost} from './host.ts';
import type {Libp2pTransportOptions} from './host-options.ts';
import {reachPeer} from './reach-peer.ts';
import type {Libp2pNode} from './start-node.ts';

/** Frames as over TLS (`#transport/protocols/frames`). */
const PIECES = '/dcloud/pieces/1';

const PLAIN_TCP = /^\/[^/]+\/[^/]+\/tcp\/(\d+)(?:\/p2p\/[^/]+)?$/;

/** The port that was taken where any would do. */
const boundTo = (node: Libp2pNode, {host, port}: Endpoint): Endpoint => {
	const bound = node.services.parts.transportManager
		.getAddrs()
		.flatMap(address => PLAIN_TCP.exec(String(address))?.[1] ?? []);
	return {host, port: port === 0 ? Number(bound.at(-1)) : port};
};

const listenerOf = (
	{node, release}: Hold,
	server: StreamServer,
	{endpoint, behindNat}: {readonly endpoint: Endpoint; readonly behindNat: boolean},
): Listener => {
	const closing = new AbortController();
	return {
		endpoint,
		get connections() {
			return server.sessions;
		},
		get routes() {
			const routes = routesOf(node.peerId.toString(), node.getMultiaddrs());
			return behindNat ? routes.filter(route => route.includes('/p2p-circuit')) : routes;
		},
		onRoutes: listener => {
			node.addEventListener('self:peer:update', listener);
			closing.signal.addEventListener('abort', () => node.removeEventListener('self:peer:update', listener));
		},
		close: async () => {
			closing.abort();
			await server.close();
			await release();
		},
	};
};

const listenOn = async (
	host: Libp2pHost,
	options: Libp2pTransportOptions,
	{endpoint, handler}: {readonly endpoint: Endpoint; readonly handler: RequestHandler},
): Promise<Listener> => {
	const hold = await host.hold();
	try {
		await host.listen(hold.node, [tcpAddress(endpoint)]);
		const bound = boundTo(hold.node, endpoint);
		const server = await serveStreams(hold.node, PIECES, {handler, options});
		return listenerOf(hold, server, {endpoint: bound, behindNat: options.behindNat});
	} catch (error) {
		await hold.release();
		throw error;
	}
};

/** A connection that only pieces used ends with them: others may need its place. */
const partWith = (connection: Connection): void => {
	const isUsed = connection.streams.some(({protocol, status}) => protocol === PIECES && status === 'open');
	if (!isUsed) connection.close().catch(() => undefined);
};

/** A transport over `host`, whose seed has `key`. */
export const createLibp2pTransport = (
	host: Libp2pHost,
	key: Uint8Array,
	options: Libp2pTransportOptions,
): Transport => {
	let sockets = 0;

	const connect: Transport['connect'] = async (address, {signal} = {}): Promise<Session> => {
		signal?.throwIfAborted();
		if (sockets >= options.socketsMax)
			throw new NodeError({code: 'TRANSPORT_SOCKETS_EXHAUSTED', socketsMax: options.socketsMax});
		sockets++;
		let hold: Hold | undefined;
		const makeRoom = (): void =>
			hold?.node.services.parts.connectionManager.setMaxConnections(options.connectionsMax + sockets);
		const leave = (): void => {
			sockets--;
			makeRoom();
			// Whether it stops in good order is nobody's affair any more.
			hold?.release().catch(() => undefined);
		};
		try {
			hold = await host.hold();
			makeRoom();
			const connection = await reachPeer(hold.node, address, {options, signal});
			const ended = (): void => {
				if (options.network === undefined) partWith(connection);
				leave();
			};
			return await openStream(connection, PIECES, {options, signal, ended});
		} catch (error) {
			leave();
			throw error;
		}
	};

	return {
		key,
		listen: (endpoint, handler) => listenOn(host, options, {endpoint, handler}),
		connect,
	};
};
