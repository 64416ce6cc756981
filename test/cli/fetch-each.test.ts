import {readFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {checkMissed, fetchEach, pathBelow} from '#cli/fetch-each';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import type {ByteSink} from '#node/ports/byte-file';
import {temporaryFolder} from '../support/temporary-folder.ts';

const never = new AbortController().signal;

test('names of objects become paths below the folder of their bucket', t => {
	t.is(pathBelow('/safe', 'photos', 'a/b.png'), path.resolve('/safe/photos/a/b.png'));
	t.is(pathBelow('/safe', 'photos', 'a/../b.png'), path.resolve('/safe/photos/b.png'));
});

for (const name of ['../other/x', '/etc/passwd', '..', '.', 'a/', 'a/../..', 'a\0b'])
	test(`an object called ${JSON.stringify(name)} is written nowhere`, t => {
		const error = t.throws(() => pathBelow('/safe', 'photos', name), {instanceOf: NodeError});
		t.is(error.code, 'OBJECT_NAME_UNSAFE');
	});

const wanted = ['a', 'a/b', '../../evil', 'x'.repeat(1024), 'lost', 'n'.repeat(250), 'z/y'];

const get = async (name: string, sink: ByteSink): Promise<string> => {
	if (name === 'lost') {
		await sink.discard();
		throw new NodeError({code: 'DOWNLOAD_TOO_FEW_PIECES'});
	}
	await sink.write(encodeUtf8(name));
	await sink.finish();
	return name;
};

test('names that are no files here, and files that do not come, leave the others alone', async t => {
	const folder = await temporaryFolder(t);
	const {got, missed} = await fetchEach({folder, bucket: 'photos', names: wanted}, get, never);
	t.deepEqual(got, ['a', 'n'.repeat(250), 'z/y']);
	t.deepEqual(
		missed.map(({name, code}) => [name.slice(0, 10), code]),
		[
			['a/b', 'FILE_UNWRITABLE'],
			['../../evil', 'OBJECT_NAME_UNSAFE'],
			['xxxxxxxxxx', 'FILE_UNWRITABLE'],
			['lost', 'DOWNLOAD_TOO_FEW_PIECES'],
		],
	);
	t.is(await readFile(path.join(folder, 'photos', 'z', 'y'), 'utf8'), 'z/y');
	const error = t.throws(() => checkMissed(missed, got.length), {instanceOf: NodeError});
	t.like(error.detail, {code: 'FETCH_INCOMPLETE', got: 3, missed});
	t.notThrows(() => checkMissed([], 3));
});

test('a full disk ends it, and so does whoever stops it', async t => {
	const folder = await temporaryFolder(t);
	const full = async (_name: string, sink: ByteSink): Promise<never> => {
		await sink.discard();
		throw new NodeError({code: 'STORE_DISK_FULL'});
	};
	const all = {folder, bucket: 'photos', names: ['a', 'b']};
	t.is((await t.throwsAsync(fetchEach(all, full, never), {instanceOf: NodeError})).code, 'STORE_DISK_FULL');
	const stopped = AbortSignal.abort(new NodeError({code: 'INTERRUPTED'}));
	t.is((await t.throwsAsync(fetchEach(all, get, stopped), {instanceOf: NodeError})).code, 'INTERRUPTED');
});
