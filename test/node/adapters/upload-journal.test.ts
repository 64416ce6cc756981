import {appendFile, readdir, stat, truncate} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {createFileUploadJournal} from '#node/adapters/file-upload-journal';
import {crypto} from '../../support/crypto.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const nameOf = (name: Uint8Array): Uint8Array => crypto.blake2b256(name);

test('records come back in order, after a start as well, for their owner only', async t => {
	const folder = path.join(await temporaryFolder(t), 'files');
	const journal = createFileUploadJournal(folder, nameOf);
	t.deepEqual(await journal.load('a'), []);
	for (const byte of [1, 2, 3]) await journal.append('a', Uint8Array.of(byte, byte));
	await journal.append('ä/../b', Uint8Array.of(9));
	const other = createFileUploadJournal(folder, nameOf);
	t.deepEqual(await other.load('a'), [Uint8Array.of(1, 1), Uint8Array.of(2, 2), Uint8Array.of(3, 3)]);
	t.deepEqual(await other.load('ä/../b'), [Uint8Array.of(9)]);
	for (const file of await readdir(folder)) t.is((await stat(path.join(folder, file))).mode & 0o077, 0);
	await other.remove('a');
	t.deepEqual(await journal.load('a'), []);
	await other.remove('never');
});

test('a record that a crash has cut is left out, and the next one takes its place', async t => {
	const folder = await temporaryFolder(t);
	const journal = createFileUploadJournal(folder, nameOf);
	for (const byte of [1, 2, 3]) await journal.append('a', new Uint8Array(100).fill(byte));
	const [file = ''] = await readdir(folder);
	for (const cut of [1, 50, 103]) {
		await truncate(path.join(folder, file), 3 * 104 - cut);
		const again = createFileUploadJournal(folder, nameOf);
		t.is((await again.load('a')).length, 2);
		await again.append('a', new Uint8Array(100).fill(7));
		t.deepEqual(
			(await createFileUploadJournal(folder, nameOf).load('a')).map(([first]) => first),
			[1, 2, 7],
		);
	}
	await appendFile(path.join(folder, file), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1));
	t.is((await createFileUploadJournal(folder, nameOf).load('a')).length, 3);
});
