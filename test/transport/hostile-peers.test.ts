import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {concat} from '#kernel/bytes';
import {createMemoryNetwork} from '#transport/memory';
import {encodeFrame, encodeFrameHeader} from '#transport/protocols/frames';
import type {SessionOptions} from '#transport/session-options';
import {bodyOf} from '#transport/transport';
import {deferred} from './support/deferred.ts';
import {failureOf} from './support/failure-of.ts';
import {createManualTimer} from './support/manual-timer.ts';

const ENDPOINT = {host: 'rogue', port: 1};
const KEY = new Uint8Array(32).fill(7);
const NOTHING = new Uint8Array(0);
const ASK = {head: Uint8Array.of(1)};

/** A session to a peer that does `act` with its end once the first bytes arrive. */
const sessionWith = async (act: (stream: Duplex) => void, overrides: Partial<SessionOptions> = {}) => {
	const network = createMemoryNetwork();
	network.rogue(ENDPOINT, {
		key: KEY,
		accept: stream => {
			stream.once('data', () => act(stream));
			stream.on('error', () => undefined);
		},
	});
	const transport = network.transport(new Uint8Array(32), overrides);
	return transport.connect({endpoint: ENDPOINT, key: KEY});
};

const response = (requestId: number, bodyLength: number): Uint8Array =>
	encodeFrame({kind: 'response', requestId, bodyLength});
const bodyPart = (requestId: number, length: number): Uint8Array =>
	concat(encodeFrameHeader({kind: 'body', requestId, length, bodyLength: 0}), new Uint8Array(length));

test('a stream cut in the middle of a piece fails the request with a code', async t => {
	const session = await sessionWith(stream => {
		stream.end(concat(response(0, 1000), bodyPart(0, 400)));
	});
	const failure = await failureOf(session.request(ASK, {bodyBytesMax: 1000}));
	t.is(failure.code, 'TRANSPORT_CONNECTION_LOST');
	t.true(session.closed);
});

const rudeness: readonly (readonly [string, string, Uint8Array])[] = [
	['an unknown kind of frame', 'FRAME_KIND_UNKNOWN', new Uint8Array(13).fill(255)],
	[
		'a request where an answer belongs',
		'FRAME_UNEXPECTED',
		encodeFrame({kind: 'request', requestId: 0, bodyLength: 0}),
	],
	['an answer to nothing that was asked', 'FRAME_REQUEST_UNKNOWN', response(5, 0)],
	['a body for nothing that was asked', 'FRAME_REQUEST_UNKNOWN', bodyPart(5, 1)],
	['a body before its answer', 'FRAME_BODY_OVERRUN', bodyPart(0, 1)],
	['a body longer than it said', 'FRAME_BODY_OVERRUN', concat(response(0, 10), bodyPart(0, 11))],
	['two answers', 'FRAME_UNEXPECTED', concat(response(0, 10), response(0, 10))],
	['a body nobody has room for', 'FRAME_BODY_UNWANTED', response(0, 101)],
];
for (const [what, code, bytes] of rudeness)
	test(`a peer that sends ${what} is cut off`, async t => {
		const session = await sessionWith(stream => stream.write(bytes));
		const failure = await failureOf(session.request(ASK, {bodyBytesMax: 100}));
		t.deepEqual({code: failure.code, peerFault: failure.detail['peerFault']}, {code, peerFault: true});
		t.true(session.closed);
	});

test('a peer that never answers is given up when the time is over', async t => {
	const timer = createManualTimer();
	const asked = deferred();
	const session = await sessionWith(() => asked.resolve(), {after: timer.after, stallMs: 1000});
	const failing = failureOf(session.request(ASK));
	await asked.promise;
	timer.advance(1000);
	t.false(session.closed);
	timer.advance(1000);
	t.deepEqual((await failing).detail, {code: 'TRANSPORT_PEER_STALLED', stallMs: 1000});
	t.true(session.closed);
});

/** A server that takes what a rogue client writes, and the rogue's end of the stream. */
const served = async (overrides: Partial<SessionOptions> = {}) => {
	const network = createMemoryNetwork();
	const transport = network.transport(KEY, overrides);
	const listener = await transport.listen({host: 'server', port: 0}, async ({head}) => ({head}));
	const stream = network.dial(listener.endpoint, new Uint8Array(32));
	stream.on('error', () => undefined);
	return {network, listener, stream};
};

const request = (requestId: number, bodyLength: number): Uint8Array =>
	encodeFrame({kind: 'request', requestId, bodyLength}, NOTHING);

const clientRudeness: readonly (readonly [string, Uint8Array])[] = [
	['sends garbage', new Uint8Array(64).fill(200)],
	['uses a request id twice', concat(request(3, 10), request(3, 10))],
	['sends more of a body than it said', concat(request(0, 10), bodyPart(0, 11))],
	['sends a body for no request', bodyPart(0, 1)],
	['answers', response(0, 0)],
	[
		'opens more requests than are allowed',
		concat(...Array.from({length: 65}, (_, requestId) => request(requestId, 1))),
	],
];
for (const [what, bytes] of clientRudeness)
	test(`a client that ${what} is cut off, and others are served`, async t => {
		const {network, listener, stream} = await served();
		stream.write(bytes);
		stream.resume();
		await once(stream, 'close');
		const other = network.transport(new Uint8Array(32).fill(1));
		const session = await other.connect({endpoint: listener.endpoint, key: KEY});
		t.deepEqual((await session.request(ASK)).head, ASK.head);
		session.close();
		await listener.close();
	});

test('a client that trickles a body is cut off, so that it does not hold memory', async t => {
	const timer = createManualTimer();
	const {listener, stream} = await served({after: timer.after, stallMs: 1000, stallBytesMin: 1000});
	let closed = false;
	stream.on('close', () => {
		closed = true;
	});
	stream.write(request(0, 1_000_000));
	for (let second = 0; second < 4 && !closed; second++) {
		stream.write(bodyPart(0, 10));
		await new Promise(setImmediate);
		timer.advance(1000);
		await new Promise(setImmediate);
	}
	t.true(closed);
	await listener.close();
});

test('a connection that asks nothing is closed after the idle time', async t => {
	const timer = createManualTimer();
	const {listener, stream} = await served({after: timer.after, stallMs: 1000, idleMs: 3000});
	stream.resume();
	timer.advance(2999);
	t.is(listener.connections, 1);
	timer.advance(1);
	await once(stream, 'close');
	t.is(listener.connections, 0);
	await listener.close();
});

test('whatever bytes a client sends, the server lives and serves the next one', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.uint8Array({maxLength: 40}), {maxLength: 5}), async chunks => {
			const {network, listener, stream} = await served();
			for (const chunk of chunks) stream.write(chunk);
			stream.end();
			const session = await network
				.transport(new Uint8Array(32).fill(1))
				.connect({endpoint: listener.endpoint, key: KEY});
			const {body} = await session.request({head: NOTHING, body: bodyOf(Uint8Array.of(1, 2))});
			t.is(body.length, 0);
			session.close();
			await listener.close();
		}),
		{numRuns: 40},
	);
});
