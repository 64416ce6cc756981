import type {IndexDatabase} from './index-database.ts';
import {type IndexRows, IndexUpdate} from './index-update.ts';
import type {LogFiles} from './log-files.ts';
import type {PieceEntry} from './piece-index.ts';

/** Writes records at the end of the log, then what the index says of them. One call at a time. */
export class PieceWriter {
	readonly #index: IndexDatabase;
	readonly #log: LogFiles;
	readonly #rows: IndexRows;
	readonly #fileBytesMax: number;
	/** Files with bytes that may not be on disk yet, or that are not sealed though they are not the last one. */
	readonly #unsynced = new Set<number>();
	/** The file that is written to. */
	#current = 1;

	constructor(
		{index, log}: {readonly index: IndexDatabase; readonly log: LogFiles},
		rows: IndexRows,
		fileBytesMax: number,
	) {
		this.#index = index;
		this.#log = log;
		this.#rows = rows;
		this.#fileBytesMax = fileBytesMax;
		for (const [file, {sealed}] of rows.files) {
			this.#current = Math.max(this.#current, sealed ? file + 1 : file);
			if (!sealed) this.#unsynced.add(file);
		}
	}

	update(): IndexUpdate {
		return new IndexUpdate(this.#rows);
	}

	/** Writes a record at the end of the log. What a failed write left is overwritten by the next one. */
	async append(
		update: IndexUpdate,
		parts: readonly Uint8Array[],
	): Promise<Pick<PieceEntry, 'file' | 'offset'>> {
		const size = parts.reduce((sum, {length}) => sum + length, 0);
		const {end} = update.file(this.#current);
		if (end > 0 && end + size > this.#fileBytesMax) {
			// To be sealed with the next write that is synced.
			this.#unsynced.add(this.#current);
			this.#current++;
		}
		const file = this.#current;
		const offset = update.file(file).end;
		await this.#log.append(file, offset, parts);
		this.#unsynced.add(file);
		update.setFile(file, {end: offset + size});
		return {file, offset};
	}

	/** Bytes first, then the index. `sync`: for good. */
	async write(update: IndexUpdate, sync: boolean): Promise<void> {
		const synced = sync ? [...this.#unsynced] : [];
		for (const file of synced) {
			await this.#log.sync(file);
			update.setFile(file, {synced: update.file(file).end, sealed: file !== this.#current});
		}
		try {
			await this.#index.batch(update.changes(), {sync});
		} catch (error) {
			update.leaveBytes();
			throw error;
		}
		update.take();
		for (const file of synced) this.#unsynced.delete(file);
	}
}
