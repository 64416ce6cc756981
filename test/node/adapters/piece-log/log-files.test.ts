import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {openLogFiles} from '#node/adapters/piece-log/log-files';
import type {FileSystem, OpenFile} from '#node/ports/file-system';

const MIB = 2 ** 20;

/** One file that remembers its length and how often it was brought to the disk. */
const disk = (failingSync: number | undefined = undefined) => {
	const seen = {bytes: 0, syncs: 0};
	const file: OpenFile = {
		size: async () => seen.bytes,
		append: async parts => {
			seen.bytes += parts.reduce((sum, part) => sum + part.length, 0);
		},
		read: async () => new Uint8Array(0),
		truncate: async size => {
			seen.bytes = size;
		},
		sync: async () => {
			if (++seen.syncs === failingSync) throw new NodeError({code: 'STORE_FAILED'});
		},
		close: async () => undefined,
	};
	const fileSystem = {
		list: async () => [],
		open: async () => file,
		create: async () => file,
		remove: async () => undefined,
		syncFolder: async () => undefined,
	} as unknown as FileSystem;
	return {seen, files: openLogFiles(fileSystem, 'pieces')};
};

test('what is written goes to the disk early, and nothing waits for it', async t => {
	const {seen, files} = disk();
	for (let end = 0; end < 40 * MIB; end += 4 * MIB) await files.append(1, end, [new Uint8Array(4 * MIB)]);
	await files.close();
	t.is(seen.bytes, 40 * MIB);
	t.is(seen.syncs, 5);
});

test('what a disk says once is told to everybody who needs the file on it', async t => {
	const {files} = disk(1);
	await files.append(1, 0, [new Uint8Array(8 * MIB)]);
	await t.throwsAsync(files.sync(1), {message: 'STORE_FAILED'});
	await t.throwsAsync(files.sync(1), {message: 'STORE_FAILED'});
	await files.remove(1);
	await files.append(1, 0, [new Uint8Array(MIB)]);
	await t.notThrowsAsync(files.sync(1));
	await files.close();
});
