/** When a commitment is admitted, a seed drawn, a proof due, a miss judged: all in slots, from k and f. */
import {assert} from '#kernel/assert';
import {divideCeiling, type Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';

export type ProofWindowParams = {
	/** Blocks that a rollback may undo. */
	readonly k: number;
	/** Active slot coefficient. */
	readonly f: Ratio;
	/** In slots; at least 10 k/f, so that windows of one kind do not overlap. */
	readonly epochLength: number;
};

/** The windows of one epoch. Each begins at `…From` and ends before `…Until`. */
export type ProofTimetable = {
	readonly epoch: Epoch;
	/** Before the epoch begins; epoch 0 has no slots before it. */
	readonly commitFrom: Slot;
	readonly commitUntil: Slot;
	readonly seedFrom: Slot;
	readonly seedUntil: Slot;
	readonly proofFrom: Slot;
	readonly proofUntil: Slot;
	/** The slot from which proofs are settled and misses judged: that of `proofUntil`. */
	readonly settleAt: Slot;
};

/** k/f in slots, rounded up. */
const windowUnit = ({k, f, epochLength}: ProofWindowParams): number => {
	const unit = divideCeiling(k, f);
	assert(unit >= 1 && 10 * unit <= epochLength, 'the proof windows do not fit the epoch');
	return unit;
};

export const proofTimetable = (params: ProofWindowParams, epoch: Epoch): ProofTimetable => {
	const unit = windowUnit(params);
	const start = epoch * params.epochLength;
	return {
		epoch,
		commitFrom: Slot(Math.max(0, start - unit)),
		commitUntil: Slot(start + unit),
		seedFrom: Slot(start + unit),
		seedUntil: Slot(start + 4 * unit),
		proofFrom: Slot(start + 4 * unit),
		proofUntil: Slot(start + 9 * unit),
		settleAt: Slot(start + 9 * unit),
	};
};

/** The epoch for which a commitment is admitted in this slot. */
export const epochOfCommitSlot = (params: ProofWindowParams, slot: Slot): Epoch | undefined => {
	const unit = windowUnit(params);
	const epoch = Math.floor(slot / params.epochLength);
	const within = slot % params.epochLength;
	if (within < unit) return Epoch(epoch);
	return within >= params.epochLength - unit ? Epoch(epoch + 1) : undefined;
};

const epochWithin = (
	params: ProofWindowParams,
	slot: Slot,
	from: number,
	until: number,
): Epoch | undefined => {
	const unit = windowUnit(params);
	const within = slot % params.epochLength;
	return within >= from * unit && within < until * unit
		? Epoch(Math.floor(slot / params.epochLength))
		: undefined;
};

/** The epoch whose seed takes in a block of this slot. */
export const epochOfSeedSlot = (params: ProofWindowParams, slot: Slot): Epoch | undefined =>
	epochWithin(params, slot, 1, 4);

/** The epoch for which a proof is admitted in this slot. */
export const epochOfProofSlot = (params: ProofWindowParams, slot: Slot): Epoch | undefined =>
	epochWithin(params, slot, 4, 9);

/** What a proof of an epoch is in a given slot. */
export type ProofPhase = 'early' | 'due' | 'late';

export const proofPhase = ({proofFrom, proofUntil}: ProofTimetable, slot: Slot): ProofPhase => {
	if (slot < proofFrom) return 'early';
	return slot < proofUntil ? 'due' : 'late';
};
