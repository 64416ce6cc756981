/** How the index of a piece store writes its entries: one byte that says what it is, then its key; CBOR values. */
import {concat, u32be, u64be} from '#kernel/bytes';
import {
	bool,
	bytes,
	bytesBetween,
	type Codec,
	decodeOwn,
	list,
	nullable,
	record,
	uint,
} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {SIGNED_REVISION_BYTES_MAX} from '#ledger/agreements/revision';
import type {PieceUsage, SettledTrie, StoredCommitment, StoredRevision} from '#node/ports/piece-store';
import type {KeyRange} from './index-database.ts';

const PIECE = 1;
const REVISION = 2;
const FILE = 3;
const COMMITMENT = 4;
const PAGE = 5;
const STAGED = 6;
const AGREEMENT = 7;
const NOTE = 8;
const END = 0xff;

/** Where a piece is. `offset` is that of its header. */
export type PieceEntry = {
	readonly file: number;
	readonly offset: number;
	readonly length: number;
	readonly held: boolean;
};

export type FileEntry = {
	/** Where the next piece goes. */
	readonly end: number;
	/** Bytes of pieces that are not dropped. */
	readonly live: number;
	/** Bytes that are on the disk for good. */
	readonly synced: number;
	/** Nothing is written to it any more, and all of it is on the disk for good. */
	readonly sealed: boolean;
};

/** `settled`: null when it is not known. */
export type AgreementEntry = PieceUsage & {readonly settled: SettledTrie | null};

/** So many pieces as several revisions together change, when what they stand on moves on. */
const PIECES_PER_REVISION_MAX = 2 ** 24;

export const pieceEntry: Codec<PieceEntry> = record({
	file: uint(),
	offset: uint(),
	length: uint(),
	held: bool,
});
export const fileEntry: Codec<FileEntry> = record({
	end: uint(),
	live: uint(),
	synced: uint(),
	sealed: bool,
});
export const agreementEntry: Codec<AgreementEntry> = record({
	pieces: uint(),
	bytes: uint(),
	leaves: uint(),
	settled: nullable(
		record({root: bytes<Hash32>(32), leaves: uint(), page: nullable(uint()), nextPage: uint()}),
	),
});
export const revisionEntry: Codec<StoredRevision> = record({
	revisionNo: uint(),
	base: nullable(uint()),
	root: bytes<Hash32>(32),
	leaves: uint(),
	added: list(bytes<Hash32>(32), PIECES_PER_REVISION_MAX),
	removed: list(bytes<Hash32>(32), PIECES_PER_REVISION_MAX),
	signed: bytesBetween(0, SIGNED_REVISION_BYTES_MAX),
});

const AGREEMENTS_MAX = 4096;
export const commitmentEntry: Codec<StoredCommitment> = record({
	epoch: uint(),
	root: bytes<Hash32>(32),
	agreements: list(
		record({
			agreementId: bytes<Hash32>(32),
			revisionNo: uint(),
			root: bytes<Hash32>(32),
			leaves: uint(),
		}),
		AGREEMENTS_MAX,
	),
});

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array =>
	concat(Uint8Array.of(tag), ...parts);

export const pieceKey = (agreementId: Hash32, pieceId: Hash32): Uint8Array =>
	tagged(PIECE, agreementId, pieceId);
export const revisionKey = (agreementId: Hash32, revisionNo: number): Uint8Array =>
	tagged(REVISION, agreementId, u64be(revisionNo));
export const fileKey = (file: number): Uint8Array => tagged(FILE, u32be(file));

export const commitmentKey = (epoch: number, root: Hash32): Uint8Array =>
	tagged(COMMITMENT, u64be(epoch), root);

/** All keys of one agreement and kind lie below this: ids are shorter than the 33 bytes of END. */
const under = (tag: number, agreementId: Hash32): KeyRange => ({
	gte: tagged(tag, agreementId),
	lt: tagged(tag, agreementId, new Uint8Array(33).fill(END)),
});

export const piecesOf = (agreementId: Hash32): KeyRange => under(PIECE, agreementId);
export const revisionsOf = (agreementId: Hash32): KeyRange => under(REVISION, agreementId);
export const pageKey = (agreementId: Hash32, page: number): Uint8Array =>
	tagged(PAGE, agreementId, u64be(page));
export const pagesOf = (agreementId: Hash32): KeyRange => under(PAGE, agreementId);
/** There for each piece that is staged, so that those are found among millions. */
export const stagedKey = (agreementId: Hash32, pieceId: Hash32): Uint8Array =>
	tagged(STAGED, agreementId, pieceId);
export const stagedOf = (agreementId: Hash32): KeyRange => under(STAGED, agreementId);
export const allStaged: KeyRange = {gte: Uint8Array.of(STAGED), lt: Uint8Array.of(AGREEMENT)};
export const agreementKey = (agreementId: Hash32): Uint8Array => tagged(AGREEMENT, agreementId);
export const allAgreements: KeyRange = {gte: Uint8Array.of(AGREEMENT), lt: Uint8Array.of(NOTE)};
export const noteKey = (name: string): Uint8Array => tagged(NOTE, encodeUtf8(name));
/** The first possible key after this one. */
export const after = (key: Uint8Array): Uint8Array => concat(key, Uint8Array.of(0));

export const allPieces: KeyRange = {gte: Uint8Array.of(PIECE), lt: Uint8Array.of(REVISION)};
export const allRevisions: KeyRange = {gte: Uint8Array.of(REVISION), lt: Uint8Array.of(FILE)};
export const allFiles: KeyRange = {gte: Uint8Array.of(FILE), lt: Uint8Array.of(COMMITMENT)};
export const allCommitments: KeyRange = {gte: Uint8Array.of(COMMITMENT), lt: Uint8Array.of(PAGE)};
export const commitmentsBefore = (epoch: number): KeyRange => ({
	gte: Uint8Array.of(COMMITMENT),
	lt: tagged(COMMITMENT, u64be(epoch)),
});

// `level` hands out Buffers, whose `slice` shares memory and which are no plain values.
export const agreementOfKey = (key: Uint8Array): Hash32 => Hash32(new Uint8Array(key.subarray(1, 33)));
export const pieceOfKey = (key: Uint8Array): Hash32 => Hash32(new Uint8Array(key.subarray(33, 65)));

/** A value that this index wrote. */
export const readEntry = <T>(codec: Codec<T>, value: Uint8Array): T =>
	decodeOwn(codec, new Uint8Array(value));
export const fileOfKey = (key: Uint8Array): number =>
	new DataView(key.buffer, key.byteOffset, key.length).getUint32(1);
