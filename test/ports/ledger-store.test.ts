import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {openDatabase} from '#node/adapters/level-database';
import {createLevelLedgerStore} from '#node/adapters/level-ledger-store';
import {createMemoryLedgerStore} from '#node/adapters/memory-stores';
import type {AppliedBlock, LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import {crypto} from '../support/crypto.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const hash = (number: number) => Hash32(new Uint8Array(32).fill(number));
const applied: AppliedBlock = {
	diff: Uint8Array.of(1, 2),
	praosState: Uint8Array.of(3),
	events: ['{"kind":"deposited"}', '{}'],
};
const snapshot = (number: number): LedgerSnapshot => ({
	hash: hash(number),
	blockNo: BlockNo(number),
	slot: Slot(2 * number),
	state: Uint8Array.of(number, 9),
	praosState: Uint8Array.of(number),
});

const stores: Readonly<Record<string, (t: ExecutionContext) => Promise<LedgerStore>>> = {
	'the memory ledger store': async () => createMemoryLedgerStore(),
	'the level ledger store': async t => {
		const folder = path.join(await temporaryFolder(t), 'db');
		const database = await openDatabase({folder, genesisHash: hash(1)});
		t.teardown(() => database.close());
		return createLevelLedgerStore(database, {hasher: crypto});
	},
};

for (const [name, create] of Object.entries(stores)) {
	test(`${name} gives back what was applied until it is dropped`, async t => {
		const store = await create(t);
		t.is(await store.applied(hash(1)), undefined);
		await store.putApplied(hash(1), applied);
		t.deepEqual(await store.applied(hash(1)), applied);
		await store.dropApplied([hash(1), hash(2)]);
		t.is(await store.applied(hash(1)), undefined);
	});

	test(`${name} keeps the two newest snapshots`, async t => {
		const store = await create(t);
		t.deepEqual(await store.snapshots(), []);
		for (const number of [3, 20, 100]) await store.putSnapshot(snapshot(number));
		t.deepEqual(await store.snapshots(), [snapshot(100), snapshot(20)]);
	});

	test(`${name} lets an earlier snapshot take the place of those after it`, async t => {
		const store = await create(t);
		for (const number of [3, 20, 5]) await store.putSnapshot(snapshot(number));
		t.deepEqual(await store.snapshots(), [snapshot(5), snapshot(3)]);
	});

	test(`${name} keeps a pinned snapshot beside the newest ones until it is unpinned`, async t => {
		const store = await create(t);
		t.deepEqual(await store.pinnedNames(), []);
		t.is(await store.pinned('period-1'), undefined);
		await store.pin('period-2', snapshot(7));
		await store.pin('period-1', snapshot(3));
		for (const number of [10, 20, 100]) await store.putSnapshot(snapshot(number));
		t.deepEqual(await store.pinnedNames(), ['period-1', 'period-2']);
		t.deepEqual(await store.pinned('period-1'), snapshot(3));
		await store.pin('period-1', snapshot(4));
		t.deepEqual(await store.pinned('period-1'), snapshot(4));
		await store.unpin('period-2');
		await store.unpin('period-9');
		t.deepEqual(await store.pinnedNames(), ['period-1']);
		t.deepEqual(await store.snapshots(), [snapshot(100), snapshot(20)]);
	});
}

test('the level ledger store does not hand out a snapshot with a flipped bit', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	const database = await openDatabase({folder, genesisHash: hash(1)});
	t.teardown(() => database.close());
	const store = createLevelLedgerStore(database, {hasher: crypto});
	await store.putSnapshot(snapshot(3));
	await store.putSnapshot(snapshot(7));
	const [key] = await database.level.keys({gt: 'snapshot!', reverse: true, limit: 1}).all();
	const stored = new Uint8Array((await database.level.get(key as string)) as Uint8Array);
	stored[stored.length - 3] = (stored[stored.length - 3] ?? 0) ^ 4;
	await database.level.put(key as string, stored);
	t.deepEqual(await store.snapshots(), [snapshot(3)]);
});
