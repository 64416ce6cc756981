/** What every chain store promises, asked of the files and of the memory that they are compared with. */
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {createMemoryChainIndex, createMemoryChainStore} from '#node/adapters/memory-stores';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {ChainIndex} from '#node/ports/chain-index';
import type {BlockLink, ChainPlace, ChainStore, StoredBlock} from '#node/ports/chain-store';
import {openTestDatabase} from '../support/chain-databases.ts';
import {createFaultyFileSystem} from '../support/faulty-file-system.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const hash = (number: number, fork = 0) =>
	Hash32(
		new Uint8Array(32)
			.fill(number % 251)
			.fill(Math.floor(number / 251), 1, 3)
			.fill(fork, 0, 1),
	);
const genesisHash = hash(1, 9);

/** Block `number` of a fork, on top of block `number - 1` of the fork `parentFork`. */
const block = (number: number, fork = 0, parentFork = fork): StoredBlock => ({
	hash: hash(number, fork),
	prevHash: number === 0 ? null : hash(number - 1, parentFork),
	slot: Slot(10 * number + fork),
	blockNo: BlockNo(number),
	bytes: new Uint8Array(100 + 7 * number).fill(number).fill(fork, 0, 1),
});
const place = (number: number, fork = 0): ChainPlace => {
	const {hash, blockNo, slot} = block(number, fork);
	return {hash, blockNo, slot};
};
const link = (number: number, fork = 0, parentFork = fork): BlockLink => {
	const {bytes: _, ...rest} = block(number, fork, parentFork);
	return rest;
};

type Created = {readonly store: ChainStore; readonly index: ChainIndex};
type Create = (t: ExecutionContext) => Promise<Created>;

const stores: Readonly<Record<string, Create>> = {
	'the memory chain store': async () => ({
		store: createMemoryChainStore(),
		index: createMemoryChainIndex(),
	}),
	'the file chain store in memory': async () => {
		const index = createMemoryChainIndex();
		const {chainStore} = await openTestDatabase(createFaultyFileSystem(), {genesisHash, index});
		return {store: chainStore, index};
	},
	'the file chain store on this disk': async t => {
		const folder = path.join(await temporaryFolder(t), 'db');
		const index = createMemoryChainIndex();
		const database = await openTestDatabase(createNodeFileSystem(), {genesisHash, folder, index});
		t.teardown(() => database.close());
		return {store: database.chainStore, index};
	},
};

/** As the chain service does it: what is selected is indexed. */
const adopt = async ({store, index}: Created, blocks: readonly StoredBlock[], anchor: number | null) => {
	for (const kept of blocks) await store.putBlock(kept);
	const indexed = blocks.map(({hash, blockNo, slot}) => ({hash, blockNo, slot}));
	await index.add(indexed.map(found => ({...found, txIds: [], accountEntries: [], events: []})));
	const tip = blocks.at(-1)?.hash ?? null;
	await store.select({tip, anchor: anchor === null ? null : place(anchor)});
};
const range = (from: number, to: number): readonly number[] =>
	Array.from({length: to - from}, (_, at) => from + at);
const blocksOf = (from: number, to: number): readonly StoredBlock[] => range(from, to).map(at => block(at));

