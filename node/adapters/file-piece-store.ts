import path from 'node:path';
import {toHex} from '#kernel/bytes';
import type {Codec} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {FileSystem} from '#node/ports/file-system';
import type {
	AgreementChange,
	DiskSpace,
	PieceName,
	PieceReader,
	PieceStore,
	PieceUsage,
	StoredAgreement,
	StoredCommitment,
	StoredPiece,
	StoredRevision,
} from '#node/ports/piece-store';
import {createNodeFileSystem} from './node-file-system.ts';
import {Compactor} from './piece-log/compactor.ts';
import {diskSpace} from './piece-log/disk-space.ts';
import {type IndexDatabase, openLevelIndex} from './piece-log/index-database.ts';
import type {IndexRows, IndexUpdate} from './piece-log/index-update.ts';
import {entryOf} from './piece-log/live-records.ts';
import {type LogFiles, openLogFiles} from './piece-log/log-files.ts';
import {openPiece} from './piece-log/open-piece.ts';
import {
	after,
	agreementOfKey,
	allCommitments,
	allPieces,
	commitmentEntry,
	commitmentKey,
	commitmentsBefore,
	noteKey,
	type PieceEntry,
	pageKey,
	pagesOf,
	pieceEntry,
	pieceKey,
	pieceOfKey,
	piecesOf,
	readEntry,
	revisionEntry,
	revisionKey,
	revisionsOf,
	stagedOf,
} from './piece-log/piece-index.ts';
import {encodeHeader} from './piece-log/piece-record.ts';
import {PieceWriter} from './piece-log/piece-writer.ts';
import {recoverIndex} from './piece-log/recover-index.ts';
import {storeFailure} from './piece-log/store-failure.ts';

export type FilePieceStoreOptions = {
	/** A new file is begun when one is longer. */
	readonly fileBytesMax?: number;
	/** For tests that break the disk. */
	readonly fileSystem?: FileSystem;
	readonly openIndex?: (folder: string) => Promise<IndexDatabase>;
	readonly space?: (folder: string) => Promise<DiskSpace>;
};

type Parts = {
	readonly folder: string;
	readonly index: IndexDatabase;
	readonly log: LogFiles;
	readonly rows: IndexRows;
	readonly fileBytesMax: number;
	readonly space: (folder: string) => Promise<DiskSpace>;
};

const FILE_BYTES_MAX = 256 * 1024 * 1024;
/** Pieces dropped at once, so that an agreement of millions of them does not fill memory when it goes. */
const DROPPED_AT_ONCE = 4096;

const NO_USAGE: PieceUsage = {pieces: 0, bytes: 0, leaves: 0};

const usageOf = ({pieces, bytes, leaves}: PieceUsage): PieceUsage => ({pieces, bytes, leaves});

const settleTrie = (update: IndexUpdate, agreementId: Hash32, {settle}: AgreementChange): void => {
	if (settle === undefined) return;
	update.setAgreement(agreementId, {settled: settle.trie});
	for (const page of settle.dropPages) update.delete(pageKey(agreementId, page));
	for (const {page, bytes} of settle.putPages) update.putBytes(pageKey(agreementId, page), bytes);
};

/** Append logs for the bytes, `level` for what finds them. An entry is written after its bytes, never before. */
class FilePieceStore implements PieceStore {
	readonly #folder: string;
	readonly #index: IndexDatabase;
	readonly #log: LogFiles;
	readonly #rows: IndexRows;
	readonly #space: (folder: string) => Promise<DiskSpace>;
	readonly #writer: PieceWriter;
	readonly #compactor: Compactor;
	/** Writers take turns. */
	#turn: Promise<unknown> = Promise.resolve();

	constructor({folder, index, log, rows, fileBytesMax, space}: Parts) {
		this.#folder = folder;
		this.#index = index;
		this.#log = log;
		this.#rows = rows;
		this.#space = space;
		this.#writer = new PieceWriter({index, log}, rows, fileBytesMax);
		this.#compactor = new Compactor({index, log}, rows, this.#writer);
	}

	put(agreementId: Hash32, pieceId: Hash32, bytes: Uint8Array): Promise<void> {
		return this.#alone(async () => {
			if ((await this.#entry(agreementId, pieceId)) !== undefined) return;
			const name = {agreementId, pieceId};
			const update = this.#writer.update();
			const place = await this.#writer.append(update, [encodeHeader(name, bytes), bytes]);
			update.addPiece(name, {...place, length: bytes.length, held: false});
			await this.#writer.write(update, false);
		});
	}

