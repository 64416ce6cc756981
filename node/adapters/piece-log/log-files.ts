import {constants} from 'node:fs';
import {type FileHandle, open, readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';

/** The files of a piece log in one folder: written at their ends, read anywhere. Knows nothing of pieces. */
export type LogFiles = {
	/** Numbers of the files that are there, ascending. */
	list(): Promise<readonly number[]>;
	/** In bytes. */
	size(file: number): Promise<number>;
	/** Writes `parts` one after the other at `offset`. */
	write(file: number, offset: number, parts: readonly Uint8Array[]): Promise<void>;
	/** Fewer bytes than asked for where the file ends. */
	read(file: number, offset: number, length: number): Promise<Uint8Array>;
	truncate(file: number, size: number): Promise<void>;
	/** Everything written to the file is on disk for good. */
	sync(file: number): Promise<void>;
	remove(file: number): Promise<void>;
	close(): Promise<void>;
};

const OPEN_FILES_MAX = 32;
const NAME = /^(\d{8})\.pieces$/;

export const openLogFiles = (folder: string): LogFiles => {
	/** In order of last use. */
	const handles = new Map<number, Promise<FileHandle>>();
	/** Calls that use a handle now; those are not closed under them. */
	const uses = new Map<number, number>();
	const pathOf = (file: number): string => path.join(folder, `${String(file).padStart(8, '0')}.pieces`);

	const closeOldest = async (): Promise<void> => {
		for (const [file, handle] of handles) {
			if (handles.size <= OPEN_FILES_MAX) return;
			if ((uses.get(file) ?? 0) > 0) continue;
			handles.delete(file);
			await (await handle).close();
		}
	};

	const using = async <T>(
		file: number,
		use: (handle: FileHandle) => Promise<T>,
		flags: number = constants.O_RDWR,
	): Promise<T> => {
		const opened = handles.get(file) ?? open(pathOf(file), flags, 0o600);
		handles.delete(file);
		handles.set(file, opened);
		uses.set(file, (uses.get(file) ?? 0) + 1);
		try {
			return await use(await opened);
		} catch (error) {
			// A file that could not be opened is tried again the next time.
			await opened.catch(() => handles.delete(file));
			throw error;
		} finally {
			const left = defined(uses.get(file), 'a file in use is counted') - 1;
			if (left === 0) uses.delete(file);
			else uses.set(file, left);
			await closeOldest();
		}
	};

	return {
		list: async () =>
			(await readdir(folder))
				.map(name => NAME.exec(name)?.[1])
				.filter(number => number !== undefined)
				.map(Number)
				.sort((a, b) => a - b),
		size: file => using(file, async handle => (await handle.stat()).size),
		write: (file, offset, parts) =>
			using(
				file,
				async handle => {
					const total = parts.reduce((sum, part) => sum + part.length, 0);
					const {bytesWritten} = await handle.writev([...parts], offset);
					// A short write is what a full disk looks like before the next one fails.
					if (bytesWritten !== total)
						throw new NodeError({code: 'PIECE_STORE_FULL', folder, wanted: total, written: bytesWritten});
				},
				constants.O_RDWR | constants.O_CREAT,
			),
		read: (file, offset, length) =>
			using(file, async handle => {
				const bytes = new Uint8Array(length);
				const {bytesRead} = await handle.read(bytes, 0, length, offset);
				return bytes.subarray(0, bytesRead);
			}),
		truncate: (file, size) => using(file, handle => handle.truncate(size)),
		sync: file => using(file, handle => handle.datasync()),
		remove: async file => {
			const handle = handles.get(file);
			handles.delete(file);
			await (await handle)?.close();
			await rm(pathOf(file), {force: true});
		},
		close: async () => {
			const open = [...handles.values()];
			handles.clear();
			for (const handle of open) await (await handle).close();
		},
	};
};
