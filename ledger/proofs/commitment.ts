import {bool, bytes, type Codec, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch, Slot} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

/** A provider's forest, fixed before the challenge is known. */
export type Commitment = {
	readonly epoch: Epoch;
	readonly root: Hash32;
	readonly totalLeaves: number;
	readonly slot: Slot;
	/** A commitment to nothing is proven from the start. */
	readonly proven: boolean;
};

export const commitmentCodec: Codec<Commitment> = record({
	epoch: uint<Epoch>(EPOCH_MAX),
	root: bytes<Hash32>(32),
	totalLeaves: uint(),
	slot: uint<Slot>(),
	proven: bool,
});
