import type {MainChainEvent, McRef} from '#kernel/main-chain-event';

export type MainChainOptions = {readonly signal?: AbortSignal};

/**
 * What a node sees of Cardano. Every call asks the world: it throws MAIN_CHAIN_UNREACHABLE or MAIN_CHAIN_BAD_ANSWER,
 * and the node goes on without (forgers repeat the parent's reference, which is always valid).
 */
export type MainChain = {
	/** The last block known. */
	tip(options?: MainChainOptions): Promise<McRef>;
	/** The last block at or before `slot`; undefined before the first one. */
	blockAt(slot: number, options?: MainChainOptions): Promise<McRef | undefined>;
	/**
	 * What happened after `range.after` up to and in `range.upTo`, in order of slot, transaction and output.
	 * Both ends are on the chain that the answers come from, or it throws MAIN_CHAIN_BAD_ANSWER.
	 */
	events(
		range: {readonly after: McRef; readonly upTo: McRef},
		options?: MainChainOptions,
	): Promise<readonly MainChainEvent[]>;
};
