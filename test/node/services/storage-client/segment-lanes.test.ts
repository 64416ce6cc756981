import test from 'ava';
import {LANES_BYTES_MAX, lanesFor, openLanes} from '#node/services/storage-client/segment-lanes';
import {
	DEVNET_CODE,
	SEGMENT_BYTES_DEVNET,
	SEGMENT_BYTES_PUBLIC,
	SEGMENT_BYTES_SMALL,
	SMALL_CODE,
	WIDE_CODE,
} from '#pieces/erasure/code-profile';
import {readingBytes, writingBytes} from '#pieces/segment/segment-in-place';

const counting = () => {
	const out = new Set<Uint8Array>();
	return {
		out,
		works: {
			memory: (bytes: number) => {
				const memory = new Uint8Array(bytes);
				out.add(memory);
				return memory;
			},
			release: (memory: Uint8Array) => void out.delete(memory),
		},
	};
};

test('with every code the segments that are on their way take 160 MiB at most', t => {
	const cuts = [
		[WIDE_CODE, SEGMENT_BYTES_PUBLIC, 1, 2],
		[SMALL_CODE, SEGMENT_BYTES_SMALL, 2, 4],
		[DEVNET_CODE, SEGMENT_BYTES_DEVNET, 4, 4],
	] as const;
	for (const [code, segmentBytes, writing, reading] of cuts) {
		const [written, read] = [writingBytes(code, segmentBytes), readingBytes(code, segmentBytes)];
		t.deepEqual([lanesFor(written), lanesFor(read)], [writing, reading]);
		t.true(writing * written <= LANES_BYTES_MAX && reading * read <= LANES_BYTES_MAX);
	}
});

test('a segment that is longer than all lanes has one lane', t => {
	t.is(lanesFor(2 * LANES_BYTES_MAX), 1);
});

test('a lane is used again, and all memory goes back when the lanes are closed', async t => {
	const {out, works} = counting();
	const lanes = openLanes(works, LANES_BYTES_MAX / 2);
	const [first, second] = [await lanes.take(), await lanes.take()];
	const third = lanes.take();
	lanes.give(first);
	t.is(await third, first);
	lanes.give(second);
	lanes.close();
	t.deepEqual([...out], [first]);
	lanes.give(first);
	t.is(out.size, 0, 'who was late gives it back too');
});

test('memory that somebody may still be sending from is used by nobody else', async t => {
	const {out, works} = counting();
	const lanes = openLanes(works, LANES_BYTES_MAX);
	const first = await lanes.take();
	lanes.give(first, {isInUse: true});
	t.not(await lanes.take(), first);
	lanes.close();
	t.true(out.has(first));
});