	async find(agreementId: Hash32, pieceId: Hash32): Promise<StoredPiece | undefined> {
		const entry = await this.#guard(() => this.#entry(agreementId, pieceId));
		return entry && {pieceId, length: entry.length, held: entry.held};
	}

	async open(agreementId: Hash32, pieceId: Hash32): Promise<PieceReader | undefined> {
		const name = {agreementId, pieceId};
		const find = (): Promise<PieceEntry | undefined> => this.#entry(agreementId, pieceId);
		const piece = await this.#guard(() => openPiece(this.#log, name, find));
		return (
			piece && {
				length: piece.length,
				read: (offset, length) => this.#guard(() => piece.read(offset, length)),
			}
		);
	}

	async agreements(): Promise<readonly Hash32[]> {
		return [...this.#rows.agreements.values()].map(({agreementId}) => agreementId);
	}

	load(agreementId: Hash32): Promise<StoredAgreement> {
		return this.#guard(async () => {
			const revisions: StoredRevision[] = [];
			for await (const [, value] of this.#index.entries(revisionsOf(agreementId)))
				revisions.push(readEntry(revisionEntry, value));
			const {settled} = this.#writer.update().agreement(agreementId);
			return {settled: settled ?? undefined, revisions};
		});
	}

	async usage(agreementId: Hash32): Promise<PieceUsage> {
		return usageOf(this.#rows.agreements.get(toHex(agreementId)) ?? NO_USAGE);
	}

	totals(): PieceUsage {
		let {pieces, bytes, leaves} = NO_USAGE;
		for (const each of this.#rows.agreements.values()) {
			pieces += each.pieces;
			bytes += each.bytes;
			leaves += each.leaves;
		}
		return {pieces, bytes, leaves};
	}

	async *pieces(agreementId: Hash32, which: 'all' | 'staged'): AsyncGenerator<StoredPiece, void, undefined> {
		const range = which === 'all' ? piecesOf(agreementId) : stagedOf(agreementId);
		try {
			for await (const [key, value] of this.#index.entries(range)) {
				const pieceId = pieceOfKey(key);
				const isPiece = which === 'all';
				const entry = isPiece ? readEntry(pieceEntry, value) : await this.#entry(agreementId, pieceId);
				if (entry !== undefined) yield {pieceId, length: entry.length, held: entry.held};
			}
		} catch (error) {
			throw storeFailure(error, this.#folder);
		}
	}

	page(agreementId: Hash32, page: number): Promise<Uint8Array | undefined> {
		return this.#guard(() => this.#index.get(pageKey(agreementId, page)));
	}

	change(agreementId: Hash32, change: AgreementChange): Promise<void> {
		return this.#alone(async () => {
			const {addRevisions = [], dropRevisions = []} = change;
			const update = this.#writer.update();
			update.setAgreement(agreementId, {});
			await this.#mark(update, agreementId, change);
			// The same number may be dropped and added: the new one stays.
			for (const revisionNo of dropRevisions) update.delete(revisionKey(agreementId, revisionNo));
			for (const revision of addRevisions)
				update.put(revisionKey(agreementId, revision.revisionNo), revisionEntry, revision);
			settleTrie(update, agreementId, change);
			await this.#dropPieces(update, agreementId, change.dropPieces ?? []);
			await this.#writer.write(update, true);
		});
	}

