/**
 * A secret in a file that is replaced by the next one and must not be found again. The new secret stands whole under the
 * file's name before the old one is touched; the old one is overwritten where it lies before its name goes:
 *
 *   FILE.next  empty, its name on disk: what is written to it will be found again
 *   FILE.next  the new secret, on disk
 *   FILE.past  a second name of the old one
 *   FILE       renamed from FILE.next, on disk
 *   FILE.past  overwritten, on disk; removed
 *
 * Wherever that ends, FILE holds the old or the new secret, and `settleSecretFile` erases what is left of the other.
 * Disks that write elsewhere (journals, snapshots, flash) may keep a copy that no program can ask for.
 */
import {link, lstat, open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {fileFailure} from './private-file.ts';

/** What is done with files, one step each; any may fail, and after a crash none may be remembered that was not synced. */
export type SecretFileSystem = {
	/** A new empty file with mode 0600. Rejects when there is one. */
	create(file: string): Promise<void>;
	/** Writes `data` from the beginning of a file on. */
	write(file: string, data: string): Promise<void>;
	/** Writes zeros over every byte. */
	overwrite(file: string): Promise<void>;
	/** Resolves when the contents are on disk for good. */
	sync(file: string): Promise<void>;
	/** Resolves when the names in the folder of `file` are on disk for good. */
	syncFolder(file: string): Promise<void>;
	/** A second name for a file. Rejects when that name is taken. */
	link(file: string, second: string): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	remove(file: string): Promise<void>;
	/** Tells whether two names are of one file; undefined when there is no file of that name. */
	identity(file: string): Promise<string | undefined>;
};

const withFile = async (
	file: string,
	work: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> => {
	const handle = await open(file, 'r+');
	try {
		await work(handle);
	} finally {
		await handle.close();
	}
};

export const nodeSecretFileSystem: SecretFileSystem = {
	create: async file => {
		const handle = await open(file, 'wx', 0o600);
		await handle.close();
	},
	write: (file, data) => withFile(file, handle => handle.writeFile(data)),
	overwrite: file =>
		withFile(file, async handle => {
			const {size} = await handle.stat();
			await handle.write(new Uint8Array(size), 0, size, 0);
		}),
	sync: file => withFile(file, handle => handle.sync()),
	syncFolder: async file => {
		const handle = await open(path.dirname(path.resolve(file)), 'r');
		try {
			await handle.sync();
		} finally {
			await handle.close();
		}
	},
	link,
	rename,
	remove: file => rm(file),
	identity: async file => {
		try {
			const {dev, ino} = await lstat(file, {bigint: true});
			return `${dev} ${ino}`;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
			throw error;
		}
	},
};

const orFailure = async (file: string, work: () => Promise<void>): Promise<void> => {
	try {
		await work();
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'write');
	}
};

const erase = async (files: SecretFileSystem, file: string): Promise<void> => {
	await files.overwrite(file);
	await files.sync(file);
	await files.remove(file);
};

const settle = async (files: SecretFileSystem, file: string): Promise<void> => {
	const names = [`${file}.next`, `${file}.past`];
	let isChanged = false;
	for (const name of names) {
		const [left, current] = [await files.identity(name), await files.identity(file)];
		if (left === undefined) continue;
		// A second name of what stands: its contents are not to be touched.
		if (left === current) await files.remove(name);
		else await erase(files, name);
		isChanged = true;
	}
	if (isChanged) await files.syncFolder(file);
};

/** Erases what an interrupted replacement left beside `file`; harmless when there is nothing. Throws FILE_UNWRITABLE. */
export const settleSecretFile = (
	file: string,
	files: SecretFileSystem = nodeSecretFileSystem,
): Promise<void> => orFailure(file, () => settle(files, file));

/**
 * Puts `data` in place of what `file` holds, which is erased. When it resolves, the new secret is on disk for good and
 * the old one is not there any more. Throws FILE_UNWRITABLE, STORE_DISK_FULL; then `file` holds one of the two.
 */
export const replaceSecretFile = (
	file: string,
	data: string,
	files: SecretFileSystem = nodeSecretFileSystem,
): Promise<void> =>
	orFailure(file, async () => {
		const [next, past] = [`${file}.next`, `${file}.past`];
		await settle(files, file);
		await files.create(next);
		await files.syncFolder(next);
		await files.write(next, data);
		await files.sync(next);
		await files.link(file, past);
		await files.syncFolder(file);
		await files.rename(next, file);
		await files.syncFolder(file);
		await erase(files, past);
		await files.syncFolder(file);
	});

/** Overwrites and removes a file with a secret, if it is there. Throws FILE_UNWRITABLE. */
export const eraseSecretFile = (
	file: string,
	files: SecretFileSystem = nodeSecretFileSystem,
): Promise<void> =>
	orFailure(file, async () => {
		if ((await files.identity(file)) === undefined) return;
		await erase(files, file);
		await files.syncFolder(file);
	});
