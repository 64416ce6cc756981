import {isIPv4, isIPv6} from 'node:net';
import {type Multiaddr, multiaddr} from '@multiformats/multiaddr';
import type {Endpoint} from '#transport/protocols/endpoint';
import {isRoute} from '#transport/protocols/route';

const hostPart = (host: string): string => {
	if (isIPv4(host)) return `/ip4/${host}`;
	return isIPv6(host) ? `/ip6/${host}` : `/dns/${host}`;
};

/** Where libp2p listens on TCP, or is dialled. */
export const tcpAddress = ({host, port}: Endpoint): string => `${hostPart(host)}/tcp/${port}`;
export const webSocketAddress = (endpoint: Endpoint): string => `${tcpAddress(endpoint)}/ws`;
export const webRtcAddress = ({host, port}: Endpoint): string =>
	`${hostPart(host)}/udp/${port}/webrtc-direct`;

/** The multiaddr of a text from anybody, or undefined. */
export const parseAddress = (text: string): Multiaddr | undefined => {
	if (!isRoute(text)) return undefined;
	try {
		return multiaddr(text);
	} catch {
		return undefined;
	}
};

const LAST_PEER = /\/p2p\/([^/]+)$/;

/** The route to exactly this peer; undefined when it is malformed or leads to somebody else. */
export const routeTo = (peer: string, route: string): Multiaddr | undefined => {
	const named = LAST_PEER.exec(route)?.[1];
	if (named !== undefined && named !== peer) return undefined;
	return isRoute(route) ? parseAddress(`${route.replace(LAST_PEER, '')}/p2p/${peer}`) : undefined;
};

const isRelayed = (route: string): boolean => route.includes('/p2p-circuit');
const isLoopback = (route: string): boolean => /^\/ip4\/127\.|^\/ip6\/::1\//.test(route);

/** What others are told of a peer's own addresses: without its id, which they know, relays last. */
export const routesOf = (peer: string, addresses: readonly Multiaddr[]): readonly string[] => {
	const routes = [...new Set(addresses.map(String))]
		.map(text => (text.endsWith(`/p2p/${peer}`) ? text.replace(LAST_PEER, '') : text))
		.filter(isRoute);
	const beyond = routes.filter(route => !isLoopback(route));
	// Loopback says something only to those on a machine that has nothing else.
	const told = beyond.length > 0 ? beyond : routes;
	return [...told.filter(route => !isRelayed(route)), ...told.filter(isRelayed)];
};
