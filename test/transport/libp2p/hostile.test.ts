/** libp2p peers that do what they may not: they cost themselves their stream, and nobody else anything. */

import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {concat, toHex} from '#kernel/bytes';
import {bytesBetween, encode, list, record, u64} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {parseAddress} from '#transport/libp2p/addresses';
import {catchUp} from '#transport/libp2p/catch-up';
import {serveStreams} from '#transport/libp2p/framed-streams';
import type {Hold} from '#transport/libp2p/host';
import {duplexOf} from '#transport/libp2p/stream-duplex';
import {encodeFrame} from '#transport/protocols/frames';
import {bodyOf, type RequestHandler} from '#transport/transport';
import {createManualTimer, type ManualTimer} from '../support/manual-timer.ts';
import {addressesOf, LOOPBACK, type Machine, machine} from './support/machine.ts';

const PIECES = '/dcloud/pieces/1';
const ANNOUNCEMENTS = '/dcloud/announcements/1';
const echo: RequestHandler = async ({head}) => ({head});

/** A stream of a protocol to somebody, to be written on at will. */
const rogueStream = async (hold: Hold, far: Machine, protocol: string): Promise<Duplex> => {
	const farHold = await far.host.hold();
	const connection = await hold.node.dial(addressesOf(farHold).flatMap(text => parseAddress(text) ?? []));
	const duplex = duplexOf(await connection.newStream(protocol));
	duplex.on('error', () => undefined);
	duplex.resume();
	await farHold.release();
	return duplex;
};

const closed = (stream: Duplex): Promise<void> =>
	new Promise(resolve => {
		if (stream.destroyed) resolve();
		else stream.on('close', resolve);
	});

const rudeness: Readonly<Record<string, Uint8Array>> = {
	'sends garbage': new Uint8Array(64).fill(200),
	'opens more requests than are allowed': concat(
		...Array.from({length: 65}, (_, requestId) => encodeFrame({kind: 'request', requestId, bodyLength: 1})),
	),
};
for (const [what, bytes] of Object.entries(rudeness))
	test(`a peer that ${what} loses its stream, is told of, and others are served`, async t => {
		const cut: string[] = [];
		const far = machine(t, {onCut: (peer, {code}) => cut.push(`${toHex(peer)} ${code}`)});
		const listener = await far.transport.listen(LOOPBACK, echo);
		const rogue = machine(t);
		const hold = await rogue.host.hold();
		const stream = await rogueStream(hold, far, PIECES);
		stream.write(bytes);
		await closed(stream);
		t.is(cut.length, 1);
		t.true(cut[0]?.startsWith(`${toHex(rogue.key)} FRAME_`));
		const session = await machine(t).transport.connect({key: far.key, endpoint: listener.endpoint});
		t.deepEqual((await session.request({head: bytes.subarray(0, 3)})).head, bytes.subarray(0, 3));
		session.close();
		await hold.release();
		await listener.close();
	});

test('a peer gets two streams and no more, however many it opens', async t => {
	const far = machine(t);
	const listener = await far.transport.listen(LOOPBACK, echo);
	const rogue = machine(t);
	const hold = await rogue.host.hold();
	// A stream that is refused fails to open or is cut a little later, as libp2p likes.
	const ended = Array.from({length: 12}, () => rogueStream(hold, far, PIECES).then(closed, () => undefined));
	let count = 0;
	const enough = new Promise<void>(resolve => {
		for (const end of ended) void end.then(() => ++count === 10 && resolve());
	});
	await enough;
	t.true(listener.connections <= 2);
	await hold.release();
	await listener.close();
});

/** What somebody who catches up takes from a peer that answers so, and how often it asks. */
const takenFrom = async (
	t: ExecutionContext,
	handler: RequestHandler,
	onAsked: (timer: ManualTimer) => void = () => undefined,
): Promise<{readonly taken: number; readonly asked: number}> => {
	const rogue = machine(t, {listen: ['/ip4/127.0.0.1/tcp/0']});
	const hold = await rogue.host.hold();
	const timer = createManualTimer();
	let asked = 0;
	const server = await serveStreams(hold.node, ANNOUNCEMENTS, {
		handler: async request => {
			asked++;
			onAsked(timer);
			return await handler(request);
		},
		options: rogue.options,
	});
	const near = machine(t, {bootstrap: addressesOf(hold), after: timer.after});
	let taken = 0;
	const pages = {
		since: () => undefined,
		take: (items: readonly Uint8Array[]) => {
			taken += items.length;
		},
	};
	const reading = await catchUp(near.host, pages, near.options);
	while (asked === 0 || server.sessions > 0) await new Promise(setImmediate);
	await reading.stop();
	await server.close();
	await hold.release();
	return {taken, asked};
};

const placeCodec = record({cursor: u64});
const page = (cursor: bigint, items: readonly Uint8Array[]) => ({
	head: encode(placeCodec, {cursor}),
	body: bodyOf(encode(list(bytesBetween(0, 4096), 100), items)),
});
const item = Uint8Array.of(1);

test('a peer that has always one more page is read no further than a node keeps', async t => {
	let cursor = 0n;
	t.deepEqual(await takenFrom(t, async () => page(++cursor, [item])), {taken: 160, asked: 160});
});

const lies: Readonly<Record<string, RequestHandler>> = {
	'leads back to where one was': async () => page(0n, [item]),
	'sends more items than a page has': async () => page(1n, new Array(65).fill(item)),
	'sends an item that is too long': async () => page(1n, [new Uint8Array(2049)]),
	'sends an item of nothing': async () => page(1n, [new Uint8Array(0)]),
	'sends no page': async () => ({
		...page(1n, []),
		body: bodyOf(new Uint8Array(randomBytes(100)).fill(255, 0, 1)),
	}),
	'does not say where it is': async () => ({...page(1n, [item]), head: item}),
	'sends more than was asked for': async () => ({...page(1n, []), body: bodyOf(new Uint8Array(200_000))}),
	refuses: async () => {
		throw new NodeError({code: 'TRANSPORT_BUSY'});
	},
};
for (const [what, handler] of Object.entries(lies))
	test(`from a peer that ${what} nothing is taken, and it is not asked again`, async t => {
		t.deepEqual(await takenFrom(t, handler), {taken: 0, asked: 1});
	});

test('a peer that never answers is left alone after a while', async t => {
	const silent: RequestHandler = async ({head, signal}) => {
		await once(signal, 'abort');
		return {head};
	};
	t.deepEqual(await takenFrom(t, silent, timer => timer.advance(10_000)), {taken: 0, asked: 1});
});