	dropAgreement(agreementId: Hash32): Promise<void> {
		return this.#alone(async () => {
			let update = this.#writer.update();
			let dropped = 0;
			for await (const [key, value] of this.#index.entries(piecesOf(agreementId))) {
				update.dropPiece({agreementId, pieceId: pieceOfKey(key)}, readEntry(pieceEntry, value));
				if (++dropped % DROPPED_AT_ONCE > 0) continue;
				await this.#writer.write(update, false);
				update = this.#writer.update();
			}
			for (const range of [revisionsOf(agreementId), pagesOf(agreementId)])
				for await (const [key] of this.#index.entries(range)) update.delete(key);
			update.dropAgreement(agreementId);
			await this.#writer.write(update, true);
		});
	}

	commitments(): Promise<readonly StoredCommitment[]> {
		return this.#guard(async () => {
			const found: StoredCommitment[] = [];
			for await (const [, value] of this.#index.entries(allCommitments))
				found.push(readEntry(commitmentEntry, value));
			return found;
		});
	}

	putCommitment(commitment: StoredCommitment): Promise<void> {
		return this.#putOne(commitmentKey(commitment.epoch, commitment.root), commitmentEntry, commitment);
	}

	dropCommitments(epoch: number): Promise<void> {
		return this.#alone(async () => {
			const update = this.#writer.update();
			for await (const [key] of this.#index.entries(commitmentsBefore(epoch))) update.delete(key);
			await this.#writer.write(update, false);
		});
	}

	async nextHeld(last: PieceName | undefined): Promise<(PieceName & StoredPiece) | undefined> {
		const gte = last === undefined ? allPieces.gte : after(pieceKey(last.agreementId, last.pieceId));
		return await this.#guard(async () => {
			for await (const [key, value] of this.#index.entries({gte, lt: allPieces.lt})) {
				const {length, held} = readEntry(pieceEntry, value);
				if (held) return {agreementId: agreementOfKey(key), pieceId: pieceOfKey(key), length, held};
			}
			return undefined;
		});
	}

	putNote(name: string, bytes: Uint8Array): Promise<void> {
		return this.#alone(() =>
			this.#index.batch([{type: 'put', key: noteKey(name), value: bytes}], {sync: true}),
		);
	}

	note(name: string): Promise<Uint8Array | undefined> {
		return this.#guard(async () => {
			const value = await this.#index.get(noteKey(name));
			return value && new Uint8Array(value);
		});
	}

	space(): Promise<DiskSpace> {
		return this.#guard(() => this.#space(this.#folder));
	}

	async compact(bytesMax: number): Promise<number> {
		let moved = 0;
		while (moved < bytesMax) {
			const step = await this.#alone(() => this.#compactor.step(bytesMax - moved));
			if (step === undefined) break;
			moved += step;
		}
		return moved;
	}

	async close(): Promise<void> {
		await this.#alone(async () => {
			try {
				await this.#writer.write(this.#writer.update(), true);
			} finally {
				await this.#log.close();
				await this.#index.close();
			}
		});
	}

	async #entry(agreementId: Hash32, pieceId: Hash32): Promise<PieceEntry | undefined> {
		return entryOf(this.#index, {agreementId, pieceId});
	}

	async #mark(
		update: IndexUpdate,
		agreementId: Hash32,
		{hold = [], unhold = []}: AgreementChange,
	): Promise<void> {
		for (const [pieceIds, held] of [
			[hold, true],
			[unhold, false],
		] as const)
			for (const pieceId of pieceIds) {
				const entry = await this.#entry(agreementId, pieceId);
				if (entry === undefined)
					throw new NodeError({
						code: 'PIECE_MISSING',
						pieceId: toHex(pieceId),
						agreementId: toHex(agreementId),
					});
				update.setPiece({agreementId, pieceId}, {...entry, held});
			}
	}

	async #dropPieces(update: IndexUpdate, agreementId: Hash32, pieceIds: readonly Hash32[]): Promise<void> {
		for (const pieceId of pieceIds) {
			const entry = await this.#entry(agreementId, pieceId);
			if (entry !== undefined) update.dropPiece({agreementId, pieceId}, entry);
		}
	}

	#putOne<T>(key: Uint8Array, codec: Codec<T>, value: T): Promise<void> {
		return this.#alone(async () => {
			const update = this.#writer.update();
			update.put(key, codec, value);
			await this.#writer.write(update, true);
		});
	}

	async #alone<T>(work: () => Promise<T>): Promise<T> {
		const turn = this.#turn.then(() => this.#guard(work));
		this.#turn = turn.catch(() => undefined);
		return await turn;
	}

	async #guard<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			throw storeFailure(error, this.#folder);
		}
	}
}

const isLocked = (error: unknown): boolean =>
	error instanceof Error &&
	((error as NodeJS.ErrnoException).code === 'LEVEL_LOCKED' || isLocked(error.cause));

/** Opens the pieces under `folder`, which is made if it is not there. Throws PIECE_STORE_LOCKED when another process has it. */
export const openFilePieceStore = async (
	folder: string,
	{
		fileBytesMax = FILE_BYTES_MAX,
		fileSystem = createNodeFileSystem(),
		openIndex = openLevelIndex,
		space = diskSpace,
	}: FilePieceStoreOptions = {},
): Promise<PieceStore> => {
	try {
		await fileSystem.makeFolder(folder);
		const index = await openIndex(path.join(folder, 'index'));
		const log = openLogFiles(fileSystem, folder);
		try {
			const rows = await recoverIndex(index, log);
			return new FilePieceStore({folder, index, log, rows, fileBytesMax, space});
		} catch (error) {
			await index.close();
			throw error;
		}
	} catch (error) {
		if (!isLocked(error)) throw storeFailure(error, folder);
		throw new NodeError(
			{
				code: 'PIECE_STORE_LOCKED',
				message: `Another process uses ${folder}: stop it, or choose another data folder.`,
				folder,
			},
			{cause: error},
		);
	}
};
