/** What every file system promises, asked of the disk of this machine and of the one that fails on demand. */
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {concat} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {createFaultyFileSystem} from '../support/faulty-file-system.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Place = {readonly fileSystem: FileSystem; readonly folder: string};

const adapters: Readonly<Record<string, (t: ExecutionContext) => Promise<Place>>> = {
	'the file system of this machine': async t => ({
		fileSystem: createNodeFileSystem(),
		folder: path.join(await temporaryFolder(t), 'a', 'b'),
	}),
	'the faulty file system': async () => ({fileSystem: createFaultyFileSystem(), folder: '/a/b'}),
};

const wholeOf = async (file: OpenFile): Promise<Uint8Array> => file.read(0, await file.size());
const codeOf = async (t: ExecutionContext, promise: Promise<unknown>): Promise<string | undefined> =>
	(await t.throwsAsync(promise, {instanceOf: NodeError}))?.code;

for (const [name, place] of Object.entries(adapters)) {
	test(`${name} gives back what was appended, in any part`, async t => {
		const {fileSystem, folder} = await place(t);
		await fileSystem.makeFolder(folder);
		let number = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.array(fc.uint8Array({maxLength: 400}), {maxLength: 3}), {maxLength: 6}),
				fc.nat(2000),
				fc.nat(2000),
				async (appends, offset, length) => {
					const file = await fileSystem.create(`${folder}/${number++}`);
					for (const parts of appends) await file.append(parts);
					const whole = concat(...appends.flat());
					t.is(await file.size(), whole.length);
					t.deepEqual(await file.read(offset, length), whole.slice(offset, offset + length));
					await file.sync();
					await file.close();
				},
			),
			{numRuns: 30},
		);
	});

	test(`${name} shows to whoever reads what another one has appended since`, async t => {
		const {fileSystem, folder} = await place(t);
		await fileSystem.makeFolder(folder);
		const writer = await fileSystem.create(`${folder}/growing`);
		await writer.append([Uint8Array.of(1, 2)]);
		const reader = await fileSystem.open(`${folder}/growing`);
		t.deepEqual(await wholeOf(reader), Uint8Array.of(1, 2));
		await writer.append([Uint8Array.of(3, 4)]);
		t.deepEqual(await reader.read(1, 3), Uint8Array.of(2, 3, 4));
		t.deepEqual(await wholeOf(reader), Uint8Array.of(1, 2, 3, 4));
		await reader.close();
		await writer.close();
	});

	test(`${name} cuts files and goes on at their new end`, async t => {
		const {fileSystem, folder} = await place(t);
		await fileSystem.makeFolder(folder);
		const file = await fileSystem.create(`${folder}/x`);
		await file.append([Uint8Array.of(1, 2, 3, 4)]);
		await file.truncate(2);
		await file.append([Uint8Array.of(9)]);
		await file.close();
		const again = await fileSystem.open(`${folder}/x`);
		await again.append([Uint8Array.of(7)]);
		t.deepEqual(await wholeOf(again), Uint8Array.of(1, 2, 9, 7));
		await again.close();
	});

	test(`${name} renames over what is there, removes, and lists in order`, async t => {
		const {fileSystem, folder} = await place(t);
		t.deepEqual(await fileSystem.list(folder), []);
		await fileSystem.makeFolder(folder);
		await fileSystem.makeFolder(folder);
		for (const [index, file] of ['b', 'a', 'c'].entries()) {
			const opened = await fileSystem.create(`${folder}/${file}`);
			await opened.append([Uint8Array.of(index)]);
			await opened.close();
		}
		t.deepEqual(await fileSystem.list(folder), ['a', 'b', 'c']);
		await fileSystem.rename(`${folder}/b`, `${folder}/c`);
		await fileSystem.remove(`${folder}/a`);
		await fileSystem.remove(`${folder}/a`);
		await fileSystem.syncFolder(folder);
		t.deepEqual(await fileSystem.list(folder), ['c']);
		const file = await fileSystem.open(`${folder}/c`);
		t.deepEqual(await wholeOf(file), Uint8Array.of(0));
		await file.close();
	});

	test(`${name} has a code for what cannot be opened`, async t => {
		const {fileSystem, folder} = await place(t);
		await fileSystem.makeFolder(folder);
		t.is(await codeOf(t, fileSystem.open(`${folder}/none`)), 'STORE_FAILED');
		await (await fileSystem.create(`${folder}/one`)).close();
		t.is(await codeOf(t, fileSystem.create(`${folder}/one`)), 'STORE_FAILED');
	});

	test(`${name} lets one process at a time into a folder`, async t => {
		const {fileSystem, folder} = await place(t);
		await fileSystem.makeFolder(folder);
		const lock = await fileSystem.lock(folder);
		t.is(await codeOf(t, fileSystem.lock(folder)), 'DATA_FOLDER_IN_USE');
		await lock.release();
		await (await fileSystem.lock(folder)).release();
	});
}

