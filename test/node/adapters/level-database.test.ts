import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openDatabase} from '#node/adapters/level-database';
import {storeFailure} from '#node/adapters/store-failure';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const genesisHash = Hash32(new Uint8Array(32).fill(1));

test('refuses a folder that another process uses', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	const database = await openDatabase({folder, genesisHash});
	const error = await t.throwsAsync(openDatabase({folder, genesisHash}), {instanceOf: NodeError});
	t.is(error?.code, 'DATA_FOLDER_IN_USE');
	await database.close();
	await (await openDatabase({folder, genesisHash})).close();
});

test('refuses the data of another network and leaves it as it is', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	await (await openDatabase({folder, genesisHash})).close();
	const other = openDatabase({folder, genesisHash: Hash32(new Uint8Array(32).fill(2))});
	const error = await t.throwsAsync(other, {instanceOf: NodeError});
	t.is(error?.code, 'DATA_OF_OTHER_NETWORK');
	const again = await openDatabase({folder, genesisHash});
	t.true(again.wasClosedCleanly);
	await again.close();
});

test('knows whether it was closed in good order', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	const first = await openDatabase({folder, genesisHash});
	t.false(first.wasClosedCleanly);
	// What a killed process leaves: the marker was taken away at the start and never written again.
	await first.level.close();
	const second = await openDatabase({folder, genesisHash});
	t.false(second.wasClosedCleanly);
	await second.close();
	const third = await openDatabase({folder, genesisHash});
	t.true(third.wasClosedCleanly);
	await third.close();
});

test('says that its folder is no folder', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	await writeFile(folder, '');
	const error = await t.throwsAsync(openDatabase({folder, genesisHash}), {instanceOf: NodeError});
	t.is(error?.code, 'STORE_FAILED');
});

const failures: Readonly<Record<string, readonly [error: Error & {code?: string}, code: string]>> = {
	'a full disk': [
		Object.assign(
			new Error('Database failed', {cause: new Error('IO error: 000005.log: No space left on device')}),
			{
				code: 'LEVEL_IO_ERROR',
			},
		),
		'STORE_DISK_FULL',
	],
	'a used-up quota': [new Error('IO error: Disk quota exceeded'), 'STORE_DISK_FULL'],
	'a damaged file': [new Error('Corruption: block checksum mismatch'), 'STORE_CORRUPT'],
	'anything else': [new Error('IO error: Input/output error'), 'STORE_FAILED'],
};

for (const [what, [error, code]] of Object.entries(failures))
	test(`has a code for ${what}`, t => {
		const failure = storeFailure(error, 'folder');
		t.true(failure instanceof NodeError && failure.code === code);
	});
