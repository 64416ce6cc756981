/** Files that are appended to, one after the other, in the background: whoever appends goes on at once. */
import {assert, defined} from '#kernel/assert';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {ReadAhead} from './read-ahead.ts';

export type LogPlace = {readonly file: number; readonly offset: number; readonly length: number};

type Item = {
	readonly parts: readonly Uint8Array[];
	readonly length: number;
	/** Called when the item is in the file. */
	readonly done: (place: LogPlace) => void;
};

export type AppendLogParts = {
	readonly fileSystem: FileSystem;
	readonly folder: string;
	readonly nameOf: (number: number) => string;
	/** The number of the first file that is made. */
	readonly first: number;
	/** A file is followed by the next one from this size on. */
	readonly fileBytes: number;
	/** What each file begins with. */
	readonly begin: (number: number) => readonly Uint8Array[];
};

type Current = {readonly file: OpenFile; size: number};

const WRITE_BYTES_MAX = 4 * 1024 * 1024;
const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, {length}) => sum + length, 0);

/** After a failure everything fails: what is in the file is no longer known. */
export class AppendLog {
	readonly #parts: AppendLogParts;
	#queue: Item[] = [];
	#writing: Promise<void> | undefined;
	#syncing: Promise<void> | undefined;
	#nextSync: Promise<void> | undefined;
	/** The sync that the current file is in. */
	#fileSync: Promise<void> | undefined;
	#number: number;
	#file: Current | undefined;
	#isDirty: boolean = false;
	readonly #readAhead = new ReadAhead();
	#failure: unknown;
	isClosed: boolean = false;

	constructor(parts: AppendLogParts) {
		this.#parts = parts;
		this.#number = parts.first;
	}

	/** The file that is appended to now, or next. */
	get current(): number {
		return this.#number;
	}

	get isFailed(): boolean {
		return this.#failure !== undefined;
	}

	append(parts: readonly Uint8Array[], done: Item['done']): void {
		assert(!this.isClosed, 'nothing is appended after the end');
		this.#throwIfFailed();
		this.#queue.push({parts, length: lengthOf(parts), done});
		this.#write();
	}

	async written(): Promise<void> {
		while (this.#writing !== undefined) await this.#writing;
		this.#throwIfFailed();
	}

	/** One sync at a time; whoever comes while one runs waits for the next, which covers all of them. */
	sync(): Promise<void> {
		this.#nextSync ??= this.#syncAfter(this.#syncing);
		return this.#nextSync;
	}

	read({file, offset, length}: LogPlace): Promise<Uint8Array> {
		const current = file === this.#number ? this.#file : undefined;
		const end = current?.size ?? Number.MAX_SAFE_INTEGER;
		return this.#readAhead.read(file, (from, count) => this.#read(file, from, count), {offset, length, end});
	}

	async #read(file: number, offset: number, length: number): Promise<Uint8Array> {
		const {fileSystem, folder, nameOf} = this.#parts;
		if (file === this.#number && this.#file !== undefined) return this.#file.file.read(offset, length);
		const opened = await fileSystem.open(`${folder}/${nameOf(file)}`);
		try {
			return await opened.read(offset, length);
		} finally {
			await opened.close();
		}
	}

	async close(): Promise<void> {
		this.isClosed = true;
		try {
			// Whoever was told of a failure is not told again.
			if (!this.isFailed) await this.sync();
		} finally {
			await this.#file?.file.close();
			this.#file = undefined;
		}
	}

	#throwIfFailed(): void {
		if (this.#failure !== undefined) throw this.#failure;
	}

	#write(): void {
		this.#writing ??= this.#writeAll();
	}

	/** Ends in the same turn in which it finds nothing left, so that nothing is appended to a loop that has ended. */
	async #writeAll(): Promise<void> {
		// Whoever appends in the same turn is written together.
		await Promise.resolve();
		try {
			while (this.#queue.length > 0) await this.#writeBatch();
		} catch (error) {
			this.#failure = error;
			this.#queue = [];
		}
		this.#writing = undefined;
	}

	async #writeBatch(): Promise<void> {
		const current = await this.#room();
		const batch = this.#take();
		this.#isDirty = true;
		await current.file.append(batch.flatMap(({parts}) => parts));
		for (const {length, done} of batch) {
			done({file: this.#number, offset: current.size, length});
			current.size += length;
		}
	}

	#take(): readonly Item[] {
		let bytes = 0;
		const end = this.#queue.findIndex(({length}) => {
			bytes += length;
			return bytes > WRITE_BYTES_MAX;
		});
		return this.#queue.splice(0, end < 0 ? this.#queue.length : Math.max(1, end));
	}

	/** The current file, or the next one when that is full. */
	async #room(): Promise<Current> {
		if (this.#file !== undefined && this.#file.size < this.#parts.fileBytes) return this.#file;
		if (this.#file !== undefined) await this.#finish(this.#file);
		const {fileSystem, folder, nameOf, begin} = this.#parts;
		const file = await fileSystem.create(`${folder}/${nameOf(this.#number)}`);
		await fileSystem.syncFolder(folder);
		const parts = begin(this.#number);
		await file.append(parts);
		// From now on files before it may be removed.
		await file.sync();
		this.#file = {file, size: lengthOf(parts)};
		return this.#file;
	}

	/** The order of files is the order in which things were written: the next one comes after this is on the disk. */
	async #finish({file}: Current): Promise<void> {
		await this.#fileSync;
		// A sync after one that failed may say that all is well.
		this.#throwIfFailed();
		await file.sync();
		// Whoever reads from now on opens it anew: while it is being closed nobody may use it any more.
		this.#file = undefined;
		this.#number++;
		await file.close();
	}

	async #syncAfter(before: Promise<void> | undefined): Promise<void> {
		await before?.catch(() => undefined);
		const started = defined(this.#nextSync, 'it is the one that waits');
		this.#syncing = started;
		this.#nextSync = undefined;
		try {
			await this.written();
			await this.#syncNow();
		} finally {
			if (this.#syncing === started) this.#syncing = undefined;
		}
	}

	async #syncNow(): Promise<void> {
		if (!this.#isDirty || this.#file === undefined) return;
		this.#isDirty = false;
		this.#fileSync = this.#file.file.sync().catch((error: unknown) => {
			this.#failure = error;
		});
		await this.#fileSync;
		this.#fileSync = undefined;
		this.#throwIfFailed();
	}
}
