import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {DEVNET_CODE, SMALL_CODE} from '#pieces/erasure/code-profile';
import {encodeSegment} from '#pieces/segment/encode-segment';
import {maskKeyOf} from '#pieces/segment/piece-mask';
import {
	decodeInPlace,
	encodeInPlace,
	layPlaintext,
	type NamedPiece,
	pieceIn,
	readingBytes,
	type SegmentSpace,
	sparePiece,
	unmaskIfPiece,
	writingBytes,
} from '#pieces/segment/segment-in-place';
import {bytesOf, named} from '../storage-proofs/worlds.ts';
import {ports as plainPorts} from './ports.ts';

const ports = {...plainPorts, erasure: await createErasureKernel()};
const segmentKey = named('segment key');
const code = DEVNET_CODE;

const encoded = (plaintext: Uint8Array, steps: readonly number[] = [plaintext.length]) => {
	const plaintextLength = plaintext.length;
	// What was in the memory before is of no matter.
	const bytes = new Uint8Array(writingBytes(code, plaintextLength)).fill(0xa5);
	const space: SegmentSpace = {code, segmentKey, plaintextLength, bytes};
	let at = 0;
	for (const step of steps) {
		layPlaintext(bytes, at, plaintext.subarray(at, at + step));
		at += step;
	}
	layPlaintext(bytes, at, plaintext.subarray(at));
	const named: NamedPiece[] = [];
	encodeInPlace(ports, space, piece => named.push(piece));
	return {space, named};
};

const lengths = fc.constantFrom(0, 1, 63, 65_535, 65_536, 65_537, 131_072, 200_001);

test('a segment made in place has the pieces of one that was not, however its plaintext was laid out', t => {
	fc.assert(
		fc.property(lengths, fc.array(fc.nat(90_000), {maxLength: 4}), (length, steps) => {
			const plaintext = bytesOf('plaintext', length);
			const {space, named} = encoded(plaintext, steps);
			const expected = encodeSegment(ports, {code, segmentKey, plaintext}, [0, 1, 2, 3, 4, 5, 6]);
			t.deepEqual(
				named,
				expected.slice(0, 6).map(({index, pieceId}) => ({index, pieceId})),
			);
			t.deepEqual(
				[0, 1, 2, 3, 4, 5].map(index => pieceIn(space, index)),
				expected.slice(0, 6).map(piece => piece.bytes),
			);
			t.deepEqual(sparePiece(ports, space, 6), expected[6]);
		}),
		{numRuns: 12},
	);
});

test('any k pieces give the plaintext back, wherever they were received', t => {
	fc.assert(
		fc.property(
			lengths,
			fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], {minLength: 4, maxLength: 4}),
			fc.boolean(),
			(length, indexes, inPlace) => {
				const plaintext = bytesOf('plaintext', length);
				const pieces = encodeSegment(ports, {code, segmentKey, plaintext}, indexes);
				const bytes = new Uint8Array(readingBytes(code, length)).fill(0xa5);
				const space: SegmentSpace = {code, segmentKey, plaintextLength: length, bytes};
				const maskKey = maskKeyOf(segmentKey);
				const have = pieces.map(({index, pieceId, bytes: piece}) => {
					const into = inPlace && index < code.k ? pieceIn(space, index) : new Uint8Array(piece.length);
					into.set(piece);
					t.true(unmaskIfPiece(ports, {index, pieceId, maskKey, bytes: into}));
					return {index, bytes: into};
				});
				t.deepEqual(decodeInPlace(ports, space, have), {ok: true, value: plaintext});
			},
		),
		{numRuns: 25},
	);
});

test('a piece with another id keeps its mask; k pieces of another segment do not open', t => {
	const plaintext = bytesOf('plaintext', 70_000);
	const [piece] = encodeSegment(ports, {code, segmentKey, plaintext}, [0]);
	const bytes = (piece as NonNullable<typeof piece>).bytes.slice();
	const wrong = {index: 0, pieceId: named('another') as never, maskKey: maskKeyOf(segmentKey), bytes};
	t.false(unmaskIfPiece(ports, wrong));
	t.deepEqual(bytes, piece?.bytes);
	const space = {
		code,
		segmentKey,
		plaintextLength: 70_000,
		bytes: new Uint8Array(readingBytes(code, 70_000)),
	};
	const have = [0, 1, 2, 3].map(index => ({index, bytes: pieceIn(space, index)}));
	t.deepEqual(decodeInPlace(ports, space, have), {ok: false, error: {code: 'SEGMENT_SEAL_BROKEN', chunk: 0}});
	t.throws(() => decodeInPlace(ports, space, have.slice(1)), {instanceOf: AssertionError});
});

test('a segment of 64 MiB takes two and a half times its length at most', t => {
	t.true(writingBytes(SMALL_CODE, 2 ** 26) < 2.01 * 2 ** 26);
	t.true(readingBytes(SMALL_CODE, 2 ** 26) < 1.01 * 2 ** 26);
});
