import {bytes, bytesBetween, type Codec, list, nullable, record, text, uint} from '#kernel/cbor/codec';
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
