import {randomBytes} from 'node:crypto';
import {appendFile, open, readdir, stat, truncate} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import type {OpenFile} from '#node/ports/file-system';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const id = (first: number): Hash32 => Hash32(new Uint8Array(32).fill(first));
const A = id(1);
const FIRST_FILE = '00000001.pieces';

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
	try {
		await promise;
		return undefined;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
};

test('pieces, holds and revisions are there after a restart', async t => {
	const folder = await temporaryFolder(t);
	const bytes = new Uint8Array(randomBytes(100_000));
	const first = await openFilePieceStore(folder);
	await first.put(A, id(7), bytes);
	await first.change(A, {hold: [id(7)]});
	const before = await first.load(A);
	await first.close();
	const second = await openFilePieceStore(folder);
	t.deepEqual(await second.load(A), before);
	t.deepEqual(await (await second.open(A, id(7)))?.read(0, 100_000), bytes);
	await second.close();
});

test('a torn tail is cut off, and what was whole stays', async t => {
	const folder = await temporaryFolder(t);
	const first = await openFilePieceStore(folder);
	await first.put(A, id(7), new Uint8Array(1000).fill(7));
	await first.close();
	const file = path.join(folder, FIRST_FILE);
	const {size} = await stat(file);
	await appendFile(file, new Uint8Array(randomBytes(500)));
	const second = await openFilePieceStore(folder);
	t.is((await stat(file)).size, size);
	await second.put(A, id(8), new Uint8Array(10).fill(8));
	t.deepEqual(await (await second.open(A, id(7)))?.read(0, 1000), new Uint8Array(1000).fill(7));
	t.deepEqual(await (await second.open(A, id(8)))?.read(0, 10), new Uint8Array(10).fill(8));
	await second.close();
});

test('after lost writes a staged piece is forgotten and a held one is reported', async t => {
	const folder = await temporaryFolder(t);
	const first = await openFilePieceStore(folder);
	for (const piece of [6, 7, 8]) await first.put(A, id(piece), new Uint8Array(1000).fill(piece));
	await first.change(A, {hold: [id(7)]});
	await first.close();
	await truncate(path.join(folder, FIRST_FILE), 1500);
	const second = await openFilePieceStore(folder);
	t.deepEqual(await (await second.open(A, id(6)))?.read(0, 1000), new Uint8Array(1000).fill(6));
	t.is(await second.find(A, id(8)), undefined);
	const reader = await codeOf(
		(async () => {
			const opened = await second.open(A, id(7));
			return opened?.read(0, 1000);
		})(),
	);
	t.is(reader, 'PIECE_CORRUPT');
	// New pieces do not come to stand where the lost one was.
	await second.put(A, id(9), new Uint8Array(3000).fill(9));
	t.deepEqual(await (await second.open(A, id(9)))?.read(0, 3000), new Uint8Array(3000).fill(9));
	await second.close();
});

test('one flipped bit is found, wherever it is', async t => {
	const folder = await temporaryFolder(t);
	const first = await openFilePieceStore(folder);
	await first.put(A, id(7), new Uint8Array(70_000));
	await first.close();
	const handle = await open(path.join(folder, FIRST_FILE), 'r+');
	const {size} = await handle.stat();
	const byte = new Uint8Array(1);
	for (const at of [0, 5, 40, 76, 90, 40_000, size - 1]) {
		await handle.read(byte, 0, 1, at);
		await handle.write(Uint8Array.of((byte[0] as number) ^ 4), 0, 1, at);
		const store = await openFilePieceStore(folder);
		const read = async (): Promise<unknown> => (await store.open(A, id(7)))?.read(0, 70_000);
		t.is(await codeOf(read()), 'PIECE_CORRUPT', `bit of byte ${at}`);
		await store.close();
		await handle.write(byte, 0, 1, at);
	}
	await handle.close();
	// A flipped bit elsewhere does not spoil the blocks that are whole.
	const store = await openFilePieceStore(folder);
	t.is((await (await store.open(A, id(7)))?.read(0, 70_000))?.length, 70_000);
	await store.close();
});

test('a full disk is a coded failure, and the store goes on when there is room again', async t => {
	const folder = await temporaryFolder(t);
	let full: boolean = false;
	const fileSystem = createNodeFileSystem();
	const filling = (file: OpenFile): OpenFile => ({
		...file,
		append: async parts => {
			if (!full) return file.append(parts);
			// Half of it arrives, as it does on a disk that fills up.
			await file.append([(parts[0] as Uint8Array).subarray(0, 20)]);
			throw new NodeError({code: 'STORE_DISK_FULL'});
		},
	});
	const store = await openFilePieceStore(folder, {
		fileSystem: {...fileSystem, create: async file => filling(await fileSystem.create(file))},
	});
	await store.put(A, id(6), new Uint8Array(100));
	full = true;
	t.is(await codeOf(store.put(A, id(7), new Uint8Array(1000))), 'PIECE_STORE_FULL');
	t.is(await store.find(A, id(7)), undefined);
	full = false;
	await store.put(A, id(7), new Uint8Array(1000).fill(7));
	t.deepEqual(await (await store.open(A, id(7)))?.read(0, 1000), new Uint8Array(1000).fill(7));
	t.deepEqual(await (await store.open(A, id(6)))?.read(0, 100), new Uint8Array(100));
	await store.close();
});

test('a folder that another process uses is refused', async t => {
	const folder = await temporaryFolder(t);
	const store = await openFilePieceStore(folder);
	t.is(await codeOf(openFilePieceStore(folder)), 'PIECE_STORE_LOCKED');
	await store.close();
});

test('dropped pieces give their space back', async t => {
	const folder = await temporaryFolder(t);
	const store = await openFilePieceStore(folder, {fileBytesMax: 10_000});
	for (let piece = 1; piece <= 8; piece++) await store.put(A, id(piece), new Uint8Array(4000));
	await store.change(A, {dropPieces: [1, 2, 3, 4, 5].map(id)});
	await store.compact(Number.MAX_SAFE_INTEGER);
	t.false((await readdir(folder)).includes(FIRST_FILE));
	t.is((await (await store.open(A, id(6)))?.read(0, 4000))?.length, 4000);
	await store.close();
	// The places of what was moved are there after a restart.
	const again = await openFilePieceStore(folder);
	for (const piece of [6, 7, 8]) t.is((await (await again.open(A, id(piece)))?.read(0, 4000))?.length, 4000);
	await again.close();
});
