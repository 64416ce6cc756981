import test from 'ava';
import fc from 'fast-check';
import type {PieceId} from '#crypto/piece-id';
import {AssertionError} from '#kernel/assert';
import {concat, equalBytes, fromHex, toHex} from '#kernel/bytes';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {type CodeProfile, DEVNET_CODE} from '#pieces/erasure/code-profile';
import {decodeSegment, isPiece} from '#pieces/segment/decode-segment';
import {encodeSegment, piecesOf, sealForPieces} from '#pieces/segment/encode-segment';
import {maskKeyOf, maskPiece} from '#pieces/segment/piece-mask';
import {rebuildPiece} from '#pieces/segment/rebuild-piece';
import {nonceOf, openChunks, openRange, sealSegment} from '#pieces/segment/seal-segment';
import {
	CHUNK_BYTES,
	pieceLengthOf,
	rangeOfPieces,
	SEALED_CHUNK_BYTES,
	sealedLength,
} from '#pieces/segment/segment-layout';
import {bytesOf, must, named} from '../storage-proofs/worlds.ts';
import {ports as plainPorts} from './ports.ts';

const ports = {...plainPorts, erasure: await createErasureKernel()};
const segmentKey = named('segment key');
const plaintext = bytesOf('plaintext', 150_000);
const code: CodeProfile = DEVNET_CODE;
const plaintextLength = plaintext.length;
const all = [0, 1, 2, 3, 4, 5, 6];
const pieces = encodeSegment(ports, {code, segmentKey, plaintext}, all);
const pieceLength = pieceLengthOf(code.k, plaintextLength);
const idOf = (index: number): PieceId => pieces[index]?.pieceId as PieceId;
const bytesAt = (index: number): Uint8Array => pieces[index]?.bytes as Uint8Array;

const sealed = (): Uint8Array => {
	const into = new Uint8Array(sealedLength(plaintextLength));
	sealSegment(ports.aead, segmentKey, plaintext, into);
	return into;
};

test('a nonce is the number in twelve bytes, big-endian', t => {
	t.is(toHex(nonceOf(258)), '000000000000000000000102');
});

test('chunks are sealed under their place, and the last one says so', t => {
	const bytes = sealed();
	t.is(bytes.length, 150_000 + 3 * 16);
	const associated = fromHex('0100000000000249f0');
	for (const [index, nonce] of [0, 2, 5].entries())
		t.deepEqual(
			ports.aead.open(
				segmentKey,
				nonceOf(nonce),
				associated,
				bytes.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES),
			),
			plaintext.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
		);
});

test('a segment cut short, reordered or of another length does not open', t => {
	const bytes = sealed();
	const first = bytes.subarray(0, SEALED_CHUNK_BYTES);
	const second = bytes.subarray(SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES);
	const swapped = concat(second, first, bytes.subarray(2 * SEALED_CHUNK_BYTES));
	const open = (part: Uint8Array, length: number, firstChunk = 0): unknown =>
		openChunks(ports.aead, {segmentKey, plaintextLength: length, firstChunk, sealed: part});
	const broken = (chunk: number): unknown => ({ok: false, error: {code: 'SEGMENT_SEAL_BROKEN', chunk}});
	t.deepEqual(open(concat(first, second), 2 * CHUNK_BYTES), broken(0));
	t.deepEqual(open(swapped, plaintextLength), broken(0));
	t.deepEqual(open(bytes, plaintextLength + 1), broken(0));
	t.deepEqual(open(second, plaintextLength, 0), broken(0));
	t.deepEqual(open(concat(first, first), plaintextLength), broken(1));
	t.deepEqual(open(second, plaintextLength, 1), {
		ok: true,
		value: plaintext.slice(CHUNK_BYTES, 2 * CHUNK_BYTES),
	});
	t.deepEqual(open(bytes.subarray(0, 5), plaintextLength), broken(0));
});

