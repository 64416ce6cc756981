import {bytes, bytesBetween, type Codec, record, uint} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';
import type {LedgerSnapshot} from '#node/ports/ledger-store';

/** A whole state has no limit of its own: what a frame may hold. */
const STATE_BYTES_MAX = 2 ** 31;
const PRAOS_BYTES_MAX = 4 * 1024 * 1024;

export const snapshotRecord: Codec<LedgerSnapshot> = record({
	hash: bytes<HeaderHash>(32),
	blockNo: uint<BlockNo>(),
	slot: uint<Slot>(),
	state: bytesBetween(0, STATE_BYTES_MAX),
	praosState: bytesBetween(0, PRAOS_BYTES_MAX),
});
