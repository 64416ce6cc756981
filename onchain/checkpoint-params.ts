import type {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';

/** What the checkpoint script is compiled for. Not the genesis hash: the genesis names this script. */
export type CheckpointParams = {
	/** The NFT is minted by the transaction that spends this output, so never again. */
	readonly seed: McOutRef;
	readonly genesisCommitteeHash: Hash32;
	/** When period 0 began, in POSIX milliseconds. */
	readonly systemStartMs: number;
	readonly periodMs: number;
	/** Of the Cardano network: certificates of a test network are worth nothing elsewhere. */
	readonly networkMagic: number;
};

/**
 * Periods that have gone by without a checkpoint, after the first one that was due: then the committee counts as dead, and
 * governance may replace it.
 */
export const MISSED_PERIODS_DEAD = 3;
