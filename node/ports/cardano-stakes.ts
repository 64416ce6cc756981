import type {Hash28} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';

/** The stake of pools on Cardano. Asks the world: throws MAIN_CHAIN_UNREACHABLE or MAIN_CHAIN_ANSWER_INVALID. */
export type CardanoStakes = {
	/**
	 * What elects the leaders of the Cardano epoch that a block lies in, in lovelace, in the order of the pools: the same whenever
	 * it is asked, so that all who sign it sign the same.
	 */
	activeStake(
		block: McRef,
		pools: readonly Hash28[],
		options?: {readonly signal?: AbortSignal},
	): Promise<readonly bigint[]>;
};
