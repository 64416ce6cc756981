import {assert, defined} from '#kernel/assert';
import type {FileSystem, OpenFile} from '#node/ports/file-system';

/** The files of a piece log in one folder: written at their ends, read anywhere. Knows nothing of pieces. */
export type LogFiles = {
	/** In bytes; undefined when there is no such file. */
	size(file: number): Promise<number | undefined>;
	/** Writes `parts` one after the other at `end`; what a failed write left there goes first. */
	append(file: number, end: number, parts: readonly Uint8Array[]): Promise<void>;
	/** Fewer bytes than asked for where the file ends. */
	read(file: number, offset: number, length: number): Promise<Uint8Array>;
	truncate(file: number, size: number): Promise<void>;
	/** Everything written to the file is on disk for good, its name too. */
	sync(file: number): Promise<void>;
	/** For good when it is done. Well if it is gone. */
	remove(file: number): Promise<void>;
	close(): Promise<void>;
};

const OPEN_FILES_MAX = 32;

export const logFileName = (file: number): string => `${String(file).padStart(8, '0')}.pieces`;

/** Keeps the files that were used last open. */
class Handles {
	readonly #open: (file: number) => Promise<OpenFile>;
	/** In order of last use. */
	readonly #handles = new Map<number, Promise<OpenFile>>();
	/** Calls that use a handle now; those are not closed under them. */
	readonly #uses = new Map<number, number>();

	constructor(open: (file: number) => Promise<OpenFile>) {
		this.#open = open;
	}

	async use<T>(
		file: number,
		work: (handle: OpenFile) => Promise<T>,
		open: (file: number) => Promise<OpenFile> = this.#open,
	): Promise<T> {
		const opened = this.#handles.get(file) ?? open(file);
		this.#handles.delete(file);
		this.#handles.set(file, opened);
		this.#uses.set(file, (this.#uses.get(file) ?? 0) + 1);
		try {
			return await work(await opened);
		} catch (error) {
			// A file that could not be opened is tried again the next time.
			await opened.catch(() => this.#handles.delete(file));
			throw error;
		} finally {
			const left = defined(this.#uses.get(file), 'a file in use is counted') - 1;
			if (left === 0) this.#uses.delete(file);
			else this.#uses.set(file, left);
			await this.#closeOldest();
		}
	}

	async close(file: number): Promise<void> {
		const handle = this.#handles.get(file);
		this.#handles.delete(file);
		await (await handle)?.close();
	}

	async closeAll(): Promise<void> {
		for (const file of [...this.#handles.keys()]) await this.close(file);
	}

	async #closeOldest(): Promise<void> {
		for (const file of this.#handles.keys()) {
			if (this.#handles.size <= OPEN_FILES_MAX) return;
			if ((this.#uses.get(file) ?? 0) === 0) await this.close(file);
		}
	}
}

/** So much is written before it is brought to the disk beside what goes on, in bytes. */
const WRITE_BACK_BYTES = 8 * 2 ** 20;

/**
 * Brings what is written to the disk early: otherwise a gigabyte waits in memory until somebody must have it on the disk,
 * and waits for all of it. What went wrong is told to whoever syncs the file, now and later: a disk reports it once.
 */
class WriteBack {
	readonly #sync: (file: number) => Promise<void>;
	readonly #written = new Map<number, number>();
	/** One at a time for each file; resolves to what went wrong. */
	readonly #running = new Map<number, Promise<unknown>>();

	constructor(sync: (file: number) => Promise<void>) {
		this.#sync = sync;
	}

	wrote(file: number, bytes: number): void {
		const written = (this.#written.get(file) ?? 0) + bytes;
		this.#written.set(file, written);
		if (written < WRITE_BACK_BYTES) return;
		this.#written.set(file, 0);
		const before = this.#running.get(file) ?? Promise.resolve();
		const next = async (): Promise<unknown> => {
			const failure = await before;
			if (failure !== undefined) return failure;
			try {
				await this.#sync(file);
				return undefined;
			} catch (error) {
				return error;
			}
		};
		this.#running.set(file, next());
	}

	/** Waits until nothing runs. Throws what went wrong since the file was forgotten last. */
	async settle(file: number): Promise<void> {
		const failure = await this.#running.get(file);
		if (failure !== undefined) throw failure;
	}

	/** The file is another one from now on. */
	async forget(file: number): Promise<void> {
		await this.#running.get(file);
		this.#running.delete(file);
		this.#written.delete(file);
	}

	async end(): Promise<void> {
		await Promise.all(this.#running.values());
	}
}

export const openLogFiles = (fileSystem: FileSystem, folder: string): LogFiles => {
	/** Where files end that were written to. */
	const ends = new Map<number, number>();
	/** Files whose names are on the disk for good. An earlier life may have made others and not come so far. */
	const named = new Set<number>();
	const pathOf = (file: number): string => `${folder}/${logFileName(file)}`;
	const handles = new Handles(file => fileSystem.open(pathOf(file)));
	const writeBack = new WriteBack(file => handles.use(file, handle => handle.sync()));

	const exists = async (file: number): Promise<boolean> =>
		(await fileSystem.list(folder)).includes(logFileName(file));

	/** Opens a file to write to it, which is made if it is not there. */
	const openWritable = async (file: number): Promise<OpenFile> =>
		(await exists(file)) ? fileSystem.open(pathOf(file)) : fileSystem.create(pathOf(file));

	return {
		size: async file => ((await exists(file)) ? handles.use(file, handle => handle.size()) : undefined),
		append: (file, end, parts) =>
			handles.use(
				file,
				async handle => {
					const size = ends.get(file) ?? (await handle.size());
					assert(size >= end, 'a piece log has no gaps');
					ends.delete(file);
					if (size > end) await handle.truncate(end);
					await handle.append(parts);
					const bytes = parts.reduce((sum, part) => sum + part.length, 0);
					ends.set(file, end + bytes);
					writeBack.wrote(file, bytes);
				},
				// A file with pieces is there; one without may have been left by a crash.
				end > 0 ? undefined : openWritable,
			),
		read: (file, offset, length) => handles.use(file, handle => handle.read(offset, length)),
		truncate: async (file, size) => {
			ends.delete(file);
			await handles.use(file, handle => handle.truncate(size));
		},
		sync: async file => {
			await writeBack.settle(file);
			await handles.use(file, handle => handle.sync());
			if (named.has(file)) return;
			await fileSystem.syncFolder(folder);
			named.add(file);
		},
		remove: async file => {
			ends.delete(file);
			named.delete(file);
			await writeBack.forget(file);
			await handles.close(file);
			await fileSystem.remove(pathOf(file));
			await fileSystem.syncFolder(folder);
		},
		close: async () => {
			await writeBack.end();
			await handles.closeAll();
		},
	};
};
