import {bool, bytes, type Codec, list, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch, Slot} from '#kernel/slot';
import {AGREEMENTS_PER_PROVIDER_MAX, EPOCH_MAX, LEAVES_MAX} from '../limits.ts';

/** What an agreement with a bounty to earn was worth at the commitment. */
export type CommittedRevision = {
	readonly agreementId: Hash32;
	readonly root: Hash32;
	readonly leaves: number;
};

/** A provider's forest, fixed before the challenge is known. */
export type Commitment = {
	readonly epoch: Epoch;
	readonly root: Hash32;
	readonly totalLeaves: number;
	readonly slot: Slot;
	/** A commitment to nothing is proven from the start. */
	readonly proven: boolean;
	/** The successors of vacated agreements in it: a proof entitles their repairers. */
	readonly successors: readonly CommittedRevision[];
};

export const commitmentCodec: Codec<Commitment> = record({
	epoch: uint<Epoch>(EPOCH_MAX),
	root: bytes<Hash32>(32),
	totalLeaves: uint(),
	slot: uint<Slot>(),
	proven: bool,
	successors: list(
		record({agreementId: bytes<Hash32>(32), root: bytes<Hash32>(32), leaves: uint(LEAVES_MAX)}),
		AGREEMENTS_PER_PROVIDER_MAX,
	),
});
