import type {Hasher} from '#crypto/crypto';
import type {Slot} from '#kernel/slot';
import type {Nonce} from '../nonce/nonce.ts';
import {isBelowThreshold, type LeaderThreshold} from './leader-threshold.ts';
import {leaderValue, vrfInput} from './vrf-values.ts';

export type LeaderDraw = {
	/** beta (64 bytes) of the pool's VRF key for an alpha: a proof is not needed to know it. */
	readonly vrfOutputOf: (alpha: Uint8Array) => Uint8Array;
	/** Of the slot's epoch. */
	readonly epochNonce: Nonce;
	/** Of the pool's stake in the view of that epoch. */
	readonly threshold: LeaderThreshold;
};

/** Whether the pool leads the slot: what `leaderProof` proves, known without the proof. */
export const leadsSlot = (
	hasher: Hasher,
	{vrfOutputOf, epochNonce, threshold}: LeaderDraw,
	slot: Slot,
): boolean =>
	isBelowThreshold(leaderValue(hasher, vrfOutputOf(vrfInput(hasher, slot, epochNonce))), threshold);
