import test from 'ava';
import fc from 'fast-check';
import type {NodeError} from '#kernel/node-error';
import type {Bearer, BearerEvents} from '#relay/bearer/bearer';
import type {Channel, ChannelOptions} from '#relay/channel';
import {channelKey, FRAME_HEAD_BYTES, frame, PAYLOAD_BYTES_MAX} from '#relay/frame';
import {Mux} from '#relay/mux';
import {VirtualTimer} from '../support/relay/virtual-timer.ts';

type Rig = {
	readonly mux: Mux;
	readonly timer: VirtualTimer;
	readonly written: Uint8Array[];
	readonly events: () => BearerEvents;
	readonly reasons: NodeError[];
	readonly paused: () => boolean;
	full: boolean;
};

/** A mux on a bearer whose every byte the test sees. */
const rig = (): Rig => {
	const timer = new VirtualTimer();
	const written: Uint8Array[] = [];
	const reasons: NodeError[] = [];
	let events: BearerEvents | undefined;
	let paused = false;
	const self = {full: false};
	const bearer: Bearer = {
		remote: {host: 'test', port: 1},
		start: handlers => {
			events = handlers;
		},
		write: bytes => void written.push(bytes),
		isWritable: () => !self.full,
		pause: () => {
			paused = true;
		},
		resume: () => {
			paused = false;
		},
		close: () => undefined,
	};
	const mux = new Mux({bearer, timer, closed: reason => void reasons.push(reason)});
	mux.start();
	return Object.assign(self, {
		mux,
		timer,
		written,
		reasons,
		paused: () => paused,
		events: () => events as BearerEvents,
	});
};

const open = ({mux}: Rig, protocolId: number, options: Partial<ChannelOptions> = {}): Channel =>
	mux.open({
		key: channelKey(protocolId, 'server'),
		protocol: `p${protocolId}`,
		messageBytesMax: 100_000,
		ingressBytesMax: 200_000,
		whenFull: 'close',
		...options,
	});

/** A frame of the peer's client. */
const fromClient = (protocolId: number, payload: Uint8Array): Uint8Array =>
	frame(5, channelKey(protocolId, 'client'), payload);

const text = (length: number): Uint8Array => {
	const bytes = new Uint8Array(5 + length).fill(7);
	bytes.set([0x5a, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255]);
	return bytes;
};

const drainMicrotasks = async (): Promise<void> => {
	for (let index = 0; index < 5; index++) await Promise.resolve();
};

const parse = (bytes: Uint8Array): {key: number; payload: Uint8Array} => ({
	key: new DataView(bytes.buffer, bytes.byteOffset).getUint16(4),
	payload: bytes.subarray(FRAME_HEAD_BYTES),
});

test('a frame has time, mode bit and protocol, and length in front', t => {
	t.is(
		Buffer.from(frame(1.5, channelKey(2, 'server'), Uint8Array.of(0x81, 0))).toString('hex'),
		'000005dc800200028100',
	);
	t.is(
		Buffer.from(frame(2 ** 32, channelKey(8, 'client'), Uint8Array.of(1)))
			.toString('hex')
			.slice(8),
		'0008000101',
	);
});

test('messages arrive whole however frames and bearer cut them', t => {
	const messages = [text(3), text(30_000), text(0), text(12_288)];
	const stream = Buffer.concat(messages);
	fc.assert(
		fc.property(
			fc.array(fc.integer({min: 1, max: 9_000}), {minLength: 1, maxLength: 12}),
			fc.array(fc.integer({min: 1, max: 7_000}), {minLength: 1, maxLength: 12}),
			(frameSizes, pieceSizes) => {
				const self = rig();
				const channel = open(self, 3);
				const frames: Uint8Array[] = [];
				for (let at = 0, index = 0; at < stream.length; index++) {
					const size = frameSizes[index % frameSizes.length] as number;
					frames.push(fromClient(3, new Uint8Array(stream.subarray(at, at + size))));
					at += size;
				}
				const wire = new Uint8Array(Buffer.concat(frames));
				for (let at = 0, index = 0; at < wire.length; index++) {
					const size = pieceSizes[index % pieceSizes.length] as number;
					self.events().received(wire.subarray(at, at + size));
					at += size;
				}
				for (const message of messages) t.deepEqual(channel.takeReceived(), new Uint8Array(message));
				t.is(channel.takeReceived(), undefined);
				t.deepEqual(self.reasons, []);
			},
		),
		{numRuns: 60},
	);
});

