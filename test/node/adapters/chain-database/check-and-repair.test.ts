import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {
	checkChainDatabase,
	databaseBytes,
	type FileReport,
} from '#node/adapters/chain-database/check-chain-database';
import {type RepairStep, repairChainDatabase} from '#node/adapters/chain-database/repair-chain-database';
import {DATABASE_FOLDER, openTestDatabase} from '../../../support/chain-databases.ts';
import {crypto} from '../../../support/crypto.ts';
import type {FaultyFileSystem} from '../../../support/faulty-file-system.ts';
import {
	growStored,
	hashOfNumber,
	killedDatabase,
	numberedBlock,
	numberedPlace,
	storedGenesis,
} from '../../../support/stored-chain.ts';

const partsOf = (fileSystem: FaultyFileSystem) => ({
	fileSystem,
	folder: DATABASE_FOLDER,
	genesisHash: storedGenesis,
	hasher: crypto,
	moveAside: '/data/damaged',
});

const check = async (disk: FaultyFileSystem): Promise<readonly FileReport[]> => {
	const reports: FileReport[] = [];
	for await (const report of checkChainDatabase(partsOf(disk))) reports.push(report);
	return reports;
};
const repair = async (disk: FaultyFileSystem): Promise<readonly RepairStep[]> => {
	const steps: RepairStep[] = [];
	for await (const step of repairChainDatabase(partsOf(disk))) steps.push(step);
	return steps;
};
const problems = (reports: readonly FileReport[]) => reports.filter(({problem}) => problem !== undefined);
const chunks = (disk: FaultyFileSystem, end: string) => disk.files().filter(([file]) => file.endsWith(end));

test('finds nothing wrong in a whole database, and repairs nothing', async t => {
	const disk = await killedDatabase();
	const reports = await check(disk);
	t.deepEqual(problems(reports), []);
	const read = reports.filter(({file}) => file !== 'meta').reduce((sum, {bytes}) => sum + bytes, 0);
	t.is(read, await databaseBytes(partsOf(disk)));
	const before = disk.files();
	t.deepEqual(await repair(disk), []);
	t.deepEqual(disk.files(), before);
});

test('leaves a database alone that a process uses', async t => {
	const disk = await killedDatabase();
	const database = await openTestDatabase(disk, {genesisHash: storedGenesis});
	for (const work of [check(disk), repair(disk)])
		t.is((await t.throwsAsync(work, {instanceOf: NodeError}))?.code, 'DATA_FOLDER_IN_USE');
	await database.close();
});

test('does not repair the database of another network', async t => {
	const disk = await killedDatabase();
	const parts = {...partsOf(disk), genesisHash: hashOfNumber(201)};
	const before = disk.files();
	const error = await t.throwsAsync(repairChainDatabase(parts).next(), {instanceOf: NodeError});
	t.is(error?.code, 'DATA_OF_OTHER_NETWORK');
	t.deepEqual(disk.files(), before);
});

/** Opens what was repaired, and lets peers bring what is missing. */
const goesOn = async (t: ExecutionContext, disk: FaultyFileSystem, from: number): Promise<void> => {
	const database = await openTestDatabase(disk, {genesisHash: storedGenesis});
	const {chainStore} = database;
	t.is(chainStore.immutableTip()?.blockNo ?? -1, from - 1);
	await growStored(database, from, 40);
	await chainStore.archive();
	for (let number = 0; number < 34; number++)
		t.deepEqual(await chainStore.blockAt(BlockNo(number)), numberedBlock(number));
	await database.close();
	t.deepEqual(problems(await check(disk)), []);
};

test('cuts before a damaged block, moves aside what goes, and keeps to what was final', async t => {
	for (const number of [0, 3, 6, 7, 13, 15]) {
		const disk = await killedDatabase();
		const [file] = chunks(disk, '.blocks')[Math.floor(number / 7)] ?? [''];
		let offset = 0;
		for (let before = 7 * Math.floor(number / 7); before < number; before++) offset += 98 + 300 + before;
		disk.flipBit(file, offset + 150);
		t.like(problems(await check(disk))[0], {
			file: file.slice(DATABASE_FOLDER.length + 1),
			problem: {code: 'STORE_BLOCK_DAMAGED', blockNo: number, offset},
			needsRepair: true,
		});
		const steps = await repair(disk);
		const last = Number(steps.find(({kind}) => kind === 'required')?.kind === 'required' ? 23 : -1);
		t.like(steps[0], {kind: 'required', hash: toHex(hashOfNumber(last))});
		t.like(steps[1], {kind: 'cut', fromBlockNo: number});
		t.true(disk.files().some(([name]) => name.startsWith('/data/damaged/')));
		const database = await openTestDatabase(disk, {genesisHash: storedGenesis});
		t.deepEqual(database.chainStore.selection().anchor, numberedPlace(last));
		await database.close();
		await goesOn(t, disk, number);
	}
});

test('fills the gap where a chunk is missing by what peers bring', async t => {
	const disk = await killedDatabase();
	const [file] = chunks(disk, '.blocks')[1] ?? [''];
	await disk.remove(file);
	t.like(problems(await check(disk))[0], {problem: {code: 'STORE_BLOCKS_MISSING', blockNo: 7}});
	await repair(disk);
	await goesOn(t, disk, 7);
});

test('writes anew whose chain this is', async t => {
	const disk = await killedDatabase();
	disk.flipBit(`${DATABASE_FOLDER}/meta`, 30);
	t.like(problems(await check(disk))[0], {file: 'meta', problem: {code: 'STORE_META_DAMAGED'}});
	t.deepEqual(await repair(disk), [{kind: 'meta-written'}]);
	t.deepEqual(problems(await check(disk)), []);
});

test('has every database that has one flipped bit open again', async t => {
	const whole = await killedDatabase();
	for (const [file, size] of whole.files())
		for (let offset = 0; offset < size; offset += 97) {
			const disk = await killedDatabase();
			disk.flipBit(file, offset, offset % 8);
			await repair(disk);
			const database = await openTestDatabase(disk, {genesisHash: storedGenesis});
			const from = database.chainStore.immutableTip()?.blockNo ?? -1;
			for (let number = 0; number <= from; number++)
				t.deepEqual(await database.chainStore.blockAt(BlockNo(number)), numberedBlock(number), file);
			await database.close();
		}
});

test('a repair that is cut off begins again and ends as it should', async t => {
	for (let at = 0; at < 60; at++) {
		const disk = await killedDatabase();
		const [file] = chunks(disk, '.blocks')[1] ?? [''];
		disk.flipBit(file, 200);
		disk.arm({at, kind: at % 2 === 0 ? 'powerCut' : 'tornCut'});
		const isDone = await repair(disk).then(
			() => true,
			() => false,
		);
		if (!disk.isDown && isDone) break;
		disk.restart();
		await repair(disk);
		const database = await openTestDatabase(disk, {genesisHash: storedGenesis});
		t.is(database.chainStore.selection().anchor?.blockNo, BlockNo(23), `cut off at ${at}`);
		const from = (database.chainStore.immutableTip()?.blockNo ?? -1) + 1;
		t.true(from <= 7);
		await database.close();
		await goesOn(t, disk, from);
	}
});
