/**
 * A way to a peer that needs more than a host and a port: a multiaddr in its text form, such as
 * `/ip4/203.0.113.7/tcp/4002/ws` or `/dns4/relay.example/tcp/4002/p2p/12D3…/p2p-circuit`. Whose key waits at its end is
 * never read from it: that is the key that was asked for.
 */

/** The longest route that is looked at. */
export const ROUTE_BYTES_MAX = 256;
/** Routes of one peer. */
export const ROUTES_MAX = 6;

const SEGMENT = /^[\w.:%~+-]{1,128}$/;

/** Judges the form only; whoever dials judges the words. */
export const isRoute = (text: string): boolean =>
	text.length <= ROUTE_BYTES_MAX &&
	text.startsWith('/') &&
	text
		.slice(1)
		.split('/')
		.every(segment => SEGMENT.test(segment));