for (const [name, create] of Object.entries(stores)) {
	test(`${name} lets old blocks go, the oldest first, and neither younger nor later ones`, async t => {
		const created = await create(t);
		const {store} = created;
		t.is(await store.dropOld({slot: Slot(1_000), blockNo: BlockNo(1_000)}), 0);
		await adopt(created, blocksOf(0, 40), 29);
		await store.archive();
		t.is(await store.dropOld({slot: Slot(0), blockNo: BlockNo(1_000)}), 0);
		t.is(await store.dropOld({slot: Slot(1_000), blockNo: BlockNo(0)}), 0);
		for (const limits of [
			{slot: Slot(170), blockNo: BlockNo(1_000)},
			{slot: Slot(1_000), blockNo: BlockNo(24)},
			{slot: Slot(1_000), blockNo: BlockNo(1_000)},
		]) {
			const before = (await store.firstPlace())?.blockNo ?? 0;
			const dropped = await store.dropOld(limits);
			const first = before + dropped;
			t.deepEqual(await store.firstPlace(), place(first));
			t.true(first <= limits.blockNo && 10 * first <= limits.slot && first <= 29);
			// A file has seven blocks.
			t.true(dropped >= 7 || first > 20, `${dropped}`);
			for (const number of range(0, first)) {
				t.is(await store.place(BlockNo(number)), undefined);
				t.is(await store.blockAt(BlockNo(number)), undefined);
				t.is(await store.block(hash(number)), undefined);
			}
			for (const number of range(first, 30)) t.deepEqual(await store.blockAt(BlockNo(number)), block(number));
			t.deepEqual(await store.block(hash(29)), block(29));
			t.is(store.volatileBlocks().length, 10);
		}
		await adopt(created, blocksOf(40, 45), 34);
		await store.archive();
		t.deepEqual(await store.blockAt(BlockNo(34)), block(34));
	});

	test(`${name} is empty at first`, async t => {
		const {store} = await create(t);
		t.is(await store.place(BlockNo(0)), undefined);
		t.is(await store.blockAt(BlockNo(0)), undefined);
		t.is(await store.block(hash(0)), undefined);
		t.is(await store.find(hash(0)), undefined);
		t.is(await store.firstPlace(), undefined);
		t.is(store.immutableTip(), undefined);
		t.deepEqual(store.volatileBlocks(), []);
		t.deepEqual(store.selection(), {tip: null, anchor: null});
	});

	test(`${name} gives back the blocks of all forks, by number and in the order of their arrival`, async t => {
		const {store} = await create(t);
		await store.putBlock(block(0));
		await store.putBlock(block(1, 7, 0), {durable: true});
		await store.putBlock(block(1));
		await store.putBlock(block(1));
		await store.putBlock(block(200));
		await store.putBlock(block(16));
		t.deepEqual(await store.block(hash(1, 7)), block(1, 7, 0));
		t.deepEqual(await store.find(hash(1, 7)), place(1, 7));
		t.deepEqual(store.volatileBlocks(), [link(0), link(1, 7, 0), link(1), link(16), link(200)]);
		t.is(await store.place(BlockNo(0)), undefined);
	});

	test(`${name} makes blocks final up to the anchor, and forgets the forks that left below it`, async t => {
		const created = await create(t);
		const {store} = created;
		await store.putBlock(block(4, 7, 0));
		await adopt(created, blocksOf(0, 30), 19);
		t.deepEqual(store.selection(), {tip: hash(29), anchor: place(19)});
		await store.settle();
		t.deepEqual(store.immutableTip(), place(19));
		t.deepEqual(await store.firstPlace(), place(0));
		await store.archive();
		for (const at of range(0, 20)) {
			t.deepEqual(await store.place(BlockNo(at)), place(at));
			t.deepEqual(await store.blockAt(BlockNo(at)), block(at));
			t.deepEqual(await store.block(hash(at)), block(at));
			t.deepEqual(await store.find(hash(at)), place(at));
		}
		t.is(await store.place(BlockNo(20)), undefined);
		t.is(await store.blockAt(BlockNo(20)), undefined);
		t.deepEqual(await store.block(hash(20)), block(20));
		t.is(await store.block(hash(4, 7)), undefined);
		t.deepEqual(
			store.volatileBlocks(),
			range(20, 30).map(at => link(at)),
		);
	});

	test(`${name} goes over to a fork above the anchor`, async t => {
		const created = await create(t);
		const {store} = created;
		await adopt(created, blocksOf(0, 10), 4);
		const fork = [block(7, 3, 0), block(8, 3), block(9, 3), block(10, 3)];
		await adopt(created, fork, 5);
		t.deepEqual(store.selection(), {tip: hash(10, 3), anchor: place(5)});
		t.deepEqual(await store.block(hash(9)), block(9));
		// An anchor never goes back.
		await store.select({tip: hash(9), anchor: place(2)});
		t.deepEqual(store.selection(), {tip: hash(9), anchor: place(5)});
	});

	test(`${name} may begin with a later block`, async t => {
		const created = await create(t);
		const {store} = created;
		await store.begin(block(40));
		t.deepEqual(store.immutableTip(), place(40));
		t.deepEqual(await store.firstPlace(), place(40));
		t.is(await store.place(BlockNo(39)), undefined);
		await adopt(created, blocksOf(41, 60), 52);
		await store.archive();
		t.deepEqual(await store.blockAt(BlockNo(40)), block(40));
		t.deepEqual(await store.blockAt(BlockNo(52)), block(52));
		t.deepEqual(await store.firstPlace(), place(40));
	});
}

