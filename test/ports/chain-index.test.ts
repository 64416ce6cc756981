/** What every chain index promises, asked of each. */
import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {openLevelChainIndex} from '#node/adapters/level-chain-index';
import {createMemoryChainIndex} from '#node/adapters/memory-stores';
import type {ChainIndex, IndexedBlock} from '#node/ports/chain-index';
import {temporaryFolder} from '../support/temporary-folder.ts';

const hash = (number: number, fork = 0) => Hash32(new Uint8Array(32).fill(number).fill(fork, 0, 1));
const place = (number: number, fork = 0) => ({
	hash: hash(number, fork),
	blockNo: BlockNo(number),
	slot: Slot(10 * number + fork),
});
const indexed = (
	number: number,
	fork = 0,
	{
		txs = [],
		accounts = [],
		events = [],
	}: {txs?: number[]; accounts?: (readonly [string, string])[]; events?: string[]} = {},
): IndexedBlock => ({
	...place(number, fork),
	txIds: txs.map(tx => hash(tx, 99)),
	accountEntries: accounts,
	events,
});

const indexes: Readonly<Record<string, (t: ExecutionContext) => Promise<ChainIndex>>> = {
	'the memory chain index': async () => createMemoryChainIndex(),
	'the level chain index': async t => {
		const index = await openLevelChainIndex(path.join(await temporaryFolder(t), 'index'));
		t.teardown(() => index.close());
		return index;
	},
};

const entriesOf = async (index: ChainIndex, account: string, before?: number): Promise<string[]> => {
	const found: string[] = [];
	const range = before === undefined ? {} : {before: BlockNo(before)};
	for await (const {entry} of index.accountEntries(account, range)) found.push(entry);
	return found;
};

for (const [name, create] of Object.entries(indexes)) {
	test(`${name} is empty at first`, async t => {
		const index = await create(t);
		t.is(await index.indexedTo(), undefined);
		t.is(await index.find(hash(0)), undefined);
		t.is(await index.transaction(hash(1)), undefined);
		t.deepEqual(await index.events(hash(1)), []);
		t.deepEqual(await entriesOf(index, 'aa'), []);
		await index.settle();
	});

	test(`${name} finds blocks, transactions and events at once after they were taken`, async t => {
		const index = await create(t);
		await index.add([indexed(0), indexed(1, 0, {txs: [4, 5], events: ['{"kind":"x"}', '{}']})]);
		t.deepEqual(await index.indexedTo(), place(1));
		t.deepEqual(await index.find(hash(1)), place(1));
		t.deepEqual(await index.transaction(hash(5, 99)), place(1));
		t.deepEqual(await index.events(hash(1)), ['{"kind":"x"}', '{}']);
		t.deepEqual(await index.events(hash(0)), []);
		await index.settle();
	});

	test(`${name} says where a transaction was taken last`, async t => {
		const index = await create(t);
		await index.add([indexed(0), indexed(1, 0, {txs: [4]})]);
		await index.add([indexed(1, 7), indexed(2, 7, {txs: [4]})]);
		t.deepEqual(await index.transaction(hash(4, 99)), place(2, 7));
		t.deepEqual(await index.indexedTo(), place(2, 7));
		t.deepEqual(await index.find(hash(1)), place(1));
	});

	test(`${name} lists an account's entries, newest first, beyond what one digit of numbers holds`, async t => {
		const index = await create(t);
		for (const number of [9, 10, 15, 16, 300])
			await index.add([
				indexed(number, 0, {
					accounts: [
						['aa', `a${number}`],
						['bb', `b${number}`],
					],
				}),
			]);
		t.deepEqual(await entriesOf(index, 'aa'), ['a300', 'a16', 'a15', 'a10', 'a9']);
		t.deepEqual(await entriesOf(index, 'bb', 15), ['b10', 'b9']);
		await index.add([indexed(16, 7, {accounts: [['aa', 'new']]})]);
		t.deepEqual(await entriesOf(index, 'aa', 17), ['new', 'a15', 'a10', 'a9']);
	});
}

test('the level chain index is there again, and one that is damaged is an empty one', async t => {
	const folder = path.join(await temporaryFolder(t), 'index');
	const first = await openLevelChainIndex(folder);
	await first.add([indexed(3, 0, {txs: [4]})]);
	await first.close();
	const second = await openLevelChainIndex(folder);
	t.deepEqual(await second.indexedTo(), place(3));
	await second.close();
	for (const name of await readdir(folder))
		if (name.startsWith('MANIFEST') || name === 'CURRENT')
			await writeFile(path.join(folder, name), 'no such thing');
	const third = await openLevelChainIndex(folder);
	t.is(await third.indexedTo(), undefined);
	await third.add([indexed(1)]);
	t.deepEqual(await third.find(hash(1)), place(1));
	await third.close();
});
