import type {McRef} from '#kernel/main-chain-event';
import type {CheckpointDatum} from '#onchain/data/checkpoint-data';

/** A checkpoint that is, or was, the one on Cardano. */
export type CheckpointOnCardano = CheckpointDatum & {
	/** The Cardano block that it came with. */
	readonly createdAt: McRef;
};

/**
 * The checkpoints of one side-chain on Cardano. Asks the world: throws MAIN_CHAIN_UNREACHABLE or
 * MAIN_CHAIN_ANSWER_INVALID.
 */
export type CheckpointHistory = {
	/** All that are stable, by period from old to new; the deployment (period 0) is none. */
	stable(options?: {readonly signal?: AbortSignal}): Promise<readonly CheckpointOnCardano[]>;
};
