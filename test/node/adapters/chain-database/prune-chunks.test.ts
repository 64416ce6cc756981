import test from 'ava';
import {decodeBlock} from '#consensus/block/block';
import {checkPrunedBody, isPruned, isPrunedBlock} from '#consensus/block/pruned-block';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {defined} from '#kernel/assert';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {BlockNo} from '#kernel/slot';
import {type PrunedChunk, pruneChunks} from '#node/adapters/chain-database/prune-chunks';
import type {StoredBlock} from '#node/ports/chain-store';
import {DATABASE_FOLDER, openTestDatabase} from '../../../support/chain-databases.ts';
import {crypto} from '../../../support/crypto.ts';
import {createFaultyFileSystem, type FaultyFileSystem} from '../../../support/faulty-file-system.ts';
import {forgeTestBlock, testPool} from '../../../support/praos.ts';
import {STORED_DEPTH} from '../../../support/stored-chain.ts';

const genesisHash = Hash32(new Uint8Array(32));
const COUNT = 30;
/** Of the 24 final ones: three files of seven, and one of three. */
const FINAL = COUNT - STORED_DEPTH;

/** Every third block has a proof. */
const segmentsOf = (number: number) => {
	const empty = new CborWriter().array(0).finish();
	const proofs = new CborWriter().array(1).bytes(new Uint8Array(700).fill(number)).finish();
	return [empty, empty, empty, number % 3 === 0 ? proofs : empty] as const;
};

const chain = ((): readonly StoredBlock[] => {
	const blocks: StoredBlock[] = [];
	let parent: Parameters<typeof forgeTestBlock>[0]['parent'] = 'origin';
	const state = genesisPraosState(genesisHash);
	for (let number = 0; number < COUNT; number++) {
		const {header, bytes} = forgeTestBlock({
			params: testParams,
			state,
			parent,
			slot: number + 1,
			pool: testPool(1),
			segments: segmentsOf(number),
		});
		const {hash, prevHash, slot, blockNo} = header;
		blocks.push({hash, prevHash, slot, blockNo: BlockNo(blockNo), bytes});
		parent = {hash, slot, blockNo};
	}
	return blocks;
})();

const open = (disk: FaultyFileSystem) => openTestDatabase(disk, {genesisHash});

const stored = async (): Promise<FaultyFileSystem> => {
	const disk = createFaultyFileSystem();
	const {chainStore, close} = await open(disk);
	for (const [number, block] of chain.entries()) {
		await chainStore.putBlock(block);
		const anchor = chain[number - STORED_DEPTH] ?? null;
		await chainStore.select({tip: block.hash, anchor});
		await chainStore.settle();
	}
	await close();
	return disk;
};

const disk = await stored();

const prune = async (fileSystem: FaultyFileSystem, beforeNo: number): Promise<readonly PrunedChunk[]> => {
	const done: PrunedChunk[] = [];
	const chunks = {fileSystem, folder: `${DATABASE_FOLDER}/immutable`};
	for await (const chunk of pruneChunks(chunks, {hasher: crypto, beforeNo})) done.push(chunk);
	return done;
};

/** Reads all final blocks: each is the one of its place, whole or pruned. Returns the numbers of the pruned ones. */
const read = async (fileSystem: FaultyFileSystem): Promise<readonly number[]> => {
	const {chainStore, close} = await open(fileSystem);
	const pruned: number[] = [];
	for (let number = 0; number < FINAL; number++) {
		const block = defined(await chainStore.blockAt(BlockNo(number)), `block ${number}`);
		const {hash, bytes} = defined(chain[number], 'a block of the chain');
		if (isPrunedBlock(block.bytes)) {
			const decoded = decodeBlock(crypto, block.bytes);
			if (!decoded.ok || !isPruned(decoded.value.segments)) throw new RangeError(`block ${number}`);
			const {header, segments} = decoded.value;
			if (!checkPrunedBody(crypto, header, segments).ok || Buffer.compare(header.hash, hash) !== 0)
				throw new RangeError(`block ${number}`);
			pruned.push(number);
		} else if (Buffer.compare(block.bytes, bytes) !== 0) throw new RangeError(`block ${number}`);
	}
	await close();
	return pruned;
};

test('blocks before the limit lose their proofs, file by file, and all others stay as they are', async t => {
	const fileSystem = disk.copy();
	t.deepEqual(await read(fileSystem), []);
	const done = await prune(fileSystem, 15);
	t.deepEqual(
		done.map(({first, pruned}) => [first, pruned]),
		[
			[0, 3],
			[7, 2],
		],
	);
	t.true(done.every(({bytesBefore, bytesAfter}) => bytesAfter < bytesBefore));
	t.deepEqual(await read(fileSystem), [0, 3, 6, 9, 12]);
	t.deepEqual(await prune(fileSystem, 15), [], 'once is enough');
});

test('the file that is written to is never pruned', async t => {
	const fileSystem = disk.copy();
	await prune(fileSystem, Number.MAX_SAFE_INTEGER);
	t.deepEqual(await read(fileSystem), [0, 3, 6, 9, 12, 15, 18]);
});

test('a crash at any write leaves every block, whole or pruned', async t => {
	const whole = disk.copy();
	const before = whole.writes;
	await prune(whole, 15);
	const writes = whole.writes - before;
	t.true(writes > 10);
	for (let at = 0; at < writes; at++)
		for (const kind of ['kill', 'powerCut', 'tornCut'] as const) {
			const fileSystem = disk.copy();
			fileSystem.arm({at, kind});
			await t.throwsAsync(prune(fileSystem, 15));
			fileSystem.restart();
			const pruned = await read(fileSystem);
			t.true(pruned.every(number => [0, 3, 6, 9, 12].includes(number)));
		}
});