test('the sealed segment stands in the data pieces, one after the other', t => {
	const {data} = sealForPieces(ports, {code, segmentKey, plaintext});
	t.deepEqual(concat(...data).slice(0, sealedLength(plaintextLength)), sealed());
	t.true(
		concat(...data)
			.subarray(sealedLength(plaintextLength))
			.every(byte => byte === 0),
	);
	t.is(pieceLength % 64, 0);
});

test('what a provider holds is masked by its own key stream', t => {
	const {data, maskKey} = sealForPieces(ports, {code, segmentKey, plaintext});
	t.deepEqual(maskKey, maskKeyOf(segmentKey));
	for (const [index, clear] of data.entries()) {
		t.notDeepEqual(bytesAt(index), clear);
		t.deepEqual(maskPiece(ports.cipher, maskKey, index, bytesAt(index)), clear.slice());
		t.deepEqual(maskPiece(ports.cipher, maskKey, index, bytesAt(index).subarray(640), 640), clear.slice(640));
	}
	t.throws(() => maskPiece(ports.cipher, maskKey, 0, new Uint8Array(1), 1), {instanceOf: AssertionError});
});

test('without being told which, it makes the optimal number, and spares made later are the same', t => {
	t.deepEqual(encodeSegment(ports, {code, segmentKey, plaintext}), pieces.slice(0, code.optimal));
	t.deepEqual(piecesOf(ports, sealForPieces(ports, {code, segmentKey, plaintext}), [6]), pieces.slice(6));
});

test('a piece survives the loss of any n−k providers', t => {
	fc.assert(
		fc.property(fc.shuffledSubarray(all, {minLength: code.k}), left => {
			const have = left.map(index => ({index, bytes: bytesAt(index)}));
			const decoded = decodeSegment(ports, {code, segmentKey, plaintextLength, pieces: have});
			t.true(equalBytes(must(decoded), plaintext));
			for (const index of all) {
				const others = have.filter(piece => piece.index !== index);
				const rebuilt = rebuildPiece(ports, {
					code,
					maskKey: maskKeyOf(segmentKey),
					pieceLength,
					pieces: others,
					index,
					pieceId: idOf(index),
				});
				if (others.length >= code.k) t.true(equalBytes(must(rebuilt), bytesAt(index)));
				else
					t.deepEqual(rebuilt, {
						ok: false,
						error: {code: 'SEGMENT_TOO_FEW_PIECES', pieces: 3, needed: 4},
					});
			}
		}),
		{numRuns: 12},
	);
});

test('segments of any length and code come back', t => {
	const anyCode = fc
		.tuple(fc.integer({min: 1, max: 12}), fc.integer({min: 0, max: 8}))
		.map(([k, more]): CodeProfile => ({k, repairAt: k, optimal: k + more, total: k + more}));
	fc.assert(
		fc.property(anyCode, fc.integer({min: 0, max: 70_000}), fc.nat(), (some, length, seed) => {
			const text = bytesOf(`text ${seed}`, length);
			const made = encodeSegment(ports, {code: some, segmentKey, plaintext: text});
			const have = made.toReversed().slice(0, some.k);
			const back = decodeSegment(ports, {code: some, segmentKey, plaintextLength: length, pieces: have});
			t.true(equalBytes(must(back), text));
		}),
		{numRuns: 25},
	);
});

test('any range of a segment is read from parts of the data pieces', t => {
	const anyRange = fc
		.tuple(fc.nat(plaintextLength - 1), fc.nat(plaintextLength - 1))
		.map(([a, b]) => ({from: Math.min(a, b), until: Math.max(a, b) + 1}));
	const maskKey = maskKeyOf(segmentKey);
	fc.assert(
		fc.property(anyRange, range => {
			const read = rangeOfPieces({k: code.k, plaintextLength}, range);
			t.true(read.chunks <= Math.ceil((range.until - range.from) / CHUNK_BYTES) + 1);
			const parts = read.pieces.map(({pieceIndex, from, until}) =>
				maskPiece(ports.cipher, maskKey, pieceIndex, bytesAt(pieceIndex).subarray(from, until), from),
			);
			const sealedPart = concat(...parts).subarray(read.leadBytes);
			const opened = openRange(ports.aead, {segmentKey, plaintextLength}, {read, range, sealed: sealedPart});
			t.deepEqual(must(opened).slice(), plaintext.slice(range.from, range.until));
		}),
		{numRuns: 40},
	);
	t.throws(() => rangeOfPieces({k: 4, plaintextLength}, {from: 5, until: 5}), {instanceOf: AssertionError});
	t.throws(() => rangeOfPieces({k: 4, plaintextLength}, {from: 0, until: plaintextLength + 1}), {
		instanceOf: AssertionError,
	});
});

