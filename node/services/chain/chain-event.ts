import type {Block} from '#consensus/block/block';
import type {Tip} from '#kernel/point';
import type {LedgerEvent} from '#ledger/events';

/** What happened to the selected chain, told after it is on disk. A switch is a roll back, then adoptions. */
export type ChainEvent =
	| {
			readonly kind: 'adopted';
			readonly block: Block;
			readonly events: readonly LedgerEvent[];
			/** When, in milliseconds since 1970. */
			readonly atMs: number;
	  }
	/** `tip` is what is left; `blocks` left the chain, from new to old. */
	| {readonly kind: 'rolledBack'; readonly tip: Tip; readonly blocks: readonly Block[]};
