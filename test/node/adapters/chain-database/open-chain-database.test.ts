import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {u32be} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {encodeFrame} from '#node/adapters/chain-database/frame';
import type {ChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {FileSystem} from '#node/ports/file-system';
import {DATABASE_FOLDER, openTestDatabase} from '../../../support/chain-databases.ts';
import {createFaultyFileSystem, type FaultyFileSystem} from '../../../support/faulty-file-system.ts';
import {hashOfNumber, killedDatabase, numberedBlock, storedGenesis} from '../../../support/stored-chain.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const open = (fileSystem: FileSystem): Promise<ChainDatabase> =>
	openTestDatabase(fileSystem, {genesisHash: storedGenesis});
const failureOf = async (t: ExecutionContext, promise: Promise<unknown>): Promise<NodeError['detail']> =>
	(await t.throwsAsync(promise, {instanceOf: NodeError}))?.detail ?? {code: 'none'};

const put = async (disk: FaultyFileSystem, name: string, parts: readonly Uint8Array[]): Promise<void> => {
	await disk.remove(`${DATABASE_FOLDER}/${name}`);
	await (await disk.create(`${DATABASE_FOLDER}/${name}`)).append(parts);
};

test('knows whether it was closed in good order', async t => {
	const disk = createFaultyFileSystem();
	const first = await open(disk);
	t.false(first.wasClosedCleanly);
	await first.close();
	const second = await open(disk);
	t.true(second.wasClosedCleanly);
	disk.crash('power');
	disk.restart();
	const third = await open(disk);
	t.false(third.wasClosedCleanly);
});

test('lets one process at a time in, here and on this disk', async t => {
	const disk = createFaultyFileSystem();
	const first = await open(disk);
	t.is((await failureOf(t, open(disk))).code, 'DATA_FOLDER_IN_USE');
	await first.close();
	await (await open(disk)).close();
	const folder = path.join(await temporaryFolder(t), 'db');
	const here = createNodeFileSystem();
	const database = await openTestDatabase(here, {genesisHash: storedGenesis, folder});
	t.is(
		(await failureOf(t, openTestDatabase(here, {genesisHash: storedGenesis, folder}))).code,
		'DATA_FOLDER_IN_USE',
	);
	await database.close();
});

test('refuses the data of another network and leaves it as it is', async t => {
	const disk = await killedDatabase();
	const before = disk.files();
	const failure = await failureOf(t, openTestDatabase(disk, {genesisHash: hashOfNumber(201)}));
	t.is(failure.code, 'DATA_OF_OTHER_NETWORK');
	t.deepEqual(disk.files(), before);
	await (await open(disk)).close();
});

test('refuses files of a newer version, and of the time before there were versions', async t => {
	const disk = await killedDatabase();
	await put(disk, 'meta', encodeFrame('meta', [u32be(2), storedGenesis]));
	t.like(await failureOf(t, open(disk)), {code: 'STORE_FORMAT_NEWER', found: 2});
	const old = createFaultyFileSystem();
	await put(old, 'CURRENT', [Uint8Array.of(1)]);
	t.is((await failureOf(t, open(old))).code, 'STORE_FORMAT_OLD');
	const folder = path.join(await temporaryFolder(t), 'db');
	await mkdir(folder);
	await writeFile(path.join(folder, 'CURRENT'), 'MANIFEST-000001\n');
	const failure = await failureOf(
		t,
		openTestDatabase(createNodeFileSystem(), {genesisHash: storedGenesis, folder}),
	);
	t.is(failure.code, 'STORE_FORMAT_OLD');
});

test('names the command when the file that says whose chain it is, is damaged or missing', async t => {
	const disk = await killedDatabase();
	disk.flipBit(`${DATABASE_FOLDER}/meta`, 30);
	t.like(await failureOf(t, open(disk)), {
		code: 'STORE_CORRUPT',
		repair: 'dcloud db repair --data-dir /data',
	});
	await disk.remove(`${DATABASE_FOLDER}/meta`);
	t.like(await failureOf(t, open(disk)), {
		code: 'STORE_CORRUPT',
		repair: 'dcloud db repair --data-dir /data',
	});
});

const everyBlock = async (t: ExecutionContext, {chainStore}: ChainDatabase): Promise<void> => {
	for (let number = 0; number < 24; number++)
		t.deepEqual(await chainStore.blockAt(BlockNo(number)), numberedBlock(number));
};

test('has every final block after any flipped bit, or names the command', async t => {
	const whole = await killedDatabase();
	const files = whole.files().filter(([file]) => file.includes('/immutable/'));
	t.true(files.length >= 6);
	let repaired = 0;
	let refused = 0;
	for (const [file, size] of files)
		for (let offset = 0; offset < size; offset += 41) {
			const disk = await killedDatabase();
			disk.flipBit(file, offset, offset % 8);
			try {
				const database = await open(disk);
				await everyBlock(t, database);
				repaired++;
			} catch (error) {
				t.like((error as NodeError).detail, {
					code: 'STORE_CORRUPT',
					repair: 'dcloud db repair --data-dir /data',
				});
				refused++;
			}
		}
	t.true(repaired > 5 && refused > 5, `${repaired} repaired, ${refused} refused`);
});

test('makes indexes of chunks again that were lost', async t => {
	const disk = await killedDatabase();
	for (const [file] of disk.files()) if (file.endsWith('.index')) await disk.remove(file);
	await everyBlock(t, await open(disk));
});

test('cuts what was never written whole', async t => {
	const disk = await killedDatabase();
	const last = disk.files().findLast(([file]) => file.endsWith('.blocks'));
	const file = await disk.open(last?.[0] ?? '');
	await file.append([Uint8Array.of(1, 2, 3)]);
	const database = await open(disk);
	await everyBlock(t, database);
	await database.close();
	t.true((await open(disk)).wasClosedCleanly);
});

test('opens a database whose volatile files are gone: what was copied is there', async t => {
	const disk = await killedDatabase();
	for (const [file] of disk.files()) if (file.includes('/volatile/')) await disk.remove(file);
	const {chainStore} = await open(disk);
	const tip = chainStore.immutableTip();
	t.true(tip !== undefined && tip.blockNo >= 20);
	t.deepEqual(await chainStore.blockAt(BlockNo(20)), numberedBlock(20));
	t.deepEqual(chainStore.volatileBlocks(), []);
});