test('a small read of a long segment touches one chunk in one piece', t => {
	const read = rangeOfPieces({k: 20, plaintextLength: 64 * 2 ** 20}, {from: 40_000_000, until: 40_000_010});
	t.is(read.chunks, 1);
	t.is(read.pieces.length, 1);
	t.is(read.sealed.until - read.sealed.from, SEALED_CHUNK_BYTES);
});

test('pieces that cannot be used are named', t => {
	const have = pieces.slice(0, 4);
	const decoded = (changed: typeof have): unknown =>
		decodeSegment(ports, {code, segmentKey, plaintextLength, pieces: changed});
	t.deepEqual(decoded(have.slice(1)), {
		ok: false,
		error: {code: 'SEGMENT_TOO_FEW_PIECES', pieces: 3, needed: 4},
	});
	for (const index of [7, -1, 0.5, Number.NaN])
		t.deepEqual(decoded([...have, {index, pieceId: idOf(0), bytes: new Uint8Array(pieceLength)}]), {
			ok: false,
			error: {code: 'SEGMENT_PIECE_INDEX_WRONG', index},
		});
	t.deepEqual(decoded([...have, ...have.slice(0, 1)]), {
		ok: false,
		error: {code: 'SEGMENT_PIECE_INDEX_WRONG', index: 0},
	});
	t.deepEqual(decoded([...have.slice(0, 3), {index: 4, pieceId: idOf(4), bytes: new Uint8Array(9)}]), {
		ok: false,
		error: {code: 'SEGMENT_PIECE_LENGTH_WRONG', index: 4, length: 9, expected: pieceLength},
	});
});

test('an altered byte in any piece is found by its id, and again by the seal', t => {
	fc.assert(
		fc.property(fc.nat(3), fc.nat(pieceLength - 4 * 64 - 1), fc.nat(7), (index, at, bit) => {
			const altered = bytesAt(index).slice();
			altered[at] = (altered[at] as number) ^ (1 << bit);
			t.false(isPiece(ports, idOf(index), altered));
			t.true(isPiece(ports, idOf(index), bytesAt(index)));
			const have = pieces
				.slice(0, 4)
				.map(piece => (piece.index === index ? {...piece, bytes: altered} : piece));
			const decoded = decodeSegment(ports, {code, segmentKey, plaintextLength, pieces: have});
			t.like(decoded, {ok: false, error: {code: 'SEGMENT_SEAL_BROKEN'}});
		}),
		{numRuns: 20},
	);
});

test('a repairer that gets garbage, or another mask key, does not make a piece of the same id', t => {
	const wrong = {ok: false, error: {code: 'REBUILT_PIECE_WRONG', index: 6}};
	const maskKey = maskKeyOf(segmentKey);
	const job = {code, maskKey, pieceLength, pieces: pieces.slice(0, 4), index: 6, pieceId: idOf(6)};
	t.true(rebuildPiece(ports, job).ok);
	t.deepEqual(rebuildPiece(ports, {...job, maskKey: named('other')}), wrong);
	const garbage = [...pieces.slice(0, 3), {index: 3, bytes: bytesOf('garbage', pieceLength)}];
	t.deepEqual(rebuildPiece(ports, {...job, pieces: garbage}), wrong);
});

test('another key does not open a segment', t => {
	const other = {code, segmentKey: named('other'), plaintextLength, pieces: pieces.slice(0, 4)};
	t.deepEqual(decodeSegment(ports, other), {ok: false, error: {code: 'SEGMENT_SEAL_BROKEN', chunk: 0}});
});
