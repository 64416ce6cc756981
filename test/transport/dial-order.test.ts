import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {inDialOrder} from '#transport/dial-order';
import {createMemoryNetwork} from '#transport/memory';
import type {PeerAddress, RequestHandler, Transport} from '#transport/transport';
import {failureOf} from './support/failure-of.ts';

const KEY = new Uint8Array(32).fill(1);
const FAR = new Uint8Array(32).fill(2);
const ROUTES = ['/ip4/203.0.113.7/tcp/4002'];
const echo: RequestHandler = async ({head}) => ({head});

/** A peer at `first:1` and, by any route, at `second:1`; what the second was asked for is kept. */
const world = async ({findsRoutes = false} = {}) => {
	const [first, second] = [createMemoryNetwork(), createMemoryNetwork()];
	const asked: PeerAddress[] = [];
	let opened = 0;
	const near = inDialOrder(first.transport(KEY), {
		open: async () => {
			opened++;
			const transport = second.transport(KEY);
			const dialling: Transport = {
				...transport,
				connect: async (address, options) => {
					asked.push(address);
					return transport.connect({key: address.key, endpoint: {host: 'second', port: 1}}, options);
				},
			};
			return dialling;
		},
		findsRoutes,
	});
	return {first, second, near, asked, opened: () => opened};
};

test('a peer with an endpoint that answers is dialled there, and nothing else is loaded', async t => {
	const {first, near, opened} = await world();
	await first.transport(FAR).listen({host: 'first', port: 1}, echo);
	const session = await near.connect({key: FAR, endpoint: {host: 'first', port: 1}, routes: ROUTES});
	t.deepEqual((await session.request({head: KEY})).head, KEY);
	t.is(opened(), 0);
});

test('a peer whose endpoint does not answer is reached by its routes; the second transport is opened once', async t => {
	const {second, near, asked, opened} = await world();
	await second.transport(FAR).listen({host: 'second', port: 1}, echo);
	for (const endpoint of [{host: 'first', port: 1}, undefined]) {
		const session = await near.connect({key: FAR, ...(endpoint && {endpoint}), routes: ROUTES});
		t.deepEqual((await session.request({head: KEY})).head, KEY);
	}
	t.deepEqual(asked, [
		{key: FAR, routes: ROUTES},
		{key: FAR, routes: ROUTES},
	]);
	t.is(opened(), 1);
});

test('an endpoint where somebody else answers is no reason not to follow the routes', async t => {
	const {first, second, near} = await world();
	await first.transport(KEY).listen({host: 'first', port: 1}, echo);
	await second.transport(FAR).listen({host: 'second', port: 1}, echo);
	const session = await near.connect({key: FAR, endpoint: {host: 'first', port: 1}, routes: ROUTES});
	t.deepEqual(session.peer, FAR);
});

test('without routes the first failure counts, unless the second transport finds peers by itself', async t => {
	const address = {key: FAR, endpoint: {host: 'first', port: 1}};
	const plain = await world();
	t.is((await failureOf(plain.near.connect(address))).code, 'TRANSPORT_CONNECT_FAILED');
	t.is(plain.opened(), 0);
	const finding = await world({findsRoutes: true});
	await finding.second.transport(FAR).listen({host: 'second', port: 1}, echo);
	t.deepEqual((await finding.near.connect(address)).peer, FAR);
});

test('when neither reaches the peer, both reasons are told', async t => {
	const {near} = await world();
	const {detail} = await failureOf(near.connect({key: FAR, routes: ROUTES}));
	t.like(detail, {
		code: 'TRANSPORT_CONNECT_FAILED',
		byEndpoint: 'TRANSPORT_ENDPOINT_UNKNOWN',
		byRoutes: 'TRANSPORT_CONNECT_FAILED',
	});
});

test('a dial that was called off is not tried another way', async t => {
	const {near, opened} = await world();
	const abort = new AbortController();
	abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
	const dialling = near.connect({key: FAR, routes: ROUTES}, {signal: abort.signal});
	t.is((await failureOf(dialling)).code, 'TEST_ENOUGH');
	t.is(opened(), 0);
});

test('with a place to listen for the second, a listener answers on both and closes both', async t => {
	const [first, second] = [createMemoryNetwork(), createMemoryNetwork()];
	const near = inDialOrder(first.transport(KEY), {
		open: async () => second.transport(KEY),
		listen: {host: 'second', port: 1},
		findsRoutes: false,
	});
	const listener = await near.listen({host: 'first', port: 1}, echo);
	for (const [network, host] of [
		[first, 'first'],
		[second, 'second'],
	] as const)
		await network.transport(FAR).connect({key: KEY, endpoint: {host, port: 1}});
	t.is(listener.connections, 2);
	await listener.close();
	const failure = await failureOf(
		second.transport(FAR).connect({key: KEY, endpoint: {host: 'second', port: 1}}),
	);
	t.is(failure.code, 'TRANSPORT_CONNECT_FAILED');
});

test('when the second cannot listen, the first stops too', async t => {
	const [first, second] = [createMemoryNetwork(), createMemoryNetwork()];
	await second.transport(FAR).listen({host: 'second', port: 1}, echo);
	const near = inDialOrder(first.transport(KEY), {
		open: async () => second.transport(KEY),
		listen: {host: 'second', port: 1},
		findsRoutes: false,
	});
	t.is((await failureOf(near.listen({host: 'first', port: 1}, echo))).code, 'TRANSPORT_LISTEN_FAILED');
	const failure = await failureOf(
		first.transport(FAR).connect({key: KEY, endpoint: {host: 'first', port: 1}}),
	);
	t.is(failure.code, 'TRANSPORT_CONNECT_FAILED');
});
