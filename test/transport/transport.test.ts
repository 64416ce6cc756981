/** What every transport promises, asked of each. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {identityOfSeed} from '#transport/identity';
import {Libp2pHost} from '#transport/libp2p/host';
import {defaultLibp2pOptions} from '#transport/libp2p/host-options';
import {createLibp2pTransport} from '#transport/libp2p/libp2p-transport';
import {createMemoryNetwork} from '#transport/memory';
import {BODY_BYTES_MAX} from '#transport/protocols/frames';
import type {SessionOptions} from '#transport/session-options';
import {createTlsTransport} from '#transport/tls';
import {bodyOf, type RequestHandler, type Transport} from '#transport/transport';

import {deferred} from './support/deferred.ts';
import {failureOf} from './support/failure-of.ts';

type Overrides = Partial<SessionOptions & {bodyBytesMax: number}>;
type Adapter = {readonly name: string; readonly make: () => (overrides?: Overrides) => Transport};

const adapters: readonly Adapter[] = [
	{
		name: 'memory',
		make: () => {
			const network = createMemoryNetwork();
			return overrides => network.transport(new Uint8Array(randomBytes(32)), overrides);
		},
	},
	{
		name: 'libp2p',
		make: () => overrides => {
			const seed = new Uint8Array(randomBytes(32));
			const options = {...defaultLibp2pOptions, ...overrides};
			return createLibp2pTransport(new Libp2pHost(seed, options), identityOfSeed(seed).key, options);
		},
	},
	{name: 'TLS', make: () => overrides => createTlsTransport(new Uint8Array(randomBytes(32)), overrides)},
];

const HOST = {host: '127.0.0.1', port: 0};
const NOTHING = new Uint8Array(0);

/** Echoes head and body, and the peer's key where the head says so. */
const echo: RequestHandler = async ({peer, head, body}) =>
	head[0] === 0xff ? {head: peer} : {head, body: bodyOf(body.slice())};

const connected = async (
	adapter: Adapter,
	handler: RequestHandler,
	{client = {}, server = {}}: {client?: Overrides; server?: Overrides} = {},
) => {
	const make = adapter.make();
	const [near, far] = [make(client), make(server)];
	const listener = await far.listen(HOST, handler);
	const session = await near.connect({endpoint: listener.endpoint, key: far.key});
	return {make, near, far, listener, session};
};

