import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {openFileLedgerStore} from '#node/adapters/chain-database/file-ledger-store';
import {createMemoryLedgerStore} from '#node/adapters/memory-stores';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import {crypto} from '../support/crypto.ts';
import {createFaultyFileSystem} from '../support/faulty-file-system.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const hash = (number: number) => Hash32(new Uint8Array(32).fill(number));
const snapshot = (number: number): LedgerSnapshot => ({
	hash: hash(number),
	blockNo: BlockNo(number),
	slot: Slot(2 * number),
	state: Uint8Array.of(number, 9),
	praosState: Uint8Array.of(number),
});

const stores: Readonly<Record<string, (t: ExecutionContext) => Promise<LedgerStore>>> = {
	'the memory ledger store': async () => createMemoryLedgerStore(),
	'the file ledger store in memory': () =>
		openFileLedgerStore({fileSystem: createFaultyFileSystem(), folder: '/s', hasher: crypto}),
	'the file ledger store on this disk': async t => {
		const folder = path.join(await temporaryFolder(t), 'snapshots');
		return openFileLedgerStore({fileSystem: createNodeFileSystem(), folder, hasher: crypto});
	},
};

for (const [name, create] of Object.entries(stores)) {
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

test('the file ledger store does not hand out a snapshot with a flipped bit', async t => {
	const fileSystem = createFaultyFileSystem();
	const store = await openFileLedgerStore({fileSystem, folder: '/s', hasher: crypto});
	await store.putSnapshot(snapshot(3));
	const [[, length] = ['', 0]] = fileSystem.files();
	for (let offset = 0; offset < length; offset++) {
		await store.putSnapshot(snapshot(7));
		const [, [newest] = ['']] = fileSystem.files();
		fileSystem.flipBit(newest, offset, offset % 8);
		t.deepEqual(await store.snapshots(), [snapshot(3)]);
	}
});

test('the file ledger store has the old snapshots or the new one, whichever write the power goes at', async t => {
	for (let at = 0; ; at++) {
		const fileSystem = createFaultyFileSystem({seed: at});
		const parts = {fileSystem, folder: '/s', hasher: crypto};
		const store = await openFileLedgerStore(parts);
		for (const number of [3, 7]) await store.putSnapshot(snapshot(number));
		await store.pin('a', snapshot(3));
		fileSystem.arm({at, kind: at % 2 === 0 ? 'powerCut' : 'tornCut'});
		const isDone = await store.putSnapshot(snapshot(9)).then(
			() => true,
			() => false,
		);
		if (isDone) break;
		fileSystem.restart();
		const again = await openFileLedgerStore(parts);
		const found = (await again.snapshots()).map(({blockNo}) => Number(blockNo));
		t.true(['7,3', '9,7', '9,7,3'].includes(found.join()), found.join());
		t.deepEqual(await again.pinned('a'), snapshot(3));
	}
});
