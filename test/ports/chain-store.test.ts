import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {createLevelChainStore} from '#node/adapters/level-chain-store';
import {openDatabase} from '#node/adapters/level-database';
import {createMemoryChainStore} from '#node/adapters/memory-stores';
import type {AdoptedBlock, ChainStore, StoredBlock} from '#node/ports/chain-store';
import {temporaryFolder} from '../support/temporary-folder.ts';

const hash = (number: number, fork = 0) => Hash32(new Uint8Array(32).fill(number).fill(fork, 0, 1));

/** Block `number` of a fork, on top of block `number - 1` of the fork `parentFork`. */
const block = (number: number, fork = 0, parentFork = fork): StoredBlock => ({
	hash: hash(number, fork),
	prevHash: number === 0 ? null : hash(number - 1, parentFork),
	slot: Slot(10 * number + fork),
	blockNo: BlockNo(number),
	bytes: Uint8Array.of(number, fork),
});
const adopted = (
	number: number,
	fork = 0,
	{txs = [], accounts = []}: {txs?: number[]; accounts?: (readonly [string, string])[]} = {},
): AdoptedBlock => ({
	hash: hash(number, fork),
	blockNo: BlockNo(number),
	slot: Slot(10 * number + fork),
	txIds: txs.map(tx => hash(tx, 99)),
	accountEntries: accounts,
});
const place = (number: number, fork = 0) => {
	const {hash, blockNo, slot} = adopted(number, fork);
	return {hash, blockNo, slot};
};

const stores: Readonly<Record<string, (t: ExecutionContext) => Promise<ChainStore>>> = {
	'the memory chain store': async () => createMemoryChainStore(),
	'the level chain store': async t => {
		const folder = path.join(await temporaryFolder(t), 'db');
		const database = await openDatabase({folder, genesisHash: hash(1)});
		t.teardown(() => database.close());
		return createLevelChainStore(database);
	},
};

for (const [name, create] of Object.entries(stores)) {
	test(`${name} is empty at first`, async t => {
		const store = await create(t);
		t.is(await store.tip(), undefined);
		t.is(await store.place(BlockNo(0)), undefined);
		t.is(await store.block(hash(0)), undefined);
		t.is(await store.transaction(hash(1)), undefined);
		t.deepEqual(await store.blocksFrom(BlockNo(0)), []);
		t.deepEqual(await store.accountEntries('aa', {limit: 5}), []);
	});

	test(`${name} may begin with any block`, async t => {
		const store = await create(t);
		await store.putBlock(block(7));
		await store.change({keepTo: null, adopted: [adopted(7)]});
		await store.change({keepTo: BlockNo(7), adopted: [adopted(8)]});
		t.deepEqual(await store.tip(), place(8));
		t.is(await store.place(BlockNo(6)), undefined);
		t.deepEqual(await store.place(BlockNo(7)), place(7));
		await store.change({keepTo: BlockNo(7), adopted: [adopted(8, 1)]});
		t.deepEqual(await store.place(BlockNo(8)), place(8, 1));
	});

	test(`${name} gives back the blocks it keeps, and forgets those that lost`, async t => {
		const store = await create(t);
		await store.putBlock(block(0));
		await store.putBlock(block(1));
		await store.putBlock(block(1, 7, 0));
		await store.putBlock(block(1));
		t.deepEqual(await store.block(hash(1, 7)), block(1, 7, 0));
		t.deepEqual(
			(await store.blocksFrom(BlockNo(1))).map(({hash, prevHash}) => ({hash, prevHash})),
			[block(1), block(1, 7, 0)].map(({hash, prevHash}) => ({hash, prevHash})),
		);
		await store.dropBlocks([hash(1, 7), hash(5, 5)]);
		t.is(await store.block(hash(1, 7)), undefined);
		t.is((await store.blocksFrom(BlockNo(0))).length, 2);
	});

	test(`${name} orders blocks by number beyond what one digit holds`, async t => {
		const store = await create(t);
		for (const number of [200, 16, 9, 15, 1]) await store.putBlock(block(number));
		t.deepEqual(
			(await store.blocksFrom(BlockNo(9))).map(({blockNo}) => Number(blockNo)),
			[9, 15, 16, 200],
		);
	});

	test(`${name} switches to a fork in one step`, async t => {
		const store = await create(t);
		await store.change({
			keepTo: null,
			adopted: [adopted(0), adopted(1, 0, {txs: [4]}), adopted(2, 0, {txs: [5]})],
		});
		t.deepEqual(await store.tip(), place(2));
		t.deepEqual(await store.transaction(hash(5, 99)), place(2));
		await store.change({keepTo: BlockNo(0), adopted: [adopted(1, 7, {txs: [5]})]});
		t.deepEqual(await store.tip(), place(1, 7));
		t.deepEqual(await store.place(BlockNo(1)), place(1, 7));
		t.is(await store.place(BlockNo(2)), undefined);
		t.is(await store.transaction(hash(4, 99)), undefined);
		t.deepEqual(await store.transaction(hash(5, 99)), place(1, 7));
	});

	test(`${name} can go back to nothing`, async t => {
		const store = await create(t);
		await store.change({keepTo: null, adopted: [adopted(0), adopted(1)]});
		await store.change({keepTo: null, adopted: []});
		t.is(await store.tip(), undefined);
	});

	test(`${name} lists an account's entries, newest first, without those that were rolled back`, async t => {
		const store = await create(t);
		await store.change({
			keepTo: null,
			adopted: [0, 1, 2, 3].map(number =>
				adopted(number, 0, {
					accounts: [
						['aa', `a${number}`],
						['bb', `b${number}`],
					],
				}),
			),
		});
		const entries = async (options: {limit: number; before?: BlockNo}) =>
			(await store.accountEntries('aa', options)).map(({entry}) => entry);
		t.deepEqual(await entries({limit: 3}), ['a3', 'a2', 'a1']);
		t.deepEqual(await entries({limit: 3, before: BlockNo(2)}), ['a1', 'a0']);
		await store.change({
			keepTo: BlockNo(1),
			adopted: [adopted(2, 7), adopted(3, 7, {accounts: [['aa', 'new']]})],
		});
		t.deepEqual(await entries({limit: 9}), ['new', 'a1', 'a0']);
		t.deepEqual(await store.accountEntries('aa', {limit: 1}), [{...place(3, 7), entry: 'new'}]);
	});
}
