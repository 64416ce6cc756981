import {divideCeiling, type Ratio} from '#kernel/ratio';
import type {Epoch, Slot} from '#kernel/slot';

/** What every rule of the chain is measured by. One value from the genesis, passed in, never a global. */
export type ConsensusParams = {
	/** How many blocks a chain may be rolled back. */
	readonly k: number;
	/** Active slot coefficient: the share of slots that have a leader. In (0, 1]. */
	readonly f: Ratio;
	/** In slots. */
	readonly epochLength: number;
	readonly slotsPerKesPeriod: number;
	readonly maxKesEvolutions: number;
	/** The highest major protocol version whose headers this node understands. */
	readonly protocolVersionMax: number;
	readonly headerBytesMax: number;
	readonly bodyBytesMax: number;
	/**
	 * Where epochs of `epochLength` begin to be counted; absent on our chain: slot 0, epoch 0.
	 * Cardano mainnet and preprod had Byron epochs of another length before.
	 */
	readonly eraStart?: {readonly slot: Slot; readonly epoch: Epoch};
	/** 4 unless given. Cardano's Babbage era froze the candidate nonce at 3k/f, Conway does at 4k/f. */
	readonly candidateFreezeFactor?: 3 | 4;
};

/** ceil(3k/f) slots: within them at least k blocks come, but for a negligible chance. */
export const stabilityWindow = ({k, f}: Pick<ConsensusParams, 'k' | 'f'>): number => divideCeiling(3 * k, f);

/** ceil(4k/f) slots: how long before the epoch's end the candidate nonce is fixed. */
export const randomnessStabilisationWindow = ({
	k,
	f,
	candidateFreezeFactor = 4,
}: Pick<ConsensusParams, 'k' | 'f' | 'candidateFreezeFactor'>): number =>
	divideCeiling(candidateFreezeFactor * k, f);
