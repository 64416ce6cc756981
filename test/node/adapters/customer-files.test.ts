import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdir, readdir, readFile, stat, symlink, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {openFileSink, openFileSource, openResumableFileSink} from '#node/adapters/byte-files';
import {createFileManifestStore} from '#node/adapters/file-manifest-store';
import {readBoundedFile, writeFileAtomically} from '#node/adapters/private-file';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
	try {
		await promise;
		return undefined;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
};

test('a file is read in any part', async t => {
	const file = path.join(await temporaryFolder(t), 'a');
	const bytes = new Uint8Array(randomBytes(10_000));
	await writeFile(file, bytes);
	const source = await openFileSource(file);
	t.is(source.length, 10_000);
	const into = new Uint8Array(3000);
	await source.read(5000, into);
	t.deepEqual(into, bytes.subarray(5000, 8000));
	await truncate(file, 6000);
	t.is(await codeOf(source.read(5000, into)), 'FILE_CHANGED');
	await source.close();
});

test('what cannot be read is named', async t => {
	const folder = await temporaryFolder(t);
	t.is(await codeOf(openFileSource(path.join(folder, 'none'))), 'FILE_NOT_FOUND');
	t.is(await codeOf(openFileSource(folder)), 'FILE_NOT_A_FILE');
});

test('a pipe that nobody writes to, and a device without end, are refused and not waited for', async t => {
	const folder = await temporaryFolder(t);
	const pipe = path.join(folder, 'pipe');
	await promisify(execFile)('mkfifo', [pipe]);
	t.is(await codeOf(openFileSource(pipe)), 'FILE_NOT_A_FILE');
	t.is(await codeOf(readBoundedFile(pipe, {bytesMax: 100})), 'FILE_NOT_A_FILE');
	t.is(await codeOf(readBoundedFile(folder, {bytesMax: 100})), 'FILE_NOT_A_FILE');
	t.is(await codeOf(openFileSource('/dev/zero')), 'FILE_NOT_A_FILE');
	t.is(await codeOf(readBoundedFile('/dev/zero', {bytesMax: 100})), 'FILE_TOO_LONG');
	t.is(await readBoundedFile('/dev/null', {bytesMax: 100}), '');
	t.is(await codeOf(readBoundedFile('/dev/zero', {bytesMax: 1_000_000})), 'FILE_TOO_LONG');
	const file = path.join(folder, 'text');
	await writeFile(file, '\ufeffüber');
	t.is(await readBoundedFile(file, {bytesMax: 8}), '\ufeffüber');
	t.is(await codeOf(readBoundedFile(file, {bytesMax: 7})), 'FILE_TOO_LONG');
});

test('nothing takes the place of a folder, a pipe or a device', async t => {
	const folder = await temporaryFolder(t);
	const pipe = path.join(folder, 'pipe');
	await promisify(execFile)('mkfifo', [pipe]);
	await symlink(pipe, path.join(folder, 'to-pipe'));
	await writeFile(path.join(folder, 'file'), 'old');
	await symlink(path.join(folder, 'file'), path.join(folder, 'to-file'));
	for (const target of [folder, pipe, path.join(folder, 'to-pipe'), '/dev/stdout', '/dev/null']) {
		t.is(await codeOf(openFileSink(target)), 'FILE_NOT_A_FILE');
		t.is(await codeOf(openResumableFileSink(target)), 'FILE_NOT_A_FILE');
		t.is(await codeOf(writeFileAtomically(target, 'text')), 'FILE_NOT_A_FILE');
	}
	for (const name of ['file', 'to-file', 'new'])
		t.is(await codeOf(writeFileAtomically(path.join(folder, name), 'new')), undefined);
});

test('a file may have the longest name there is', async t => {
	const folder = await temporaryFolder(t);
	for (const name of ['x'.repeat(255), `x${'é'.repeat(127)}`]) {
		for (const open of [openFileSink, openResumableFileSink]) {
			const sink = await open(path.join(folder, name));
			await sink.partial?.begin(new Uint8Array(32));
			await sink.write(Uint8Array.of(1));
			await sink.finish();
		}
		await writeFileAtomically(path.join(folder, name), 'text');
		t.is(await readFile(path.join(folder, name), 'utf8'), 'text');
	}
	t.is((await readdir(folder)).length, 2);
});

test('a file appears when it is whole, and not before', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'out');
	const sink = await openFileSink(file);
	await sink.write(Uint8Array.of(1, 2));
	await sink.write(Uint8Array.of(3));
	t.is(await codeOf(openFileSource(file)), 'FILE_NOT_FOUND');
	await sink.finish();
	t.deepEqual(new Uint8Array(await readFile(file)), Uint8Array.of(1, 2, 3));
	const given = await openFileSink(path.join(folder, 'never'));
	await given.write(Uint8Array.of(1));
	await given.discard();
	t.deepEqual(await readdir(folder), ['out']);
	t.is(await codeOf(openFileSink(path.join(folder, 'no', 'folder'))), 'FILE_UNWRITABLE');
});

test('manifests are kept by name, for their owner only', async t => {
	const folder = path.join(await temporaryFolder(t), 'manifests');
	const store = createFileManifestStore(folder, 100);
	t.deepEqual(await store.names(), []);
	t.is(await store.load('a'), undefined);
	await store.save('b/../ä', Uint8Array.of(2));
	await store.save('a', Uint8Array.of(1));
	await store.save('a', Uint8Array.of(3));
	t.deepEqual(await store.names(), ['a', 'b/../ä']);
	t.deepEqual(await store.load('a'), Uint8Array.of(3));
	const [file] = await readdir(folder);
	t.is((await stat(path.join(folder, file ?? ''))).mode & 0o077, 0);
	await store.remove('a');
	t.is(await store.load('a'), undefined);
	t.is(await codeOf(store.save('x'.repeat(121), Uint8Array.of(1))), 'FILE_NAME_TOO_LONG');
	t.is(await codeOf(store.save('', Uint8Array.of(1))), 'FILE_NAME_TOO_LONG');
});

test('a manifest longer than any can be is not read', async t => {
	const folder = await temporaryFolder(t);
	await mkdir(folder, {recursive: true});
	const store = createFileManifestStore(folder, 100);
	await store.save('a', new Uint8Array(101));
	t.is(await codeOf(store.load('a')), 'FILE_TOO_LONG');
});

test('a file that broke off is gone on with, and nothing of it is seen before it is whole', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'out');
	const name = new Uint8Array(32).fill(5);
	const first = await openResumableFileSink(file);
	t.is(await first.partial?.begin(name), 0);
	await first.write(Uint8Array.of(1, 2));
	await first.partial?.keep();
	t.is(await codeOf(openFileSource(file)), 'FILE_NOT_FOUND');
	const other = await openResumableFileSink(file);
	t.is(await other.partial?.begin(new Uint8Array(32)), 0, 'another content has another part');
	await other.discard();
	const second = await openResumableFileSink(file);
	t.is(await second.partial?.begin(name), 2);
	const into = new Uint8Array(1);
	await second.partial?.read(1, into);
	t.deepEqual(into, Uint8Array.of(2));
	await second.write(Uint8Array.of(3));
	await second.finish();
	t.deepEqual(new Uint8Array(await readFile(file)), Uint8Array.of(1, 2, 3));
	t.deepEqual(await readdir(folder), ['out']);
	const given = await openResumableFileSink(file);
	await given.partial?.begin(name);
	await given.write(Uint8Array.of(9));
	await given.discard();
	t.deepEqual(await readdir(folder), ['out']);
});
