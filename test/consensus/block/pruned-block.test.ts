import test from 'ava';
import fc from 'fast-check';
import {decodeBlock, encodeBlock, headerBytesIn} from '#consensus/block/block';
import type {BodySegments} from '#consensus/block/body-hash';
import {checkBody} from '#consensus/block/check-body';
import {checkPrunedBody, isPruned, isPrunedBlock, pruneBlock} from '#consensus/block/pruned-block';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {defined} from '#kernel/assert';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {crypto} from '../../support/crypto.ts';
import {flipped, forgeTestBlock, testPool} from '../../support/praos.ts';

const segmentOf = (length: number): Uint8Array =>
	new CborWriter().array(1).bytes(new Uint8Array(length).fill(7)).finish();

const blockWith = (proofs: Uint8Array) =>
	forgeTestBlock({
		params: testParams,
		state: genesisPraosState(Hash32(new Uint8Array(32))),
		parent: 'origin',
		slot: 4,
		pool: testPool(1),
		segments: [segmentOf(40), segmentOf(20), segmentOf(33), proofs],
	});

const block = blockWith(segmentOf(5000));
const bytes = defined(pruneBlock(crypto, block), 'its proofs are long');
const pruned = decodeBlock(crypto, bytes);
if (!pruned.ok) throw new RangeError(pruned.error.code);
const {header, segments} = pruned.value;

test('a pruned block is shorter by its proofs, has the same header, and its body is what that promises', t => {
	t.is(block.bytes.length - bytes.length, block.segments[3].length - 34);
	t.deepEqual(header, block.header);
	t.deepEqual(headerBytesIn(bytes), block.headerBytes);
	t.deepEqual(segments.slice(0, 3), block.segments.slice(0, 3));
	t.deepEqual(checkPrunedBody(crypto, header, segments), {ok: true, value: undefined});
});

test('a pruned block is told from a whole one, and passes for none', t => {
	t.true(isPruned(segments) && isPrunedBlock(bytes));
	t.false(isPruned(block.segments) || isPrunedBlock(block.bytes));
	t.is((checkBody(crypto, header, segments) as {error?: {code: string}}).error?.code, 'BODY_SIZE_WRONG');
	const whole = checkPrunedBody(crypto, header, block.segments);
	t.is((whole as {error?: {code: string}}).error?.code, 'BODY_HASH_WRONG');
	// What ends like a pruned block by chance is whole all the same.
	const ending = blockWith(new CborWriter().array(1).bytes(new Uint8Array(32)).finish());
	t.false(isPrunedBlock(ending.bytes));
});

test('a changed byte of what is left, or of the hash of the proofs, is found', t => {
	for (const number of [0, 1, 2, 3])
		for (let at = 0; at < (segments[number] as Uint8Array).length; at++) {
			const changed = segments.map((segment, index) =>
				index === number ? flipped(segment, at) : segment,
			) as unknown as BodySegments;
			t.false(checkPrunedBody(crypto, header, changed).ok);
		}
	const longer = [segmentOf(6000), ...segments.slice(1)] as unknown as BodySegments;
	t.is((checkPrunedBody(crypto, header, longer) as {error?: {code: string}}).error?.code, 'BODY_SIZE_WRONG');
});

test('nothing is pruned where nothing would be gained', t => {
	t.is(pruneBlock(crypto, blockWith(new CborWriter().array(0).finish())), undefined);
	t.is(pruneBlock(crypto, blockWith(segmentOf(31))), undefined);
	t.is(pruneBlock(crypto, {headerBytes: header.bytes, segments}), undefined);
});

test('whether any bytes are a pruned block is answered', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.nat(bytes.length - 1), (random, at) => {
			t.false(isPrunedBlock(random));
			isPrunedBlock(flipped(bytes, at));
			isPrunedBlock(bytes.subarray(at));
		}),
	);
	t.true(isPrunedBlock(encodeBlock(header.bytes, segments)));
});