for (const adapter of adapters) {
	test(`${adapter.name}: both sides know the other's key, and requests are answered`, async t => {
		const {near, far, listener, session} = await connected(adapter, echo);
		t.is(toHex(session.peer), toHex(far.key));
		const {head} = await session.request({head: Uint8Array.of(0xff)});
		t.is(toHex(head), toHex(near.key));
		t.is(listener.connections, 1);
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: bodies of every length come back whole, many at a time`, async t => {
		const {listener, session} = await connected(adapter, echo);
		const lengths = [0, 1, 1023, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3_000_000];
		await Promise.all(
			lengths.map(async (length, index) => {
				const bytes = new Uint8Array(randomBytes(length));
				const head = Uint8Array.of(index);
				const answer = await session.request({head, body: bodyOf(bytes)}, {bodyBytesMax: length});
				t.deepEqual(answer.head, head);
				t.true(Buffer.compare(answer.body, bytes) === 0);
			}),
		);
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: a peer that holds another key than asked for is refused`, async t => {
		const make = adapter.make();
		const [near, far] = [make(), make()];
		const listener = await far.listen(HOST, echo);
		const wrong = new Uint8Array(randomBytes(32));
		const failure = await failureOf(near.connect({endpoint: listener.endpoint, key: wrong}));
		t.is(failure.code, 'TRANSPORT_PEER_KEY_WRONG');
		await listener.close();
	});

	test(`${adapter.name}: nobody listening is a coded failure`, async t => {
		const make = adapter.make();
		const listener = await make().listen(HOST, echo);
		await listener.close();
		const failure = await failureOf(make().connect({endpoint: listener.endpoint, key: new Uint8Array(32)}));
		t.is(failure.code, 'TRANSPORT_CONNECT_FAILED');
	});

	test(`${adapter.name}: a port in use is a coded failure`, async t => {
		const make = adapter.make();
		const listener = await make().listen(HOST, echo);
		const failure = await failureOf(make().listen(listener.endpoint, echo));
		t.is(failure.code, 'TRANSPORT_LISTEN_FAILED');
		await listener.close();
	});

	test(`${adapter.name}: an aborted request stops the handler, and the session goes on`, async t => {
		const started = deferred();
		const stopped = deferred();
		const {listener, session} = await connected(adapter, async ({head, signal}) => {
			if (head[0] !== 1) return {head};
			signal.addEventListener('abort', () => stopped.resolve());
			started.resolve();
			await stopped.promise;
			return {head};
		});
		const abort = new AbortController();
		const asked = session.request({head: Uint8Array.of(1)}, {signal: abort.signal});
		await started.promise;
		abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
		t.is((await failureOf(asked)).code, 'TEST_ENOUGH');
		await stopped.promise;
		t.deepEqual((await session.request({head: Uint8Array.of(2)})).head, Uint8Array.of(2));
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: a body given up half way leaves the session usable`, async t => {
		const {listener, session} = await connected(adapter, echo);
		const bytes = new Uint8Array(2_000_000);
		const abort = new AbortController();
		const asked = session.request(
			{
				head: Uint8Array.of(1),
				body: {
					length: bytes.length,
					read: (offset, length) => {
						if (offset > 1_000_000) abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
						return bytes.subarray(offset, offset + length);
					},
				},
			},
			{signal: abort.signal, bodyBytesMax: bytes.length},
		);
		t.is((await failureOf(asked)).code, 'TEST_ENOUGH');
		const {body} = await session.request({head: NOTHING, body: bodyOf(bytes)}, {bodyBytesMax: bytes.length});
		t.is(body.length, bytes.length);
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: what a handler throws reaches the peer as its code, and only that`, async t => {
		const bugs: unknown[] = [];
		const {listener, session} = await connected(
			adapter,
			({head}) =>
				Promise.reject(
					head[0] === 1 ? new NodeError({code: 'PIECE_READ_FAILED', path: '/secret'}) : new TypeError('x'),
				),
			{server: {onBug: error => bugs.push(error)}},
		);
		const coded = await failureOf(session.request({head: Uint8Array.of(1)}));
		t.deepEqual(coded.detail, {code: 'TRANSPORT_PEER_ABORTED', reason: 'PIECE_READ_FAILED'});
		const uncoded = await failureOf(session.request({head: Uint8Array.of(2)}));
		t.deepEqual(uncoded.detail, {code: 'TRANSPORT_PEER_ABORTED', reason: 'TRANSPORT_HANDLER_FAILED'});
		t.true(bugs[0] instanceof TypeError);
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: a body beyond the listener's memory is refused, and taken when there is room`, async t => {
		const {listener, session} = await connected(adapter, echo, {server: {bodyBytesMax: 100_000}});
		const big = bodyOf(new Uint8Array(100_001));
		const failure = await failureOf(session.request({head: NOTHING, body: big}));
		t.deepEqual(failure.detail, {code: 'TRANSPORT_PEER_ABORTED', reason: 'TRANSPORT_BUSY'});
		const small = bodyOf(new Uint8Array(100_000));
		t.is((await session.request({head: NOTHING, body: small}, {bodyBytesMax: 100_000})).body.length, 100_000);
		session.close();
		await listener.close();
	});

	test(`${adapter.name}: a longer answer than was asked for ends the session`, async t => {
		const {listener, session} = await connected(adapter, async () => ({
			head: NOTHING,
			body: bodyOf(new Uint8Array(101)),
		}));
		const failure = await failureOf(session.request({head: NOTHING}, {bodyBytesMax: 100}));
		t.is(failure.code, 'FRAME_BODY_UNWANTED');
		t.true(session.closed);
		await listener.close();
	});

	test(`${adapter.name}: a listener that closes ends its sessions and waits for their handlers`, async t => {
		let running = 0;
		const started = deferred();
		const {listener, session} = await connected(adapter, async ({signal}) => {
			running++;
			started.resolve();
			await new Promise(resolve => signal.addEventListener('abort', resolve));
			running--;
			return {head: NOTHING};
		});
		const asked = failureOf(session.request({head: NOTHING}));
		await started.promise;
		await listener.close();
		t.is(running, 0);
		t.is((await asked).code, 'TRANSPORT_CONNECTION_LOST');
		t.true(session.closed);
	});

	test(`${adapter.name}: more requests than are open at a time wait their turn`, async t => {
		const {listener, session} = await connected(adapter, echo, {
			client: {requestsMax: 3},
			server: {requestsMax: 3, handlersMax: 1},
		});
		const heads = await Promise.all(
			Array.from(
				{length: 40},
				async (_, index) => (await session.request({head: Uint8Array.of(index)})).head[0],
			),
		);
		t.deepEqual(
			heads,
			Array.from({length: 40}, (_, index) => index),
		);
		session.close();
		await listener.close();
	});
}

test('a body longer than the protocol allows is not sent', async t => {
	const [memory] = adapters;
	const {listener, session} = await connected(memory as Adapter, echo);
	await t.throwsAsync(
		session.request({head: NOTHING, body: {length: BODY_BYTES_MAX + 1, read: () => NOTHING}}),
		{name: 'AssertionError'},
	);
	session.close();
	await listener.close();
});
