import test from 'ava';
import fc from 'fast-check';
import {decodeBlock, decodeBlockOf, encodeBlock, headerBytesIn} from '#consensus/block/block';
import {type BodySegments, bodyHash} from '#consensus/block/body-hash';
import {checkBody} from '#consensus/block/check-body';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {concat} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {crypto} from '../../support/crypto.ts';
import {forgeTestBlock, testPool} from '../../support/praos.ts';

const segments: BodySegments = [1, 2, 3, 4].map(n =>
	new CborWriter()
		.array(2)
		.uint(n)
		.bytes(new Uint8Array(n * 10))
		.finish(),
) as never;
const block = forgeTestBlock({
	params: testParams,
	state: genesisPraosState(Hash32(new Uint8Array(32))),
	parent: 'origin',
	slot: 4,
	pool: testPool(1),
	segments,
});

test('takes a block apart and puts it together again', t => {
	const decoded = decodeBlock(crypto, block.bytes);
	t.deepEqual(decoded, {ok: true, value: block});
	t.deepEqual(encodeBlock(block.headerBytes, block.segments), block.bytes);
});

test('finds the header in a block without taking it apart, and none in other bytes', t => {
	t.deepEqual(headerBytesIn(block.bytes), block.headerBytes);
	t.is(headerBytesIn(block.headerBytes), undefined);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), bytes => {
			headerBytesIn(bytes);
		}),
	);
});

test('accepts the body that the header promises', t => {
	t.deepEqual(checkBody(crypto, block.header, block.segments), {ok: true, value: undefined});
});

test('rejects a body of another size', t => {
	const longer = [...segments.slice(0, 3), concat(segments[3], Uint8Array.of(0))] as never;
	const claimed = block.header.bodySize;
	t.deepEqual(checkBody(crypto, block.header, longer), {
		ok: false,
		error: {code: 'BODY_SIZE_WRONG', claimed, actual: claimed + 1},
	});
});

test('rejects other segments of the same size, also the same ones in another order', t => {
	const swapped: BodySegments = [segments[1], segments[0], segments[2], segments[3]];
	t.deepEqual(checkBody(crypto, block.header, swapped), {
		ok: false,
		error: {code: 'BODY_HASH_WRONG', claimed: block.header.bodyHash, actual: bodyHash(crypto, swapped)},
	});
});

test('refuses a block above the limit before reading it', t => {
	const bytesMax = block.bytes.length - 1;
	t.deepEqual(decodeBlock(crypto, block.bytes, {bytesMax}), {
		ok: false,
		error: {code: 'BLOCK_TOO_LARGE', bytes: block.bytes.length, bytesMax},
	});
	t.true(decodeBlock(crypto, block.bytes, {bytesMax: bytesMax + 1}).ok);
});

test('refuses a block with a segment too few, and what follows a block', t => {
	const short = new CborWriter().array(4).raw(block.headerBytes);
	for (const segment of segments.slice(1)) short.raw(segment);
	t.deepEqual(decodeBlock(crypto, short.finish()), {
		ok: false,
		error: {code: 'CBOR_WRONG_LENGTH', at: 0},
	});
	t.like(decodeBlock(crypto, concat(block.bytes, Uint8Array.of(0))), {
		ok: false,
		error: {code: 'CBOR_TRAILING_BYTES'},
	});
});

test('a block of a known header is what decoding it gives; any other block is refused', t => {
	t.deepEqual(decodeBlockOf(block.header, block.bytes), decodeBlock(crypto, block.bytes));
	const other = forgeTestBlock({
		params: testParams,
		state: genesisPraosState(Hash32(new Uint8Array(32))),
		parent: 'origin',
		slot: 5,
		pool: testPool(1),
		segments,
	});
	t.deepEqual(decodeBlockOf(block.header, other.bytes), {
		ok: false,
		error: {code: 'BLOCK_NOT_ASKED_FOR', expected: block.header.hash},
	});
	t.like(decodeBlockOf(block.header, block.bytes, {bytesMax: block.bytes.length - 1}), {
		ok: false,
		error: {code: 'BLOCK_TOO_LARGE'},
	});
	t.like(decodeBlockOf(block.header, block.bytes.subarray(0, -1)), {ok: false});
});

test('follows Cardano’s deep data, but not endless nesting', t => {
	const nested = (depth: number): Uint8Array => concat(new Uint8Array(depth).fill(0x81), Uint8Array.of(0));
	const withFirst = (first: Uint8Array): Uint8Array =>
		encodeBlock(block.headerBytes, [first, segments[1], segments[2], segments[3]]);
	t.true(decodeBlock(crypto, withFirst(nested(500)), {canonical: false}).ok);
	t.like(decodeBlock(crypto, withFirst(nested(500))), {ok: false, error: {code: 'CBOR_TOO_DEEP'}});
	t.like(decodeBlock(crypto, withFirst(nested(100_000)), {canonical: false}), {
		ok: false,
		error: {code: 'CBOR_TOO_DEEP'},
	});
});

test('survives any bytes', t => {
	const mutated = fc
		.tuple(fc.nat(block.bytes.length - 1), fc.uint8Array({maxLength: 12}))
		.map(([at, patch]) =>
			concat(block.bytes.subarray(0, at), patch, block.bytes.subarray(at + patch.length)),
		);
	fc.assert(
		fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 3000})), fc.boolean(), (bytes, canonical) => {
			const decoded = decodeBlock(crypto, bytes, {canonical});
			return decoded.ok || typeof decoded.error.code === 'string';
		}),
		{numRuns: 2000},
	);
	t.pass();
});
