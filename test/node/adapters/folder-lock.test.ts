import {fork} from 'node:child_process';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const HOLDER = fileURLToPath(new URL('../../support/hold-lock.js', import.meta.url));

test('another process holds the lock until it ends, however it ends', async t => {
	const folder = await temporaryFolder(t);
	const fileSystem = createNodeFileSystem();
	const other = fork(HOLDER, [folder], {execArgv: []});
	t.teardown(() => other.kill('SIGKILL'));
	await once(other, 'message');
	const refused = await t.throwsAsync(fileSystem.lock(folder), {instanceOf: NodeError});
	t.is(refused?.code, 'DATA_FOLDER_IN_USE');
	const ended = once(other, 'exit');
	other.kill('SIGKILL');
	await ended;
	await (await fileSystem.lock(folder)).release();
});

test('a lock whose files are damaged is made anew', async t => {
	const folder = await temporaryFolder(t);
	const fileSystem = createNodeFileSystem();
	await (await fileSystem.lock(folder)).release();
	await writeFile(path.join(folder, 'lock', 'CURRENT'), 'no such thing');
	const lock = await fileSystem.lock(folder);
	const refused = await t.throwsAsync(fileSystem.lock(folder), {instanceOf: NodeError});
	t.is(refused?.code, 'DATA_FOLDER_IN_USE');
	await lock.release();
});
