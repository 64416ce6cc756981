import {constants} from 'node:fs';
import {type FileHandle, mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {NodeError} from '#kernel/node-error';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {lockFolder} from './folder-lock.ts';
import {storeFailure} from './store-failure.ts';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

const guard = async <T>(place: string, work: () => Promise<T>): Promise<T> => {
	try {
		return await work();
	} catch (cause) {
		throw storeFailure(cause, place);
	}
};

/** Writes all parts from `offset` on; the system may take fewer bytes than it is given. */
const writeAll = async (
	handle: FileHandle,
	parts: readonly Uint8Array[],
	offset: number,
	place: string,
): Promise<number> => {
	let at = offset;
	let rest = parts.filter(({length}) => length > 0);
	while (rest.length > 0) {
		const {bytesWritten} = await handle.writev(rest, at);
		if (bytesWritten === 0)
			throw new NodeError({code: 'STORE_DISK_FULL', folder: place, message: `No space left for ${place}.`});
		at += bytesWritten;
		let taken = bytesWritten;
		rest = rest.flatMap(part => {
			const skipped = Math.min(taken, part.length);
			taken -= skipped;
			return skipped === part.length ? [] : [part.subarray(skipped)];
		});
	}
	return at;
};

const openedFile = async (handle: FileHandle, file: string): Promise<OpenFile> => {
	let end = (await handle.stat()).size;
	return {
		size: () => guard(file, async () => (await handle.stat()).size),
		read: (offset, length) =>
			guard(file, async () => {
				// Another handle may have appended since; a length that is not there is not allocated.
				const known = offset + length <= end ? end : (await handle.stat()).size;
				const bytes = new Uint8Array(Math.max(0, Math.min(length, known - offset)));
				let filled = 0;
				while (filled < bytes.length) {
					const {bytesRead} = await handle.read(bytes, filled, bytes.length - filled, offset + filled);
					if (bytesRead === 0) break;
					filled += bytesRead;
				}
				return bytes.subarray(0, filled);
			}),
		append: parts =>
			guard(file, async () => {
				end = await writeAll(handle, parts, end, file);
			}),
		truncate: size =>
			guard(file, async () => {
				await handle.truncate(size);
				end = size;
			}),
		sync: () => guard(file, () => handle.datasync()),
		close: () => guard(file, () => handle.close()),
	};
};

const openFile = (file: string, flags: number): Promise<OpenFile> =>
	guard(file, async () => openedFile(await open(file, flags, PRIVATE_FILE), file));

const syncFolder = (folder: string): Promise<void> =>
	guard(folder, async () => {
		// Windows cannot open a folder; there the file system writes names in their order by itself.
		if (process.platform === 'win32') return;
		const handle = await open(folder, 'r');
		try {
			await handle.sync();
		} finally {
			await handle.close();
		}
	});

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const list = async (folder: string): Promise<readonly string[]> => {
	try {
		const entries = await readdir(folder, {withFileTypes: true});
		return entries
			.filter(entry => entry.isFile())
			.map(({name}) => name)
			.sort();
	} catch (error) {
		if (isMissing(error)) return [];
		throw error;
	}
};

/** The disk of this machine. */
export const createNodeFileSystem = (): FileSystem => ({
	makeFolder: folder =>
		guard(folder, async () => {
			const first = await mkdir(folder, {recursive: true, mode: PRIVATE_FOLDER});
			if (first !== undefined) await syncFolder(path.dirname(first));
		}),
	list: folder => guard(folder, () => list(folder)),
	create: file => openFile(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL),
	open: file => openFile(file, constants.O_RDWR),
	rename: (from, to) => guard(to, () => rename(from, to)),
	remove: file => guard(file, () => rm(file, {force: true})),
	syncFolder,
	lock: folder => guard(folder, () => lockFolder(folder)),
});
