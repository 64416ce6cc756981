/**
 * Vouchers in one file, appended: 108 bytes each with a checksum of four. A crash leaves at most a torn last record; of
 * bad records an older voucher of the channel is left. The file is written anew when most of it is history.
 */
import {crc32} from 'node:zlib';
import {decodeVoucher, encodeVoucher, VOUCHER_BYTES, type Voucher} from '#crypto/vouchers/voucher';
import {concat, equalBytes, toHex, u32be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import type {VoucherJournal} from '#node/ports/voucher-journal';

const RECORD_BYTES = VOUCHER_BYTES + 4;
const READ_BYTES = 1024 * RECORD_BYTES;
/** The file is written anew when it holds so many records for each that counts. */
const RECORDS_PER_CHANNEL = 8;
const RECORDS_SPARED = 1024;

const NAME = 'vouchers';

const recordOf = (voucher: Voucher): Uint8Array => {
	const bytes = encodeVoucher(voucher);
	return concat(bytes, u32be(crc32(bytes)));
};

const voucherOf = (record: Uint8Array): Voucher | undefined => {
	const bytes = record.subarray(0, VOUCHER_BYTES);
	if (!equalBytes(u32be(crc32(bytes)), record.subarray(VOUCHER_BYTES))) return undefined;
	const decoded = decodeVoucher(bytes);
	return decoded.ok ? decoded.value : undefined;
};

class FileVoucherJournal implements VoucherJournal {
	readonly #fileSystem: FileSystem;
	readonly #folder: string;
	readonly #newest: Map<string, Voucher> = new Map();
	/** Resolves when the last of those who came has had its turn, well or not. */
	#turns: Promise<void> = Promise.resolve();
	#file: OpenFile;
	/** Whole records in the file. */
	#records: number = 0;
	/** A write failed: there may be a part of a record after the last whole one. */
	#torn: boolean = false;
	/** The file has a new name that may not be on the disk yet. */
	#renamed: boolean = false;
	#waiting: Voucher[] = [];

	constructor(fileSystem: FileSystem, folder: string, file: OpenFile) {
		this.#fileSystem = fileSystem;
		this.#folder = folder;
		this.#file = file;
	}

	async load(): Promise<void> {
		const size = await this.#file.size();
		this.#records = Math.floor(size / RECORD_BYTES);
		for (let offset = 0; offset < this.#records * RECORD_BYTES; offset += READ_BYTES) {
			const part = await this.#file.read(offset, Math.min(READ_BYTES, this.#records * RECORD_BYTES - offset));
			for (let at = 0; at + RECORD_BYTES <= part.length; at += RECORD_BYTES) {
				const voucher = voucherOf(part.slice(at, at + RECORD_BYTES));
				if (voucher !== undefined) this.#keep(voucher);
			}
		}
		this.#torn = size % RECORD_BYTES !== 0;
	}

	newest(channelId: Hash32): Voucher | undefined {
		return this.#newest.get(toHex(channelId));
	}

	all(): readonly Voucher[] {
		return [...this.#newest.values()];
	}

	record(voucher: Voucher): Promise<void> {
		this.#waiting.push(voucher);
		// Whoever comes first writes for all who wait: one sync serves a burst.
		return this.#inTurn(() => this.#flush());
	}

	forget(channelId: Hash32): void {
		this.#newest.delete(toHex(channelId));
	}

	close(): Promise<void> {
		return this.#inTurn(() => this.#file.close());
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const turn = this.#turns.then(work);
		this.#turns = turn.catch(() => undefined);
		return turn;
	}

	#isNewer({channelId, cumulative}: Voucher): boolean {
		const known = this.newest(channelId);
		return known === undefined || cumulative > known.cumulative;
	}

	#keep(voucher: Voucher): void {
		if (this.#isNewer(voucher)) this.#newest.set(toHex(voucher.channelId), voucher);
	}

	async #flush(): Promise<void> {
		const batch = this.#waiting.filter(voucher => this.#isNewer(voucher));
		this.#waiting = [];
		if (batch.length === 0) return;
		try {
			await this.#tidy();
			this.#torn = true;
			await this.#file.append(batch.map(recordOf));
			await this.#file.sync();
		} catch (error) {
			// Those who wait behind try again, each with its own outcome.
			this.#waiting.unshift(...batch);
			throw error;
		}
		this.#torn = false;
		this.#records += batch.length;
		for (const voucher of batch) this.#keep(voucher);
	}

	/** The file as it has to be before anything is added. */
	async #tidy(): Promise<void> {
		if (this.#records > RECORDS_SPARED + RECORDS_PER_CHANNEL * this.#newest.size) await this.#rewrite();
		if (this.#renamed) {
			await this.#fileSystem.syncFolder(this.#folder);
			this.#renamed = false;
		}
		if (this.#torn) await this.#file.truncate(this.#records * RECORD_BYTES);
	}

	/** A crash leaves the old file or the new one, and both say the same; nothing is added before the name is certain. */
	async #rewrite(): Promise<void> {
		const next = `${this.#folder}/${NAME}.next`;
		await this.#fileSystem.remove(next);
		const file = await this.#fileSystem.create(next);
		const vouchers = this.all();
		try {
			await file.append(vouchers.map(recordOf));
			await file.sync();
			await this.#fileSystem.rename(next, `${this.#folder}/${NAME}`);
		} catch (error) {
			await file.close();
			throw error;
		}
		const old = this.#file;
		this.#file = file;
		this.#renamed = true;
		this.#torn = false;
		this.#records = vouchers.length;
		await old.close();
	}
}

/** Throws STORE_DISK_FULL, STORE_FAILED. */
export const openVoucherJournal = async (fileSystem: FileSystem, folder: string): Promise<VoucherJournal> => {
	await fileSystem.makeFolder(folder);
	const file = `${folder}/${NAME}`;
	const isThere = (await fileSystem.list(folder)).includes(NAME);
	const opened = isThere ? await fileSystem.open(file) : await fileSystem.create(file);
	if (!isThere) await fileSystem.syncFolder(folder);
	const journal = new FileVoucherJournal(fileSystem, folder, opened);
	await journal.load();
	return journal;
};
