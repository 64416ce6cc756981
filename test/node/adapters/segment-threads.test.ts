import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createLocalSegmentWorks} from '#node/adapters/local-segment-works';
import {createSegmentPorts} from '#node/adapters/segment-ports';
import {createThreadedSegmentWorks} from '#node/adapters/segment-threads/threaded-segment-works';
import type {SegmentWorks} from '#node/ports/segment-works';
import {DEVNET_CODE} from '#pieces/erasure/code-profile';
import {encodeSegment} from '#pieces/segment/encode-segment';
import {maskKeyOf} from '#pieces/segment/piece-mask';
import {
	layPlaintext,
	pieceIn,
	readingBytes,
	type SegmentSpace,
	writingBytes,
} from '#pieces/segment/segment-in-place';

const ports = await createSegmentPorts();
const code = DEVNET_CODE;
const segmentKey = new Uint8Array(randomBytes(32));
const plaintext = new Uint8Array(randomBytes(2_000_000));
const plaintextLength = plaintext.length;

const spaceOf = (works: SegmentWorks): SegmentSpace => {
	const bytes = works.memory(writingBytes(code, plaintextLength));
	layPlaintext(bytes, 0, plaintext);
	return {code, segmentKey, plaintextLength, bytes};
};

const started = async (): Promise<SegmentWorks> => {
	const works = createThreadedSegmentWorks(createLocalSegmentWorks(ports), {threads: 1});
	await works.warmUp();
	return works;
};

test('threads make the pieces that this one makes, tell of each as it is ready, and take them apart again', async t => {
	const works = await started();
	const space = spaceOf(works);
	const found = new Map<number, string>();
	await works.encode(space, ({index, pieceId}) => found.set(index, toHex(pieceId)));
	const expected = encodeSegment(ports, {code, segmentKey, plaintext}, [0, 1, 2, 3, 4, 5, 6]);
	t.deepEqual(
		[...found],
		expected.slice(0, 6).map(({index, pieceId}) => [index, toHex(pieceId)]),
	);
	for (const {index, bytes} of expected.slice(0, 6))
		t.true(Buffer.compare(pieceIn(space, index), bytes) === 0);
	const spare = await works.spare(space, 6);
	t.deepEqual(spare, expected[6]);
	const bytes = works.memory(readingBytes(code, plaintextLength));
	const have = await Promise.all(
		[1, 5, 3, 6].map(async index => {
			const piece = expected[index] as (typeof expected)[number];
			const into =
				index < code.k ? pieceIn({code, plaintextLength, bytes}, index) : works.memory(piece.bytes.length);
			into.set(piece.bytes);
			t.true(
				await works.receive({index, pieceId: piece.pieceId, maskKey: maskKeyOf(segmentKey), bytes: into}),
			);
			return {index, bytes: into};
		}),
	);
	const decoded = await works.decode({code, segmentKey, plaintextLength, bytes}, have);
	t.true(decoded.ok && Buffer.compare(decoded.value, plaintext) === 0);
	await works.close();
});

test('bytes that are not the piece are left as they are', async t => {
	const works = await started();
	const [piece] = encodeSegment(ports, {code, segmentKey, plaintext}, [0]);
	const bytes = works.memory(piece?.bytes.length ?? 0);
	bytes.set(piece?.bytes ?? []);
	bytes[77] = (bytes[77] ?? 0) ^ 1;
	const before = bytes.slice();
	const received = {
		index: 0,
		pieceId: (piece as NonNullable<typeof piece>).pieceId,
		maskKey: maskKeyOf(segmentKey),
		bytes,
	};
	t.false(await works.receive(received));
	t.true(Buffer.compare(bytes, before) === 0);
	await works.close();
});

test('a segment sealed with another key does not open', async t => {
	const works = await started();
	const expected = encodeSegment(ports, {code, segmentKey, plaintext}, [0, 1, 2, 3]);
	const bytes = works.memory(readingBytes(code, plaintextLength));
	const have = expected.map(({index, bytes: piece}) => {
		const into = pieceIn({code, plaintextLength, bytes}, index);
		into.set(piece);
		return {index, bytes: into};
	});
	t.deepEqual(await works.decode({code, segmentKey: new Uint8Array(32), plaintextLength, bytes}, have), {
		ok: false,
		error: {code: 'SEGMENT_SEAL_BROKEN', chunk: 0},
	});
	await works.close();
});

test('what is asked of closed works, or was under way, fails', async t => {
	const works = await started();
	const space = spaceOf(works);
	const under = works.encode(space, () => undefined).catch((error: unknown) => error);
	await works.close();
	const failure = await under;
	t.true(failure === undefined || (failure instanceof NodeError && failure.code === 'SEGMENT_WORKS_CLOSED'));
	const later = await t.throwsAsync(
		works.encode(space, () => undefined),
		{instanceOf: NodeError},
	);
	t.is(later.code, 'SEGMENT_WORKS_CLOSED');
});
