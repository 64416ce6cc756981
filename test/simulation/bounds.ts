/** What a scenario promises of its honest nodes, besides what is always promised. */
export type Bounds = {
	/**
	 * Nodes that are promised to agree on what is k deep: all of them unless groups are named (halves that were apart for
	 * longer than k blocks). Who is in no group is promised nothing.
	 */
	readonly groups?: readonly (readonly string[])[];
	/** The best honest chain grows by at least `blocksMin` in every window. */
	readonly growth?: {readonly windowSlots: number; readonly blocksMin: number};
	/** Of any `windowBlocks` blocks in a row on an honest node's chain at least `honestMin` are honest. */
	readonly quality?: {readonly windowBlocks: number; readonly honestMin: number};
	/** After the last disturbance all honest nodes have the same tip at least once within so many slots. */
	readonly agreeWithinSlots?: number;
};

/** A broken promise. */
export type Violation = {
	readonly code:
		| 'SIMULATION_BLOCK_NOT_VALID'
		| 'SIMULATION_STATE_DIFFERS'
		| 'SIMULATION_LEDGER_DIFFERS'
		| 'SIMULATION_ROLLED_BACK_TOO_FAR'
		| 'SIMULATION_COMMON_PREFIX_BROKEN'
		| 'SIMULATION_CHECKPOINT_CROSSED'
		| 'SIMULATION_NOT_PREFERRED'
		| 'SIMULATION_CHAIN_LOST'
		| 'SIMULATION_GROWTH_TOO_SLOW'
		| 'SIMULATION_QUALITY_TOO_LOW'
		| 'SIMULATION_NO_AGREEMENT'
		| 'SIMULATION_NODE_FAILED'
		| 'SIMULATION_EXPECTATION_FAILED';
	/** The node that broke it. */
	readonly node: string | undefined;
	readonly slot: number;
	readonly what: string;
};