test('a power cut takes, tears or keeps what was not synced, and nothing else', async t => {
	const seen = new Set<string>();
	for (let seed = 0; seed < 60; seed++) {
		const disk = createFaultyFileSystem({seed});
		const file = await disk.create('/x');
		await disk.syncFolder('');
		await file.append([Uint8Array.of(1, 2)]);
		await file.sync();
		await file.append([Uint8Array.of(3, 4)]);
		await file.append([Uint8Array.of(5, 6)]);
		disk.crash('power');
		disk.restart();
		const left = [...(disk.contentOf('/x') ?? [])].join();
		t.true(left.startsWith('1,2'), left);
		seen.add(left);
		await t.throwsAsync(file.size(), {instanceOf: NodeError});
	}
	for (const left of ['1,2', '1,2,3', '1,2,3,4', '1,2,3,4,5,6', '1,2,0,0,5,6']) t.true(seen.has(left), left);
});

test('a power cut takes names back that were not synced, in any order', async t => {
	const seen = new Set<string>();
	for (let seed = 0; seed < 60; seed++) {
		const disk = createFaultyFileSystem({seed});
		await disk.create('/f/a');
		await disk.syncFolder('/f');
		await disk.create('/g/x');
		await disk.create('/f/b');
		await disk.rename('/f/a', '/f/c');
		await disk.remove('/f/c');
		await disk.syncFolder('/g');
		disk.crash('power');
		disk.restart();
		t.deepEqual(await disk.list('/g'), ['x']);
		seen.add((await disk.list('/f')).join());
	}
	t.deepEqual([...seen].sort(), ['', 'a', 'a,b', 'b', 'b,c', 'c']);
});

test('a full disk refuses all writes until there is space again, and stays readable', async t => {
	const disk = createFaultyFileSystem();
	const file = await disk.create('/x');
	await file.append([Uint8Array.of(1)]);
	disk.arm({at: 1, kind: 'full'});
	await file.append([Uint8Array.of(2)]);
	t.is(await codeOf(t, file.append([Uint8Array.of(3)])), 'STORE_DISK_FULL');
	t.is(await codeOf(t, disk.create('/y')), 'STORE_DISK_FULL');
	t.deepEqual(await wholeOf(file), Uint8Array.of(1, 2));
	disk.freeSpace();
	await file.append([Uint8Array.of(4)]);
	t.deepEqual(await wholeOf(file), Uint8Array.of(1, 2, 4));
});

test('a dead process has left its locks and its open files', async t => {
	const disk = createFaultyFileSystem();
	await disk.lock('/f');
	const file = await disk.create('/f/x');
	disk.arm({at: 0, kind: 'kill'});
	t.is(await codeOf(t, file.append([Uint8Array.of(1)])), 'TEST_DIED');
	t.true(disk.isDown);
	t.is(await codeOf(t, disk.list('/f')), 'TEST_DIED');
	disk.restart();
	await disk.lock('/f');
	t.deepEqual(disk.contentOf('/f/x'), new Uint8Array(0));
});

test('a disk that lies loses at the power cut what it said it had', async t => {
	const disk = createFaultyFileSystem();
	const file = await disk.create('/x');
	await disk.syncFolder('');
	disk.arm({at: 0, kind: 'lie'});
	await file.append([Uint8Array.of(1)]);
	await file.sync();
	t.deepEqual(await wholeOf(file), Uint8Array.of(1));
	disk.crash('power');
	t.deepEqual(disk.contentOf('/x'), new Uint8Array(0));
});
