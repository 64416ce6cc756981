import {
	bytes,
	bytesBetween,
	type Codec,
	decodeOwn,
	list,
	nullable,
	record,
	text,
	uint,
} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';
import type {AppliedBlock, LedgerSnapshot} from '#node/ports/ledger-store';

const BLOCK_BYTES_MAX = 1024 * 1024;
/** A whole state has no limit of its own: what a string of CBOR may hold. */
const STATE_BYTES_MAX = 2 ** 31;

const hash = bytes<HeaderHash>(32);
const slot = uint<Slot>();
const blockNo = uint<BlockNo>();
const praosState = bytesBetween(0, 4 * 1024 * 1024);

export type BlockRecord = {
	readonly prevHash: HeaderHash | null;
	readonly slot: Slot;
	readonly blockNo: BlockNo;
	readonly bytes: Uint8Array;
};

export const blockRecord: Codec<BlockRecord> = record({
	prevHash: nullable(hash),
	slot,
	blockNo,
	bytes: bytesBetween(0, BLOCK_BYTES_MAX),
});

export const placeRecord: Codec<{readonly hash: HeaderHash; readonly slot: Slot; readonly blockNo: BlockNo}> =
	record({hash, slot, blockNo});

export const linkRecord: Codec<{readonly prevHash: HeaderHash | null; readonly slot: Slot}> = record({
	prevHash: nullable(hash),
	slot,
});

export const entryRecord: Codec<{readonly hash: HeaderHash; readonly slot: Slot; readonly entry: string}> =
	record({hash, slot, entry: text(1024 * 1024)});

export const appliedRecord: Codec<AppliedBlock> = record({
	diff: bytesBetween(0, 64 * 1024 * 1024),
	praosState,
	events: list(text(1024 * 1024), 1_000_000),
});

export const snapshotRecord: Codec<LedgerSnapshot> = record({
	hash,
	blockNo,
	slot,
	state: bytesBetween(0, STATE_BYTES_MAX),
	praosState,
});

/** `decodeOwn` for what LevelDB returns: a Buffer, whose `slice` would not copy. */
export const decodeStored = <T>(codec: Codec<T>, stored: Uint8Array): T =>
	decodeOwn(codec, plainBytes(stored));

/** The same bytes as a plain array, so that nobody downstream meets a Buffer. */
export const plainBytes = ({buffer, byteOffset, length}: Uint8Array): Uint8Array =>
	new Uint8Array(buffer, byteOffset, length);