test('every cut in two of a stream of frames gives the same messages', t => {
	const wire = new Uint8Array(
		Buffer.concat([
			fromClient(3, Uint8Array.of(0x82, 1)),
			fromClient(4, Uint8Array.of(0x81, 0, 0x18)),
			fromClient(3, Uint8Array.of(2)),
			fromClient(4, Uint8Array.of(0xff)),
		]),
	);
	for (let at = 0; at <= wire.length; at++) {
		const self = rig();
		const three = open(self, 3);
		const four = open(self, 4);
		self.events().received(wire.slice(0, at));
		self.events().received(wire.slice(at));
		t.deepEqual(three.takeReceived(), Uint8Array.of(0x82, 1, 2));
		t.deepEqual(four.takeReceived(), Uint8Array.of(0x81, 0));
		t.deepEqual(four.takeReceived(), Uint8Array.of(0x18, 0xff));
		t.is(self.timer.pending <= 1, true);
	}
});

const ending = (...pieces: readonly Uint8Array[]): NodeError['detail'] | undefined => {
	const self = rig();
	open(self, 3, {messageBytesMax: 50, ingressBytesMax: 120});
	for (const piece of pieces) self.events().received(piece);
	t0(self.reasons.length <= 1);
	const reason = self.reasons[0];
	if (reason === undefined) return undefined;
	const {message: _, ...detail} = reason.detail;
	return detail;
};
const t0 = (condition: boolean): void => {
	if (!condition) throw new TypeError('closed twice');
};

test('an empty frame, an unknown protocol and a wrong direction end the connection with their code', t => {
	t.deepEqual(ending(fromClient(3, new Uint8Array(0))), {code: 'RELAY_FRAME_EMPTY'});
	t.deepEqual(ending(fromClient(9, Uint8Array.of(0))), {code: 'RELAY_PROTOCOL_UNKNOWN', key: 0x80_09});
	t.deepEqual(ending(frame(0, channelKey(3, 'server'), Uint8Array.of(0))), {
		code: 'RELAY_PROTOCOL_UNKNOWN',
		key: 3,
	});
});

test('malformed, overlong and too many messages end the connection with their code', t => {
	t.deepEqual(ending(fromClient(3, Uint8Array.of(0xff))), {
		code: 'RELAY_MESSAGE_MALFORMED',
		protocol: 'p3',
		problem: 'CBOR_RESERVED',
	});
	t.deepEqual(ending(fromClient(3, Uint8Array.of(0x58, 60))), {
		code: 'RELAY_MESSAGE_TOO_LONG',
		protocol: 'p3',
	});
	t.is(ending(fromClient(3, new Uint8Array(120))), undefined);
	t.deepEqual(ending(fromClient(3, new Uint8Array(121))), {code: 'RELAY_INGRESS_FULL', protocol: 'p3'});
});

test('garbage of any kind ends the connection once, or waits for more', t => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({maxLength: 60}), {maxLength: 8}), pieces => {
			const detail = ending(...pieces);
			t.true(detail === undefined || detail.code.startsWith('RELAY_'));
		}),
		{numRuns: 500},
	);
});

test('a frame that is begun and not ended in time ends the connection; each has its own time', t => {
	const self = rig();
	open(self, 3);
	self.events().received(new Uint8Array(3));
	self.timer.advance(9_999);
	t.deepEqual(self.reasons, []);
	self.timer.advance(1);
	t.is(self.reasons[0]?.code, 'RELAY_FRAME_LATE');
	t.is(self.timer.pending, 0);

	const later = rig();
	open(later, 3);
	later.mux.holdInput();
	later.mux.releaseInput();
	const long = fromClient(3, text(20));
	later.events().received(long.subarray(0, 12));
	later.timer.advance(29_000);
	later.events().received(long.subarray(12));
	later.events().received(long.subarray(0, 12));
	later.timer.advance(29_999);
	t.deepEqual(later.reasons, []);
	later.timer.advance(1);
	t.is(later.reasons[0]?.code, 'RELAY_FRAME_LATE');
});

test('channels take turns of one frame, so that a short message overtakes a long one', async t => {
	const self = rig();
	const long = open(self, 3);
	const short = open(self, 4);
	void long.send(text(40_000));
	void short.send(Uint8Array.of(0x81, 0));
	await drainMicrotasks();
	t.deepEqual(
		self.written.map(bytes => [parse(bytes).key & 0x7f_ff, parse(bytes).payload.length]),
		[
			[3, PAYLOAD_BYTES_MAX],
			[4, 2],
			[3, PAYLOAD_BYTES_MAX],
			[3, PAYLOAD_BYTES_MAX],
			[3, 40_005 - 3 * PAYLOAD_BYTES_MAX],
		],
	);
});

