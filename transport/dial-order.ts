/**
 * Several transports as one: the first reaches a peer wherever there is an endpoint and is the fastest; the second is
 * loaded only when it is needed, and reaches peers that nobody can dial.
 */
import {NodeError} from '#kernel/node-error';
import type {Endpoint} from './protocols/endpoint.ts';
import type {Listener, PeerAddress, RequestHandler, Session, Transport} from './transport.ts';

export type SecondTransport = {
	/** Opens it, once: what it needs is loaded then. */
	open(): Promise<Transport>;
	/** Where it listens beside the first; undefined: it only dials. */
	readonly listen?: Endpoint | undefined;
	/** Whether it may find peers of whom no route is known. */
	readonly findsRoutes: boolean;
};

/** Failures after which another way may still reach the peer: the endpoint is wrong, silent, somebody else's or unknown. */
const UNREACHED: ReadonlySet<string> = new Set([
	'TRANSPORT_CONNECT_FAILED',
	'TRANSPORT_CONNECT_TIMEOUT',
	'TRANSPORT_PEER_KEY_WRONG',
	'TRANSPORT_ENDPOINT_UNKNOWN',
]);

const unreached = (error: unknown): error is NodeError =>
	error instanceof NodeError && UNREACHED.has(error.code);

const bothListen = async (
	first: Listener,
	second: {readonly transport: Transport; readonly endpoint: Endpoint; readonly handler: RequestHandler},
): Promise<Listener> => {
	let other: Listener;
	try {
		other = await second.transport.listen(second.endpoint, second.handler);
	} catch (error) {
		await first.close();
		throw error;
	}
	return {
		endpoint: first.endpoint,
		get connections() {
			return first.connections + other.connections;
		},
		get routes() {
			return other.routes ?? [];
		},
		onRoutes: listener => other.onRoutes?.(listener),
		close: async () => {
			await Promise.all([first.close(), other.close()]);
		},
	};
};

/** Dials by `first`, and by `second` where that does not reach the peer; listens on both. */
export const inDialOrder = (first: Transport, second: SecondTransport): Transport => {
	let opening: Promise<Transport> | undefined;
	const open = (): Promise<Transport> => {
		opening ??= second.open();
		return opening;
	};
	const connect = async (
		{key, endpoint, routes = []}: PeerAddress,
		options: {readonly signal?: AbortSignal} = {},
	): Promise<Session> => {
		const canFollow = routes.length > 0 || second.findsRoutes;
		let failure: NodeError;
		try {
			return await first.connect({key, ...(endpoint && {endpoint})}, options);
		} catch (error) {
			if (!canFollow || !unreached(error)) throw error;
			failure = error;
		}
		try {
			return await (await open()).connect({key, routes}, options);
		} catch (error) {
			if (!unreached(error)) throw error;
			throw new NodeError(
				{
					code: 'TRANSPORT_CONNECT_FAILED',
					message: 'A peer was reached neither at its endpoint nor by its routes.',
					byEndpoint: failure.code,
					byRoutes: error.code,
				},
				{cause: error},
			);
		}
	};
	return {
		key: first.key,
		listen: async (endpoint, handler) => {
			const listener = await first.listen(endpoint, handler);
			return second.listen === undefined
				? listener
				: await bothListen(listener, {transport: await open(), endpoint: second.listen, handler});
		},
		connect,
	};
};
