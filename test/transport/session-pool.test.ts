import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {createMemoryNetwork} from '#transport/memory';
import {createSessionPool} from '#transport/session-pool';
import {deferred} from './support/deferred.ts';
import {failureOf} from './support/failure-of.ts';

const keyOf = (first: number): Uint8Array => new Uint8Array(32).fill(first);

/** Listeners 1 to `count`, and a pool of somebody else. */
const start = async (count: number, sessionsMax: number) => {
	const network = createMemoryNetwork();
	const release = deferred();
	const addresses = await Promise.all(
		Array.from({length: count}, async (_, index) => {
			const key = keyOf(index + 1);
			const listener = await network
				.transport(key)
				.listen({host: 'peer', port: index + 1}, async ({head}) => {
					if (head[0] === 1) await release.promise;
					return {head};
				});
			return {key, endpoint: listener.endpoint, listener};
		}),
	);
	const pool = createSessionPool(network.transport(keyOf(99)), {sessionsMax});
	return {addresses, pool, release};
};

test('a peer is dialled once, however many ask at a time', async t => {
	const {addresses, pool} = await start(1, 4);
	const [address] = addresses;
	if (address === undefined) return t.fail();
	const sessions = await Promise.all([pool.session(address), pool.session(address)]);
	t.is(sessions[0], sessions[1]);
	t.is(address.listener.connections, 1);
	pool.close();
});

test('a session that is gone is opened again', async t => {
	const {addresses, pool} = await start(1, 4);
	const [address] = addresses;
	if (address === undefined) return t.fail();
	const first = await pool.session(address);
	first.close();
	const second = await pool.session(address);
	t.not(second, first);
	t.deepEqual((await second.request({head: Uint8Array.of(7)})).head, Uint8Array.of(7));
	pool.close();
	t.true(second.closed);
	t.is((await failureOf(pool.session(address))).code, 'TRANSPORT_CLOSED');
});

test('an idle session makes room, a busy one does not', async t => {
	const {addresses, pool, release} = await start(3, 2);
	const [a, b, c] = addresses;
	if (a === undefined || b === undefined || c === undefined) return t.fail();
	const busy = await pool.session(a);
	const asked = busy.request({head: Uint8Array.of(1)});
	const idle = await pool.session(b);
	const third = await pool.session(c);
	t.true(idle.closed);
	t.false(busy.closed);
	const alsoAsked = third.request({head: Uint8Array.of(1)});
	t.deepEqual((await failureOf(pool.session(b))).detail, {
		code: 'TRANSPORT_SOCKETS_EXHAUSTED',
		socketsMax: 2,
	});
	release.resolve();
	await Promise.all([asked, alsoAsked]);
	pool.close();
});

test('a peer that could not be reached is tried again the next time', async t => {
	const {addresses, pool} = await start(1, 4);
	const [address] = addresses;
	if (address === undefined) return t.fail();
	await address.listener.close();
	for (let attempt = 0; attempt < 2; attempt++)
		t.is((await failureOf(pool.session(address))).code, 'TRANSPORT_CONNECT_FAILED');
	pool.close();
});

test('a request waits until a session is free, and another one that was called off does not', async t => {
	const {addresses, pool, release} = await start(3, 2);
	const [a, b, c] = addresses;
	if (a === undefined || b === undefined || c === undefined) return t.fail();
	const busy = [a, b].map(address => pool.request(address, {head: Uint8Array.of(1)}));
	const abort = new AbortController();
	const givenUp = failureOf(pool.request(c, {head: Uint8Array.of(2)}, {signal: abort.signal}));
	const waiting = pool.request(c, {head: Uint8Array.of(3)});
	abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
	t.is((await givenUp).code, 'TEST_ENOUGH');
	t.is(c.listener.connections, 0);
	release.resolve();
	t.deepEqual((await waiting).head, Uint8Array.of(3));
	await Promise.all(busy);
	pool.close();
});

test('whoever waits for a session when the pool closes is told so', async t => {
	const {addresses, pool, release} = await start(2, 1);
	const [a, b] = addresses;
	if (a === undefined || b === undefined) return t.fail();
	const busy = failureOf(pool.request(a, {head: Uint8Array.of(1)}));
	const waiting = failureOf(pool.request(b, {head: Uint8Array.of(1)}));
	await new Promise(setImmediate);
	pool.close();
	t.is((await waiting).code, 'TRANSPORT_CLOSED');
	t.is((await busy).code, 'TRANSPORT_CLOSED');
	release.resolve();
});
