import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {Level} from 'level';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {type Codec, encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {
	AgreementChange,
	PieceReader,
	PieceStore,
	StoredAgreement,
	StoredCommitment,
	StoredPiece,
} from '#node/ports/piece-store';
import {type LogFiles, openLogFiles} from './piece-log/log-files.ts';
import {openPiece} from './piece-log/open-piece.ts';
import {
	afterAgreement,
	agreementOfKey,
	allCommitments,
	allFiles,
	allPieces,
	allRevisions,
	commitmentEntry,
	commitmentKey,
	commitmentsBefore,
	type FileEntry,
	fileEntry,
	fileKey,
	fileOfKey,
	type PieceEntry,
	pieceEntry,
	pieceKey,
	pieceOfKey,
	piecesOf,
	readEntry,
	revisionEntry,
	revisionKey,
	revisionsOf,
} from './piece-log/piece-index.ts';
import {encodeHeader, headerBytes} from './piece-log/piece-record.ts';
import {storeFailure} from './piece-log/store-failure.ts';

type Index = Level<Uint8Array, Uint8Array>;
type IndexBatch =
	| {readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array}
	| {readonly type: 'del'; readonly key: Uint8Array};

export type FilePieceStoreOptions = {
	/** A new file is begun when one is longer. */
	readonly fileBytesMax?: number;
	/** For tests that break the disk. */
	readonly logFiles?: (folder: string) => LogFiles;
};

const FILE_BYTES_MAX = 256 * 1024 * 1024;

const put = <T>(key: Uint8Array, codec: Codec<T>, value: T): IndexBatch => ({
	type: 'put',
	key,
	value: encode(codec, value),
});

/** Append logs for the bytes, `level` for what finds them. An entry is written after its bytes, never before. */
class FilePieceStore implements PieceStore {
	readonly #folder: string;
	readonly #index: Index;
	readonly #log: LogFiles;
	readonly #fileBytesMax: number;
	readonly #files = new Map<number, FileEntry>();
	/** Files with bytes that may not be on disk yet. */
	readonly #unsynced = new Set<number>();
	#current = 1;
	/** Writers take turns. */
	#turn: Promise<unknown> = Promise.resolve();

	constructor(folder: string, index: Index, log: LogFiles, fileBytesMax: number) {
		this.#folder = folder;
		this.#index = index;
		this.#log = log;
		this.#fileBytesMax = fileBytesMax;
	}

	/** Makes files and index agree after a crash. */
	async recover(): Promise<void> {
		for await (const [key, value] of this.#index.iterator(allFiles))
			this.#files.set(fileOfKey(key), readEntry(fileEntry, value));
		for (const file of await this.#log.list()) {
			const known = this.#files.get(file);
			if (known === undefined) await this.#log.remove(file);
			else await this.#mend(file, known, await this.#log.size(file));
		}
		this.#current = Math.max(1, ...this.#files.keys());
	}

	put(agreementId: Hash32, pieceId: Hash32, bytes: Uint8Array): Promise<void> {
		return this.#alone(async () => {
			const key = pieceKey(agreementId, pieceId);
			if ((await this.#index.get(key)) !== undefined) return;
			const {file, offset, entry} = await this.#append({agreementId, pieceId}, bytes);
			await this.#index.batch([
				put(key, pieceEntry, {file, offset, length: bytes.length, held: false}),
				put(fileKey(file), fileEntry, entry),
			]);
			this.#files.set(file, entry);
		});
	}

	async find(agreementId: Hash32, pieceId: Hash32): Promise<StoredPiece | undefined> {
		const entry = await this.#entry(agreementId, pieceId);
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

	agreements(): Promise<readonly Hash32[]> {
		return this.#guard(async () => {
			const found = new Map<string, Hash32>();
			for (const {gte, lt} of [allPieces, allRevisions])
				for (let from = gte; ; ) {
					const [key] = await this.#index.keys({gte: from, lt, limit: 1}).all();
					if (key === undefined) break;
					found.set(toHex(agreementOfKey(key)), agreementOfKey(key));
					from = afterAgreement(key);
				}
			return [...found.values()];
		});
	}

	load(agreementId: Hash32): Promise<StoredAgreement> {
		return this.#guard(async () => {
			const pieces = (await this.#index.iterator(piecesOf(agreementId)).all()).map(([key, value]) => {
				const {length, held} = readEntry(pieceEntry, value);
				return {pieceId: pieceOfKey(key), length, held};
			});
			const revisions = (await this.#index.values(revisionsOf(agreementId)).all()).map(value =>
				readEntry(revisionEntry, value),
			);
			return {pieces, revisions};
		});
	}

	change(
		agreementId: Hash32,
		{hold = [], unhold = [], dropPieces = [], addRevisions = [], dropRevisions = []}: AgreementChange,
	): Promise<void> {
		return this.#alone(async () => {
			const batch: IndexBatch[] = [];
			for (const [pieceIds, held] of [
				[hold, true],
				[unhold, false],
			] as const)
				for (const pieceId of pieceIds) batch.push(await this.#marked(agreementId, pieceId, held));
			for (const revision of addRevisions)
				batch.push(put(revisionKey(agreementId, revision.revisionNo), revisionEntry, revision));
			for (const revisionNo of dropRevisions)
				batch.push({type: 'del', key: revisionKey(agreementId, revisionNo)});
			await this.#commit(batch, await this.#entriesOf(agreementId, dropPieces));
		});
	}

	dropAgreement(agreementId: Hash32): Promise<void> {
		return this.#alone(async () => {
			const revisions = await this.#index.keys(revisionsOf(agreementId)).all();
			const pieces = await this.#index.iterator(piecesOf(agreementId)).all();
			await this.#commit(
				revisions.map(key => ({type: 'del', key})),
				pieces.map(([key, value]) => [key, readEntry(pieceEntry, value)] as const),
			);
		});
	}

	commitments(): Promise<readonly StoredCommitment[]> {
		return this.#guard(async () =>
			(await this.#index.values(allCommitments).all()).map(value => readEntry(commitmentEntry, value)),
		);
	}

	putCommitment(commitment: StoredCommitment): Promise<void> {
		const key = commitmentKey(commitment.epoch, commitment.root);
		return this.#alone(() => this.#commit([put(key, commitmentEntry, commitment)], []));
	}

	dropCommitments(epoch: number): Promise<void> {
		return this.#alone(() => this.#index.clear(commitmentsBefore(epoch)));
	}

	reclaim(): Promise<number> {
		return this.#alone(async () => {
			let freed = 0;
			for (const [file, {end, live}] of [...this.#files]) {
				// Half of it is garbage: what lives moves to the end of the log, and the file goes.
				if (file === this.#current || 2 * live > end) continue;
				await this.#moveOut(file);
				await this.#index.batch([{type: 'del', key: fileKey(file)}], {sync: true});
				this.#files.delete(file);
				await this.#log.remove(file);
				freed += end - live;
			}
			return freed;
		});
	}

	async close(): Promise<void> {
		await this.#alone(async () => {
			await this.#syncFiles();
			await this.#log.close();
			await this.#index.close();
		});
	}

	async #entry(agreementId: Hash32, pieceId: Hash32): Promise<PieceEntry | undefined> {
		const value = await this.#guard(() => this.#index.get(pieceKey(agreementId, pieceId)));
		return value && readEntry(pieceEntry, value);
	}

	async #marked(agreementId: Hash32, pieceId: Hash32, held: boolean): Promise<IndexBatch> {
		const entry = await this.#entry(agreementId, pieceId);
		if (entry === undefined)
			throw new NodeError({
				code: 'PIECE_MISSING',
				pieceId: toHex(pieceId),
				agreementId: toHex(agreementId),
			});
		return put(pieceKey(agreementId, pieceId), pieceEntry, {...entry, held});
	}

	async #entriesOf(
		agreementId: Hash32,
		pieceIds: readonly Hash32[],
	): Promise<(readonly [Uint8Array, PieceEntry])[]> {
		const found: (readonly [Uint8Array, PieceEntry])[] = [];
		for (const pieceId of pieceIds) {
			const entry = await this.#entry(agreementId, pieceId);
			if (entry !== undefined) found.push([pieceKey(agreementId, pieceId), entry]);
		}
		return found;
	}

	/** Bytes first, then the batch with what pieces are dropped, for good. */
	async #commit(
		batch: readonly IndexBatch[],
		dropped: readonly (readonly [Uint8Array, PieceEntry])[],
	): Promise<void> {
		const files = new Map<number, FileEntry>();
		for (const [, {file, length}] of dropped) {
			const {end, live} = defined(files.get(file) ?? this.#files.get(file), 'a piece is in a known file');
			files.set(file, {end, live: live - headerBytes(length) - length});
		}
		await this.#syncFiles();
		await this.#index.batch(
			[
				...batch,
				...dropped.map(([key]): IndexBatch => ({type: 'del', key})),
				...[...files].map(([file, entry]) => put(fileKey(file), fileEntry, entry)),
			],
			{sync: true},
		);
		for (const [file, entry] of files) this.#files.set(file, entry);
	}

	async #syncFiles(): Promise<void> {
		for (const file of this.#unsynced) await this.#log.sync(file);
		this.#unsynced.clear();
	}

	/** Writes a piece at the end of the log. What a failed write left is overwritten by the next one. */
	async #append(
		name: {readonly agreementId: Hash32; readonly pieceId: Hash32},
		bytes: Uint8Array,
	): Promise<{file: number; offset: number; entry: FileEntry}> {
		const header = encodeHeader(name, bytes);
		const size = header.length + bytes.length;
		const {end} = this.#files.get(this.#current) ?? {end: 0};
		if (end > 0 && end + size > this.#fileBytesMax) this.#current++;
		const file = this.#current;
		const before = this.#files.get(file) ?? {end: 0, live: 0};
		this.#unsynced.add(file);
		try {
			await this.#log.write(file, before.end, [header, bytes]);
		} catch (error) {
			await this.#log.truncate(file, before.end).catch(() => undefined);
			throw error;
		}
		return {file, offset: before.end, entry: {end: before.end + size, live: before.live + size}};
	}

	async #moveOut(file: number): Promise<void> {
		for await (const [key, value] of this.#index.iterator(allPieces)) {
			const entry = readEntry(pieceEntry, value);
			if (entry.file !== file) continue;
			const size = headerBytes(entry.length) + entry.length;
			const stored = new Uint8Array(size);
			stored.set(await this.#log.read(file, entry.offset, size));
			const bytes = stored.subarray(headerBytes(entry.length));
			const name = {agreementId: agreementOfKey(key), pieceId: pieceOfKey(key)};
			const moved = await this.#append(name, bytes);
			// Checksums move as they were, so that a flipped bit is still found.
			await this.#log.write(moved.file, moved.offset, [stored]);
			await this.#log.sync(moved.file);
			await this.#index.batch(
				[
					put(key, pieceEntry, {...entry, file: moved.file, offset: moved.offset}),
					put(fileKey(moved.file), fileEntry, moved.entry),
				],
				{sync: true},
			);
			this.#files.set(moved.file, moved.entry);
		}
	}

	/** A torn tail is cut off; staged pieces that a crash cut are forgotten; held ones stay, to be reported as lost. */
	async #mend(file: number, {end, live}: FileEntry, size: number): Promise<void> {
		if (size > end) await this.#log.truncate(file, end);
		if (size >= end) return;
		const batch: IndexBatch[] = [];
		let cut = 0;
		for await (const [key, value] of this.#index.iterator(allPieces)) {
			const entry = readEntry(pieceEntry, value);
			const bytes = headerBytes(entry.length) + entry.length;
			if (entry.file !== file || entry.offset + bytes <= size || entry.held) continue;
			batch.push({type: 'del', key});
			cut += bytes;
		}
		// The next piece goes after where the lost ones were: their entries must not point at it.
		const entry = {end, live: live - cut};
		await this.#index.batch([...batch, put(fileKey(file), fileEntry, entry)], {sync: true});
		this.#files.set(file, entry);
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

/** Opens the pieces under `folder`, which is made if it is not there. Throws PIECE_STORE_LOCKED when another process has it. */
export const openFilePieceStore = async (
	folder: string,
	{fileBytesMax = FILE_BYTES_MAX, logFiles = openLogFiles}: FilePieceStoreOptions = {},
): Promise<PieceStore> => {
	try {
		await mkdir(folder, {recursive: true, mode: 0o700});
		const index: Index = new Level(path.join(folder, 'index'), {keyEncoding: 'view', valueEncoding: 'view'});
		await index.open();
		const store = new FilePieceStore(folder, index, logFiles(folder), fileBytesMax);
		await store.recover();
		return store;
	} catch (error) {
		const {cause} = error as Error;
		if (cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'LEVEL_LOCKED')
			throw new NodeError(
				{
					code: 'PIECE_STORE_LOCKED',
					message: `Another process uses ${folder}: stop it, or choose another data folder.`,
					folder,
				},
				{cause: error},
			);
		throw storeFailure(error, folder);
	}
};
