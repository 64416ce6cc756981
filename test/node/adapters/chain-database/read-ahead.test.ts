import test from 'ava';
import fc from 'fast-check';
import {ReadAhead} from '#node/adapters/chain-database/read-ahead';

/** A file whose reads are counted. */
const fileOf = (mark: number, length: number) => {
	const bytes = Uint8Array.from({length}, (_, index) => (index * 31 + (index >> 8) + mark) & 255);
	const counted = {bytes, reads: 0};
	const read = async (offset: number, count: number): Promise<Uint8Array> => {
		counted.reads++;
		return bytes.slice(offset, offset + count);
	};
	return {bytes, read, counted};
};

test('gives what is in the file, whatever is asked for in whichever order', async t => {
	const files = [fileOf(1, 300_000), fileOf(2, 5_000)];
	const asked = fc.record({file: fc.nat(1), offset: fc.nat(4_999), step: fc.nat(60), length: fc.nat(900)});
	await fc.assert(
		fc.asyncProperty(fc.array(asked, {maxLength: 60}), async requests => {
			const ahead = new ReadAhead();
			for (const {file: number, offset: place, step, length: wanted} of requests) {
				const {bytes, read} = files[number] as (typeof files)[number];
				const offset = Math.min(bytes.length, place * step);
				const length = Math.min(wanted, bytes.length - offset);
				const end = bytes.length;
				t.deepEqual(
					await ahead.read(number, read, {offset, length, end}),
					bytes.subarray(offset, offset + length),
				);
			}
		}),
		{numRuns: 60},
	);
});

test('one piece after the other costs a read for many, also for several readers', async t => {
	const {bytes, read, counted} = fileOf(3, 1_000_000);
	const ahead = new ReadAhead();
	const readers = [0, 200_000, 600_000];
	for (let piece = 0; piece < 300; piece++)
		for (const start of readers) {
			const offset = start + piece * 1000;
			t.deepEqual(
				await ahead.read(0, read, {offset, length: 1000, end: bytes.length}),
				bytes.subarray(offset, offset + 1000),
			);
		}
	t.true(counted.reads <= 3 * (1 + Math.ceil(300_000 / 65_000) + 1), `${counted.reads} reads`);
});

test('reads nothing beyond what is known to be good', async t => {
	const {bytes, read} = fileOf(4, 5_000);
	const ahead = new ReadAhead();
	await ahead.read(0, read, {offset: 0, length: 1000, end: 2500});
	await ahead.read(0, read, {offset: 1000, length: 1000, end: 2500});
	// What stood there before the file grew is not taken for what stands there now.
	bytes.fill(9, 2500);
	t.deepEqual(await ahead.read(0, read, {offset: 2000, length: 1000, end: 5000}), bytes.subarray(2000, 3000));
});
