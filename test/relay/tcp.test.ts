import {once} from 'node:events';
import {connect} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Connection} from '#relay/connection';
import {dial} from '#relay/dial';
import {type Listener, type ListenerOptions, listen} from '#relay/listener';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';

const {signal} = new AbortController();
const NETWORK = 42;

const serve = async (t: ExecutionContext, options: Partial<ListenerOptions>): Promise<Listener> => {
	const listener = await listen({
		address: {host: '127.0.0.1', port: 0},
		networkMagic: NETWORK,
		handlers: () => ({}),
		connected: () => undefined,
		...options,
	});
	t.teardown(() => listener.close());
	return listener;
};

test('a follower gets 864 real blocks over TCP, headers and bodies, byte for byte', async t => {
	const blocks = preprodBlocks();
	t.is(blocks.length, 864);
	const chain = new ServedChain(blocks);
	const listener = await serve(t, {handlers: () => ({chain: chain.follow(), blocks: chain.blocks})});
	const connection = await dial(listener.address, {networkMagic: NETWORK, handlers: () => ({})}, {signal});
	const {chainSync, blockFetch} = connection.client ?? t.fail('no client');
	const first = blocks[0] ?? t.fail();
	const last = blocks.at(-1) ?? t.fail();

	t.deepEqual(await chainSync.findIntersect(['origin'], {signal}), {
		kind: 'found',
		point: 'origin',
		tip: last.tip,
	});
	t.deepEqual(await chainSync.next({signal}), {kind: 'rollBackward', point: 'origin', tip: last.tip});
	for (const {header} of blocks) {
		const update = await chainSync.next({signal});
		t.is(update.kind, 'rollForward');
		if (update.kind !== 'rollForward') return;
		if (toHex(update.header.bytes) !== toHex(header.bytes)) t.fail('a header differs');
	}

	const fetched: Uint8Array[] = [];
	const outcome = await blockFetch.fetchRange(
		{from: first.point, to: last.point},
		block => void fetched.push(block),
		{signal},
	);
	t.is(outcome, 'fetched');
	t.is(toHex(Buffer.concat(fetched)), toHex(Buffer.concat(blocks.map(({bytes}) => bytes))));

	connection.close();
	await listener.close();
	t.is((await connection.closed).code, 'RELAY_CLOSED');
});

test('both ends of a duplex connection follow each other, whoever dialled', async t => {
	const blocks = preprodBlocks().slice(0, 20);
	const ours = new ServedChain(blocks);
	const theirs = new ServedChain(blocks.slice(0, 5));
	let arrived: (connection: Connection) => void = () => undefined;
	const inbound = new Promise<Connection>(resolve => {
		arrived = resolve;
	});
	const listener = await serve(t, {
		handlers: () => ({chain: ours.follow(), blocks: ours.blocks}),
		connected: connection => arrived(connection),
	});
	const outgoing = await dial(
		listener.address,
		{networkMagic: NETWORK, handlers: () => ({chain: theirs.follow(), blocks: theirs.blocks})},
		{signal},
	);
	const incoming = await inbound;
	t.true(outgoing.peer.duplex && incoming.peer.duplex);
	const [up, down] = await Promise.all(
		[outgoing, incoming].map(({client}) => client?.chainSync.findIntersect(['origin'], {signal})),
	);
	t.deepEqual(up?.tip, ours.tip);
	t.deepEqual(down?.tip, theirs.tip);
	outgoing.close();
	t.is((await incoming.closed).code, 'RELAY_PEER_GONE');
	await listener.close();
});

test('a peer of another network is refused by both ends, with both magics', async t => {
	const refusals: unknown[] = [];
	const listener = await serve(t, {refused: (_, reason) => refusals.push(reason)});
	const failure = await t.throwsAsync(
		dial(listener.address, {networkMagic: 7, handlers: () => ({})}, {signal}),
		{
			instanceOf: NodeError,
			code: 'RELAY_HANDSHAKE_FAILED',
		},
	);
	t.is((failure as NodeError).detail['problem'], 'HANDSHAKE_REFUSED');
	await listener.close();
	const [refusal] = refusals;
	t.true(refusal instanceof NodeError);
	t.like((refusal as NodeError).detail, {problem: 'HANDSHAKE_MAGIC_MISMATCH', ours: NETWORK, theirs: 7});
});

test('a port that is taken, and one where nobody listens, are coded errors', async t => {
	const listener = await serve(t, {});
	await t.throwsAsync(serve(t, {address: listener.address}), {code: 'RELAY_PORT_IN_USE'});
	await listener.close();
	await t.throwsAsync(dial(listener.address, {networkMagic: NETWORK, handlers: () => ({})}, {signal}), {
		code: 'RELAY_DIAL_FAILED',
	});
});

test('one address gets no more connections than its share', async t => {
	const refusals: unknown[] = [];
	const listener = await serve(t, {perAddressMax: 1, refused: (_, reason) => refusals.push(reason)});
	const options = {networkMagic: NETWORK, handlers: () => ({})};
	const first = await dial(listener.address, options, {signal});
	await t.throwsAsync(dial(listener.address, options, {signal}), {code: 'RELAY_PEER_GONE'});
	t.is((refusals[0] as NodeError).code, 'RELAY_TOO_MANY_CONNECTIONS');
	t.is(listener.inboundCount(), 1);
	first.close();
	await listener.close();
});

test('peers that send garbage, cut off or half-close are let go, and an honest one is served all the while', async t => {
	let refused = 0;
	const chain = new ServedChain(preprodBlocks().slice(0, 3));
	const listener = await serve(t, {
		perAddressMax: 100,
		handlers: () => ({chain: chain.follow()}),
		refused: () => void refused++,
	});
	const honest = await dial(listener.address, {networkMagic: NETWORK, handlers: () => ({})}, {signal});
	const hostile = async (index: number): Promise<void> => {
		const socket = connect(listener.address.port, listener.address.host);
		socket.on('error', () => undefined);
		await once(socket, 'connect');
		const closed = once(socket, 'close');
		const garbage = Uint8Array.from({length: 3_000}, (_, at) => (at * 7_919 + index * 104_729) & 255);
		if (index % 3 === 0) socket.write(garbage);
		else if (index % 3 === 1) socket.end(garbage.subarray(0, index % 9));
		else {
			socket.write(garbage.subarray(0, 5));
			socket.resetAndDestroy();
		}
		await closed;
	};
	await Promise.all(Array.from({length: 60}, (_, index) => hostile(index)));
	t.deepEqual(await honest.client?.chainSync.findIntersect(['origin'], {signal}), {
		kind: 'found',
		point: 'origin',
		tip: chain.tip,
	});
	honest.close();
	await listener.close();
	t.is(refused, 60);
	t.is(listener.inboundCount(), 0);
});