test('short messages that are sent in one go share a frame, and none is lost between frames', async t => {
	const self = rig();
	const channel = open(self, 3);
	const messages = Array.from({length: 700}, (_, index) => text(1 + (index % 97)));
	for (const message of messages) void channel.send(message);
	await drainMicrotasks();
	const payloads = self.written.map(bytes => parse(bytes).payload);
	t.true(payloads.every(({length}) => length <= PAYLOAD_BYTES_MAX));
	t.true(payloads.length < 10);
	t.deepEqual(Buffer.concat(payloads), Buffer.concat(messages));
});

test('a sender waits while its peer does not read, and goes on when it does', async t => {
	const self = rig();
	const channel = open(self, 3);
	self.full = true;
	let sent = 0;
	const sender = (async () => {
		for (; sent < 100; sent++) await channel.send(text(10_000));
	})();
	await drainMicrotasks();
	const held = sent;
	t.true(held < 10);
	t.is(self.written.length, 0);
	self.full = false;
	for (let turn = 0; turn < 300 && sent < 100; turn++) {
		self.events().drained();
		await drainMicrotasks();
	}
	await sender;
	t.is(sent, 100);
});

test('a channel that may be full pauses the bearer at half and lets it go on at a quarter', t => {
	const self = rig();
	const channel = open(self, 3, {ingressBytesMax: 4_000, messageBytesMax: 2_000, whenFull: 'pause'});
	for (let index = 0; index < 3; index++) self.events().received(fromClient(3, text(995)));
	t.true(self.paused());
	channel.takeReceived();
	t.true(self.paused());
	channel.takeReceived();
	t.false(self.paused());
	t.deepEqual(self.reasons, []);
});

test('messages of a byte are counted too: more than 4,096 that wait end the connection, or pause it', t => {
	const closing = rig();
	const patient = rig();
	const server = open(closing, 3);
	const client = open(patient, 3, {whenFull: 'pause'});
	for (const self of [closing, patient]) self.events().received(fromClient(3, new Uint8Array(2_048)));
	t.false(patient.paused());
	for (const self of [closing, patient]) self.events().received(fromClient(3, new Uint8Array(2_048)));
	t.deepEqual(closing.reasons, []);
	t.true(patient.paused());
	for (let taken = 0; taken < 3_072; taken++) t.truthy(client.takeReceived());
	t.false(patient.paused());
	t.truthy(server.takeReceived());
	closing.events().received(fromClient(3, new Uint8Array(2)));
	t.is(closing.reasons[0]?.code, 'RELAY_INGRESS_FULL');
});

test('when a connection ends, every waiting call is rejected with the one reason', async t => {
	const self = rig();
	const channel = open(self, 3);
	self.full = true;
	const received = channel.receive();
	const sent = channel.send(text(70_000));
	self.events().closed(new Error('reset'));
	const reason = self.reasons[0];
	t.is(reason?.code, 'RELAY_PEER_GONE');
	const calls = [received, sent, channel.send(text(1)), channel.receive()];
	for (const call of calls) t.is<unknown, unknown>(await t.throwsAsync<NodeError>(call), reason);
	t.is(self.mux.open({...channel.options, key: 99}).takeReceived(), undefined);
	self.events().received(fromClient(3, text(1)));
	self.mux.close(new Error('again') as NodeError);
	t.is(self.reasons.length, 1);
	t.is(self.timer.pending, 0);
});

test('bytes behind the point where input is held wait for their channels', t => {
	const self = rig();
	const first = open(self, 0, {delivered: () => self.mux.holdInput()});
	const wire = new Uint8Array(
		Buffer.concat([
			fromClient(0, Uint8Array.of(1)),
			fromClient(5, Uint8Array.of(0x82, 1)),
			fromClient(5, Uint8Array.of(2)),
		]),
	);
	self.events().received(wire.slice(0, 20));
	t.true(self.paused());
	self.events().received(wire.slice(20));
	t.deepEqual(first.takeReceived(), Uint8Array.of(1));
	self.mux.retire(first);
	const late = open(self, 5);
	self.mux.releaseInput();
	t.deepEqual(late.takeReceived(), Uint8Array.of(0x82, 1, 2));
	t.false(self.paused());
	self.events().received(fromClient(0, Uint8Array.of(1)));
	t.is(self.reasons[0]?.code, 'RELAY_PROTOCOL_UNKNOWN');
});
