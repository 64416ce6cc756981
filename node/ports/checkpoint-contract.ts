import type {CommitteeMember} from '#crypto/checkpoint-message';
import type {Hash32} from '#kernel/hash';
import type {CommitteeSignature} from '#onchain/committee';
import type {CheckpointDatum} from '#onchain/data/checkpoint-data';
import type {NextCheckpoint} from '#onchain/plans/checkpoint-plan';

export type AdvanceRequest = {
	readonly next: NextCheckpoint;
	/** Of the committee that the current checkpoint names. */
	readonly committee: readonly CommitteeMember[];
	readonly signatures: readonly CommitteeSignature[];
};

type Options = {readonly signal?: AbortSignal};

/** The checkpoint on Cardano, as one wallet works it. */
export type CheckpointContract = {
	/** What stands there now, stable or not. Throws MAIN_CHAIN_…. */
	readCheckpoint(options?: Options): Promise<CheckpointDatum>;
	/** Resolves once the next checkpoint is in a block. Throws CARDANO_…. */
	advanceCheckpoint(
		request: AdvanceRequest,
		options?: Options,
	): Promise<{readonly txId: Hash32; readonly fee: bigint}>;
};
