/** What the control API says of pools. */

/** Ids, keys and hashes in lower-case hex, amounts in lovelace. */
export type PoolView = {
	readonly id: string;
	readonly coldVk: string;
	readonly vrfKeyHash: string;
	readonly checkpointVk: string;
	readonly rewardAccount: string;
	readonly cost: string;
	readonly margin: string;
	readonly retiresAtEpoch: number | null;
	/** Lovelace in the snapshots; leaders of this epoch come from `set`. */
	readonly stake: {readonly mark: string; readonly set: string; readonly go: string};
	/** Of the weight of all pools, with what Cardano's stake adds. */
	readonly setShare: string;
	/** What stake on Cardano adds to `set`. */
	readonly cardanoWeight: string;
	/** Cardano pools whose stake counts for it. */
	readonly cardanoPools: readonly string[];
	/** What they have staked there, as the committee told when it was asked in that epoch. */
	readonly cardanoStake: {readonly stake: string; readonly epoch: number} | null;
	readonly blocksThisEpoch: number;
};
