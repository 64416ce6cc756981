/**
 * A snapshot file: the state after the last block of a closed period, that block, and the blocks since. Its form:
 *
 *     magic 8 | version u16be | record*
 *     record = kind u8 | length u32be | payload | check 32
 *     check  = blake2b-256(the check before | kind | length | payload), at first blake2b-256(magic | version)
 *
 * in the order manifest, Praos state, ledger state (both in parts), the block of the state, blocks in batches, end. Every
 * check covers all bytes before it, so that nothing can be changed, left out, moved or cut off unseen. That guards against
 * accidents alone: what makes a file true is the checkpoint on Cardano.
 */
import type {Hasher} from '#crypto/crypto';
import {concat, u32be} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, list, record, text, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {GenesisHash, Hash32, HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';

/** No letter-by-letter copy of a text begins so, and none that changes line ends keeps it. */
export const MAGIC: Uint8Array = Uint8Array.of(0xdc, 0x64, 0x43, 0x6c, 0x6f, 0x0d, 0x0a, 0x1a);
export const VERSION = 1;
export const HEAD_BYTES: number = MAGIC.length + 2;

export const RECORD = {manifest: 1, praosState: 2, ledgerState: 3, block: 4, blocks: 5, end: 6} as const;
export type RecordKind = (typeof RECORD)[keyof typeof RECORD];

/** Of a record's payload; nothing longer is read. */
export const RECORD_BYTES_MAX: number = 2 * 1024 * 1024;
/** A record of states or blocks is closed when it holds this much. */
export const RECORD_BYTES: number = 512 * 1024;
export const RECORD_HEAD_BYTES = 5;
export const CHECK_BYTES = 32;

export const LEDGER_BYTES_MAX: number = 2 ** 30;
export const PRAOS_BYTES_MAX: number = 4 * 1024 * 1024;
export const BLOCK_BYTES_MAX: number = 128 * 1024;
const BLOCKS_IN_RECORD_MAX = 65_536;

export type SnapshotManifest = {
	readonly genesisHash: GenesisHash;
	/** The closed period whose last block the state is after. */
	readonly period: number;
	/** Of that block. */
	readonly hash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	/** As the exporter computed it; whoever imports computes it again. */
	readonly stateRoot: Hash32;
	readonly ledgerBytes: number;
	readonly praosBytes: number;
	/** How many follow, for progress; the end says it again. */
	readonly blocks: number;
	/** What wrote the file. */
	readonly software: string;
};

export const manifestCodec: Codec<SnapshotManifest> = record({
	genesisHash: bytes<GenesisHash>(32),
	period: uint(),
	hash: bytes<HeaderHash>(32),
	blockNo: uint<BlockNo>(),
	slot: uint<Slot>(),
	stateRoot: bytes<Hash32>(32),
	ledgerBytes: uint(LEDGER_BYTES_MAX),
	praosBytes: uint(PRAOS_BYTES_MAX),
	blocks: uint(),
	software: text(64),
});

export const blocksCodec: Codec<readonly Uint8Array[]> = list(
	bytesBetween(1, BLOCK_BYTES_MAX),
	BLOCKS_IN_RECORD_MAX,
);

export type SnapshotEnd = {
	/** Blocks after the block of the state. */
	readonly blocks: number;
	/** The last block of the file. */
	readonly tip: HeaderHash;
};

export const endCodec: Codec<SnapshotEnd> = record({blocks: uint(), tip: bytes<HeaderHash>(32)});

/** Why bytes are not a snapshot file. `at` is an offset in bytes. */
export type SnapshotFileFailure =
	| {readonly code: 'SNAPSHOT_FILE_UNKNOWN'}
	| {readonly code: 'SNAPSHOT_FILE_VERSION'; readonly version: number; readonly known: number}
	| {readonly code: 'SNAPSHOT_FILE_TRUNCATED'; readonly at: number}
	| {readonly code: 'SNAPSHOT_FILE_DAMAGED'; readonly at: number; readonly problem: string}
	/** Its checks hold, so it was written so: by other software, or to deceive. */
	| {
			readonly code: 'SNAPSHOT_FILE_MALFORMED';
			readonly at: number;
			readonly problem: string;
			readonly cbor?: CborFailure;
	  }
	| {
			readonly code: 'SNAPSHOT_FILE_OTHER_NETWORK';
			readonly genesisHash: GenesisHash;
			readonly expected: GenesisHash;
	  };

export const fileHead = (): Uint8Array => concat(MAGIC, Uint8Array.of(VERSION >> 8, VERSION & 0xff));

export const firstCheck = (hasher: Hasher): Hash32 => hasher.blake2b256(fileHead());

export const recordHead = (kind: number, length: number): Uint8Array =>
	concat(Uint8Array.of(kind), u32be(length));