/** A chain that leaves `chain` `back` blocks below its tip and grows by `count`. */
const grown = (
	chain: readonly StoredBlock[],
	{back, count, fork}: {back: number; count: number; fork: number},
): readonly StoredBlock[] => {
	const next = chain.slice(0, Math.max(0, chain.length - back));
	for (const at of range(next.length, next.length + count))
		next.push({...block(at, fork), prevHash: next.at(-1)?.hash ?? null});
	return next;
};

const DEPTH = 6;

/** As the chain service does it: what is selected is indexed, and what is deep enough is final. */
const choose = async ({store, index}: Created, chain: readonly StoredBlock[]): Promise<void> => {
	const entry = {txIds: [], accountEntries: [], events: []};
	for (const one of chain.slice(-2 * DEPTH)) await store.putBlock(one);
	await index.add(chain.map(({hash, blockNo, slot}) => ({hash, blockNo, slot, ...entry})));
	const deep = chain.at(-1 - DEPTH);
	const anchor = deep === undefined ? null : {hash: deep.hash, blockNo: deep.blockNo, slot: deep.slot};
	await store.select({tip: chain.at(-1)?.hash ?? null, anchor});
};

/** Everything that can be asked about a chain. */
const answers = async (store: ChainStore, chain: readonly StoredBlock[]): Promise<readonly unknown[]> => [
	store.selection(),
	await store.firstPlace(),
	...(await Promise.all(
		chain.map(async ({hash, blockNo}) => [
			await store.place(blockNo),
			await store.blockAt(blockNo),
			await store.block(hash),
		]),
	)),
];

test('the file chain store answers as the memory does, whatever it is asked in whatever order', async t => {
	const step = fc.oneof(
		fc.record({
			kind: fc.constant('choose' as const),
			back: fc.nat(DEPTH),
			more: fc.integer({min: 1, max: 5}),
		}),
		fc.constant({kind: 'settle' as const}),
		fc.constant({kind: 'archive' as const}),
		fc.constant({kind: 'reopen' as const}),
	);
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 25}), async steps => {
			const fileSystem = createFaultyFileSystem();
			const index = createMemoryChainIndex();
			let database = await openTestDatabase(fileSystem, {genesisHash, index});
			const oracle: Created = {store: createMemoryChainStore(), index: createMemoryChainIndex()};
			let chain: readonly StoredBlock[] = [];
			for (const [fork, next] of steps.entries()) {
				if (next.kind === 'reopen') {
					await database.close();
					database = await openTestDatabase(fileSystem, {genesisHash, index});
				} else if (next.kind === 'choose') {
					chain = grown(chain, {back: next.back, count: next.back + next.more, fork});
					await choose({store: database.chainStore, index}, chain);
					await choose(oracle, chain);
				} else await database.chainStore[next.kind]();
				t.deepEqual(await answers(database.chainStore, chain), await answers(oracle.store, chain));
			}
			await database.close();
		}),
		{numRuns: 40},
	);
});
