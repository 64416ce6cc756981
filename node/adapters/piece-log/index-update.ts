import {pieceLeafCount} from '#crypto/piece-id';
import {toHex} from '#kernel/bytes';
import {type Codec, encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {PieceName} from '#node/ports/piece-store';
import {EMPTY_TRIE_ROOT} from '#storage-proofs/trie/root-hash';
import type {IndexChange} from './index-database.ts';
import {
	type AgreementEntry,
	agreementEntry,
	agreementKey,
	type FileEntry,
	fileEntry,
	fileKey,
	type PieceEntry,
	pieceEntry,
	pieceKey,
	stagedKey,
} from './piece-index.ts';
import {recordBytes} from './piece-record.ts';

/** The rows of an index that are in memory as well: few, and asked for all the time. */
export type IndexRows = {
	readonly files: Map<number, FileEntry>;
	/** By hexadecimal id. */
	readonly agreements: Map<string, AgreementEntry & {readonly agreementId: Hash32}>;
};

const NEW_FILE: FileEntry = {end: 0, live: 0, synced: 0, sealed: false};

const NEW_AGREEMENT: AgreementEntry = {
	pieces: 0,
	bytes: 0,
	leaves: 0,
	settled: {root: EMPTY_TRIE_ROOT, leaves: 0, page: null, nextPage: 0},
};

const NOTHING = new Uint8Array(0);

/** Changes of an index that happen together; rows in memory follow when they have happened (`take`). */
export class IndexUpdate {
	readonly #rows: IndexRows;
	readonly #changes: IndexChange[] = [];
	readonly #files = new Map<number, FileEntry>();
	readonly #droppedFiles = new Set<number>();
	readonly #agreements = new Map<string, (AgreementEntry & {readonly agreementId: Hash32}) | undefined>();

	constructor(rows: IndexRows) {
		this.#rows = rows;
	}

	put<T>(key: Uint8Array, codec: Codec<T>, value: T): void {
		this.putBytes(key, encode(codec, value));
	}

	putBytes(key: Uint8Array, value: Uint8Array): void {
		this.#changes.push({type: 'put', key, value});
	}

	delete(key: Uint8Array): void {
		this.#changes.push({type: 'del', key});
	}

	file(number: number): FileEntry {
		return this.#files.get(number) ?? this.#rows.files.get(number) ?? NEW_FILE;
	}

	setFile(number: number, change: Partial<FileEntry>): void {
		this.#files.set(number, {...this.file(number), ...change});
	}

	dropFile(number: number): void {
		this.#files.delete(number);
		this.#droppedFiles.add(number);
		this.delete(fileKey(number));
	}

	agreement(agreementId: Hash32): AgreementEntry & {readonly agreementId: Hash32} {
		const key = toHex(agreementId);
		return this.#agreements.get(key) ?? this.#rows.agreements.get(key) ?? {...NEW_AGREEMENT, agreementId};
	}

	setAgreement(agreementId: Hash32, change: Partial<AgreementEntry>): void {
		this.#agreements.set(toHex(agreementId), {...this.agreement(agreementId), ...change});
	}

	dropAgreement(agreementId: Hash32): void {
		this.#agreements.set(toHex(agreementId), undefined);
		this.delete(agreementKey(agreementId));
	}

	addPiece(name: PieceName, entry: PieceEntry): void {
		this.#count(name, entry, 1);
		this.setPiece(name, entry);
	}

	dropPiece(name: PieceName, entry: PieceEntry): void {
		this.#count(name, entry, -1);
		this.delete(pieceKey(name.agreementId, name.pieceId));
		this.delete(stagedKey(name.agreementId, name.pieceId));
	}

	/** Of a piece that is counted already. */
	setPiece({agreementId, pieceId}: PieceName, entry: PieceEntry): void {
		this.put(pieceKey(agreementId, pieceId), pieceEntry, entry);
		if (entry.held) this.delete(stagedKey(agreementId, pieceId));
		else this.putBytes(stagedKey(agreementId, pieceId), NOTHING);
	}

	/** Bytes of a piece come to live in a file, or cease to. */
	setLive({file, length}: Pick<PieceEntry, 'file' | 'length'>, sign: 1 | -1): void {
		this.setFile(file, {live: this.file(file).live + sign * recordBytes(length)});
	}

	#count({agreementId}: PieceName, entry: PieceEntry, sign: 1 | -1): void {
		const {pieces, bytes, leaves} = this.agreement(agreementId);
		this.setAgreement(agreementId, {
			pieces: pieces + sign,
			bytes: bytes + sign * entry.length,
			leaves: leaves + sign * pieceLeafCount(entry.length),
		});
		this.setLive(entry, sign);
	}

	/** All of it, for one batch. */
	changes(): readonly IndexChange[] {
		const changes = [...this.#changes];
		for (const [number, entry] of this.#files)
			changes.push({type: 'put', key: fileKey(number), value: encode(fileEntry, entry)});
		for (const entry of this.#agreements.values())
			if (entry !== undefined) {
				const {agreementId, ...rest} = entry;
				changes.push({type: 'put', key: agreementKey(agreementId), value: encode(agreementEntry, rest)});
			}
		return changes;
	}

	/** The batch is in the index. */
	take(): void {
		for (const number of this.#droppedFiles) this.#rows.files.delete(number);
		for (const [number, entry] of this.#files) this.#rows.files.set(number, entry);
		for (const [key, entry] of this.#agreements)
			if (entry === undefined) this.#rows.agreements.delete(key);
			else this.#rows.agreements.set(key, entry);
	}

	/** The batch failed, and may be in the index all the same after a restart: what it names is not written over. */
	leaveBytes(): void {
		for (const [number, {end}] of this.#files)
			this.#rows.files.set(number, {...(this.#rows.files.get(number) ?? NEW_FILE), end});
	}
}
