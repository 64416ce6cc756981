import test from 'ava';
import fc from 'fast-check';
import {concat} from '#kernel/bytes';
import {FrameReader} from '#transport/protocols/frame-reader';
import {
	BODY_BYTES_MAX,
	BODY_FRAME_BYTES_MAX,
	decodeFrameHeader,
	encodeFrame,
	encodeFrameHeader,
	FRAME_HEADER_BYTES,
	type FrameHeader,
	HEAD_BYTES_MAX,
} from '#transport/protocols/frames';

type Seen = {readonly header: FrameHeader; readonly payload: readonly number[]};

/** Everything a reader hands on of `bytes` cut at `cuts`; body bytes of one frame are joined. */
const readAll = (chunks: readonly Uint8Array[]) => {
	const frames: Seen[] = [];
	const bodies = new Map<number, number[]>();
	const reader = new FrameReader({
		frame: (header, payload) => {
			frames.push({header, payload: [...payload]});
			return undefined;
		},
		body: (requestId, bytes) => {
			bodies.set(requestId, [...(bodies.get(requestId) ?? []), ...bytes]);
			return undefined;
		},
	});
	const failure = chunks.map(chunk => reader.push(chunk)).find(found => found !== undefined);
	return {frames, bodies, failure, betweenFrames: reader.betweenFrames};
};

const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
	const ends = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b);
	return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
};

test('frames come out as they went in, wherever the stream is cut', t => {
	const body = (requestId: number, payload: Uint8Array): Uint8Array =>
		concat(encodeFrameHeader({kind: 'body', requestId, length: payload.length, bodyLength: 0}), payload);
	fc.assert(
		fc.property(
			fc.array(fc.record({head: fc.uint8Array({maxLength: 40}), body: fc.uint8Array({maxLength: 60})}), {
				maxLength: 6,
			}),
			fc.array(fc.nat()),
			(messages, places) => {
				const stream = concat(
					...messages.flatMap(({head, body: bytes}, requestId) => [
						encodeFrame({kind: 'request', requestId, bodyLength: bytes.length}, head),
						body(requestId, bytes.subarray(0, 20)),
						body(requestId, bytes.subarray(20)),
					]),
				);
				const seen = readAll(cut(stream, places));
				t.is(seen.failure, undefined);
				t.true(seen.betweenFrames);
				t.deepEqual(
					seen.frames.map(({payload}) => payload),
					messages.map(({head}) => [...head]),
				);
				for (const [requestId, {body: bytes}] of messages.entries())
					t.deepEqual(seen.bodies.get(requestId) ?? [], [...bytes]);
			},
		),
	);
});

test('garbage is refused or waited out, never a crash', t => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({maxLength: 64}), {maxLength: 8}), chunks => {
			t.notThrows(() => readAll(chunks));
		}),
	);
});

test('a header is judged by its limits before room is made for what it announces', t => {
	const header = (kind: number, length: number, bodyLength: number): Uint8Array => {
		const bytes = new Uint8Array(FRAME_HEADER_BYTES);
		const view = new DataView(bytes.buffer);
		view.setUint8(0, kind);
		view.setUint32(5, length);
		view.setUint32(9, bodyLength);
		return bytes;
	};
	t.deepEqual(decodeFrameHeader(header(9, 0, 0)), {
		ok: false,
		error: {code: 'FRAME_KIND_UNKNOWN', kind: 9},
	});
	t.deepEqual(decodeFrameHeader(header(0, HEAD_BYTES_MAX + 1, 0)), {
		ok: false,
		error: {
			code: 'FRAME_TOO_LONG',
			kind: 'request',
			length: HEAD_BYTES_MAX + 1,
			lengthMax: HEAD_BYTES_MAX,
		},
	});
	t.deepEqual(decodeFrameHeader(header(2, BODY_FRAME_BYTES_MAX + 1, 0)), {
		ok: false,
		error: {
			code: 'FRAME_TOO_LONG',
			kind: 'body',
			length: BODY_FRAME_BYTES_MAX + 1,
			lengthMax: BODY_FRAME_BYTES_MAX,
		},
	});
	t.deepEqual(decodeFrameHeader(header(1, 0, BODY_BYTES_MAX + 1)), {
		ok: false,
		error: {code: 'FRAME_BODY_TOO_LONG', bodyLength: BODY_BYTES_MAX + 1, bodyLengthMax: BODY_BYTES_MAX},
	});
	t.deepEqual(decodeFrameHeader(header(2, 1, 1)), {
		ok: false,
		error: {code: 'FRAME_BODY_MISPLACED', kind: 'body', bodyLength: 1},
	});
});

test('a failure of the sink ends the reading', t => {
	const reader = new FrameReader({frame: () => ({code: 'NO'}), body: () => ({code: 'NO_BODY'})});
	t.deepEqual(reader.push(encodeFrame({kind: 'cancel', requestId: 1, bodyLength: 0})), {code: 'NO'});
});
