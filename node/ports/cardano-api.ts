/** What a node says of Cardano, as JSON (see control-api.ts). */

export type CardanoPointView = {readonly slot: number; readonly hash: string};

export type CardanoView = {
	/** The newest block heard of; null before the first answer, and on nodes that do not look. */
	readonly tip: CardanoPointView | null;
	/** Since when Cardano does not answer: deposits and checkpoints wait. */
	readonly unreachableSinceMs: number | null;
	/** Since when Cardano lacks the block of `reference`: nothing is undone, deposits and checkpoints wait. */
	readonly rolledBackSinceMs: number | null;
	/** The block that the chain refers to: what happened up to it has happened here too. */
	readonly reference: CardanoPointView;
	/** How many slots under Cardano's tip a block has to be before the chain may refer to it. */
	readonly stableDepth: number;
};
