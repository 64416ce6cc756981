import type {Block} from '#consensus/block/block';
import type {Header} from '#consensus/header/header';
import type {PraosState} from '#consensus/praos-state';
import type {Tip} from '#kernel/point';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {LedgerEvent} from '#ledger/events';
import type {LedgerDiff} from '#ledger/state/diff';

/** The body of a block whose header is known: hashes and sizes agree, segment 3 decodes. */
export type EntryBody = {readonly block: Block; readonly mainChain: MainChainSegment};

/** What a block did when it was applied. */
export type EntryEffect = {
	readonly diff: LedgerDiff;
	readonly events: readonly LedgerEvent[];
};

/** A block of the volatile part of the tree: its header is valid, its body may not have come yet. */
export type ChainEntry = {
	readonly header: Header;
	/** The Praos state after it. */
	readonly praosState: PraosState;
	body: EntryBody | undefined;
	/** Set while the block is on the selected chain. */
	effect: EntryEffect | undefined;
};

/** Where the volatile part begins: the last block that cannot be rolled back, or origin. */
export type ChainAnchor = {
	readonly tip: Tip;
	readonly praosState: PraosState;
	readonly mcRef: MainChainSegment['mcRef'];
};

export const tipOf = (entry: Pick<ChainEntry, 'header'>): Exclude<Tip, 'origin'> => {
	const {slot, hash, blockNo} = entry.header;
	return {slot, hash, blockNo};
};
