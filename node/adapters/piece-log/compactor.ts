import {defined} from '#kernel/assert';
import type {IndexDatabase} from './index-database.ts';
import type {IndexRows, IndexUpdate} from './index-update.ts';
import {entryOf, isSamePlace, type LivePiece, liveRecords} from './live-records.ts';
import type {LogFiles} from './log-files.ts';
import {recordBytes} from './piece-record.ts';
import type {PieceWriter} from './piece-writer.ts';

/** Bytes moved in one turn, between which others have theirs. */
const MOVED_AT_ONCE = 8 * 1024 * 1024;

/** The file with the largest share of garbage, if half of it or more is; never one that is still written to. */
const chooseFile = ({files}: Pick<IndexRows, 'files'>, except: ReadonlySet<number>): number | undefined => {
	let best: number | undefined;
	let bestShare = 0.5;
	for (const [file, {end, live, sealed}] of files) {
		if (!sealed || end === 0 || except.has(file)) continue;
		const share = 1 - live / end;
		if (share < bestShare) continue;
		best = file;
		bestShare = share;
	}
	return best;
};

/** Gives back the space of dropped pieces: what lives in a file moves to the end of the log, and the file goes. */
export class Compactor {
	readonly #index: IndexDatabase;
	readonly #log: LogFiles;
	readonly #rows: IndexRows;
	readonly #writer: PieceWriter;
	/** The file whose pieces move out. */
	#compacting:
		| {readonly file: number; readonly pieces: AsyncGenerator<LivePiece, void, undefined>}
		| undefined;
	/** Files that cannot be emptied: they fail, or the index says otherwise of their pieces than their rows. */
	readonly #stuck = new Set<number>();

	constructor(
		{index, log}: {readonly index: IndexDatabase; readonly log: LogFiles},
		rows: IndexRows,
		writer: PieceWriter,
	) {
		this.#index = index;
		this.#log = log;
		this.#rows = rows;
		this.#writer = writer;
	}

	/** To be called in turn with other writers. Moves the next pieces out of a file that is half garbage, or removes the file; undefined when there is none. */
	async step(bytesMax: number): Promise<number | undefined> {
		if (this.#compacting === undefined) {
			const file = chooseFile(this.#rows, this.#stuck);
			if (file === undefined) return undefined;
			const entry = defined(this.#rows.files.get(file), 'the file is known');
			const pieces = liveRecords({index: this.#index, log: this.#log}, file, entry);
			this.#compacting = {file, pieces};
		}
		const {file, pieces} = this.#compacting;
		try {
			return await this.#moveSome(file, pieces, bytesMax);
		} catch (error) {
			// Begun anew the next time, or left until the next start when it is the file that fails.
			this.#compacting = undefined;
			if ((await this.#log.size(file).catch(() => undefined)) === undefined) this.#stuck.add(file);
			throw error;
		}
	}

	async #moveSome(
		file: number,
		pieces: AsyncGenerator<LivePiece, void, undefined>,
		bytesMax: number,
	): Promise<number> {
		const update = this.#writer.update();
		/** Places that the index still tells of, until the update is in it. */
		const left = new Set<number>();
		let moved = 0;
		while (moved < Math.min(bytesMax, MOVED_AT_ONCE)) {
			const next = await pieces.next();
			if (next.done === true) {
				await this.#writer.write(update, true);
				await this.#removeFile(file);
				return moved + 1;
			}
			const {offset} = next.value.entry;
			if (!left.has(offset)) moved += await this.#move(update, next.value);
			left.add(offset);
		}
		await this.#writer.write(update, true);
		return moved;
	}

	/** The bytes go to the end of the log as they are, so that a flipped bit is still found. */
	async #move(update: IndexUpdate, {name, entry}: LivePiece): Promise<number> {
		const now = await entryOf(this.#index, name);
		if (now === undefined || !isSamePlace(now, entry)) return 0;
		const size = recordBytes(entry.length);
		const record = await this.#log.read(entry.file, entry.offset, size);
		// What the disk has lost stays lost under its name.
		const whole = new Uint8Array(size);
		whole.set(record);
		const place = await this.#writer.append(update, [whole]);
		update.setLive(entry, -1);
		const moved = {...now, ...place};
		update.setLive(moved, 1);
		update.setPiece(name, moved);
		return size;
	}

	async #removeFile(file: number): Promise<void> {
		this.#compacting = undefined;
		const {live} = defined(this.#rows.files.get(file), 'the file is known');
		if (live > 0) {
			this.#stuck.add(file);
			return;
		}
		await this.#log.remove(file);
		const update = this.#writer.update();
		update.dropFile(file);
		await this.#writer.write(update, true);
	}
}
