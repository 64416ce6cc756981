/** Old blocks go in whole files, and whatever cuts that off leaves a chain without a gap. */
import test from 'ava';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import type {StoredBlock} from '#node/ports/chain-store';
import {openTestDatabase} from '../../../support/chain-databases.ts';
import {createFaultyFileSystem, type FaultyFileSystem} from '../../../support/faulty-file-system.ts';

const genesisHash = Hash32(new Uint8Array(32));
const COUNT = 34;
/** Of the 30 final ones: four files of seven, and one of two. */
const DEPTH = 4;

const hashOf = (number: number) => Hash32(new Uint8Array(32).fill(number));
const blockOf = (number: number): StoredBlock => ({
	hash: hashOf(number),
	prevHash: number === 0 ? null : hashOf(number - 1),
	slot: Slot(10 * number),
	blockNo: BlockNo(number),
	bytes: new Uint8Array(200).fill(number),
});

const open = (disk: FaultyFileSystem) => openTestDatabase(disk, {genesisHash});
const everything = {slot: Slot(1_000), blockNo: BlockNo(1_000)};

const disk = await (async () => {
	const made = createFaultyFileSystem();
	const {chainStore, close} = await open(made);
	for (let number = 0; number < COUNT; number++) {
		await chainStore.putBlock(blockOf(number));
		const anchor = number < DEPTH ? null : blockOf(number - DEPTH);
		await chainStore.select({tip: hashOf(number), anchor});
	}
	await close();
	return made;
})();

/** The number of the first block that is left, when all after it are as they were written. */
const firstLeft = async (fileSystem: FaultyFileSystem): Promise<number> => {
	const {chainStore, close} = await open(fileSystem);
	const first = (await chainStore.firstPlace())?.blockNo ?? -1;
	for (let number = 0; number < COUNT - DEPTH; number++) {
		const block = await chainStore.blockAt(BlockNo(number));
		const isRight =
			number < first
				? block === undefined
				: Buffer.compare(block?.bytes ?? genesisHash, blockOf(number).bytes) === 0;
		if (!isRight) throw new RangeError(`block ${number}`);
	}
	if (chainStore.volatileBlocks().length !== DEPTH) throw new RangeError('volatile blocks');
	await close();
	return first;
};

test('whole files go, the last one never, and the next process finds the rest', async t => {
	const fileSystem = disk.copy();
	const {chainStore, close} = await open(fileSystem);
	const files = fileSystem.files().length;
	t.is(await chainStore.dropOld({slot: Slot(150), blockNo: BlockNo(1_000)}), 14);
	t.is(fileSystem.files().length, files - 4);
	t.is(await chainStore.dropOld({slot: Slot(1_000), blockNo: BlockNo(20)}), 0);
	t.is(await chainStore.dropOld({slot: Slot(1_000), blockNo: BlockNo(21)}), 7);
	await close();
	t.is(await firstLeft(fileSystem), 21);
});

test('whoever reads while files go reads blocks or finds that they are gone', async t => {
	const {chainStore, close} = await open(disk.copy());
	const reads = Array.from({length: COUNT - DEPTH}, async (_, number) => chainStore.blockAt(BlockNo(number)));
	t.is(await chainStore.dropOld(everything), 28);
	for (const [number, block] of (await Promise.all(reads)).entries())
		t.true(number < 28 ? block === undefined || block.blockNo === number : block?.blockNo === number);
	await close();
});

test('a crash at any write leaves a chain without a gap', async t => {
	const whole = disk.copy();
	const opened = await open(whole);
	const before = whole.writes;
	await opened.chainStore.dropOld(everything);
	const writes = whole.writes - before;
	t.is(writes, 4 * 3);
	await opened.close();
	const seen = new Set<number>();
	for (let at = 0; at < writes; at++)
		for (const kind of ['kill', 'powerCut', 'tornCut'] as const) {
			const fileSystem = disk.copy();
			const {chainStore} = await open(fileSystem);
			fileSystem.arm({at, kind});
			await t.throwsAsync(chainStore.dropOld(everything), undefined, `${kind} at ${at}`);
			fileSystem.restart();
			const first = await firstLeft(fileSystem);
			seen.add(first);
			t.true([0, 7, 14, 21, 28].includes(first), `${kind} at ${at}: ${first}`);
			// What was begun goes on with the next process.
			const again = await open(fileSystem);
			await again.chainStore.dropOld(everything);
			await again.close();
			t.is(await firstLeft(fileSystem), 28);
		}
	t.true(seen.size > 3);
});
