import {type ChainTip, chainTipOf} from '#consensus/chain/chain-selection';
import type {ForkChoice} from '#consensus/chain/fork-choice';
import type {PraosState} from '#consensus/praos-state';
import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import type {MainChainSegment} from '#ledger/block/block-body';
import {applyDiff, undoDiff} from '#ledger/state/diff';
import type {LedgerState, MutableLedgerState} from '#ledger/state/state';
import {type ChainAnchor, type ChainEntry, tipOf} from './chain-entry.ts';

/** What the chain service owns. Changed only under its mutex, and never across an await in between. */
export type ChainState = {
	/** The ledger at the tip. */
	readonly ledger: MutableLedgerState;
	/** All headers above the anchor, and which chain of theirs is the best. */
	readonly forks: ForkChoice<ChainEntry>;
	anchor: ChainAnchor;
	/** The selected chain above the anchor, from old to new; at most k blocks but while a switch is under way. */
	readonly selected: ChainEntry[];
};

export const tipOfChain = ({anchor, selected}: ChainState): Tip => {
	const last = selected.at(-1);
	return last === undefined ? anchor.tip : tipOf(last);
};

/** What a candidate is compared with; origin before the first block. The anchor is never compared: it is final. */
export const selectionTip = ({selected}: ChainState): ChainTip | 'origin' => {
	const last = selected.at(-1);
	return last === undefined ? 'origin' : chainTipOf(last.header);
};

/** A place that blocks are built upon. */
export type Parent = {
	readonly tip: Tip;
	readonly praosState: PraosState;
	/** Undefined while its body has not come. */
	readonly mcRef: MainChainSegment['mcRef'] | undefined;
	/** The entry, or undefined for the anchor. */
	readonly entry: ChainEntry | undefined;
};

const anchorParent = ({anchor}: ChainState): Parent => ({...anchor, entry: undefined});

export const parentOfEntry = (entry: ChainEntry): Parent => ({
	tip: tipOf(entry),
	praosState: entry.praosState,
	mcRef: entry.body?.mainChain.mcRef,
	entry,
});

/** The place of that hash (null: origin), if it is the anchor or above it. */
export const findParent = (state: ChainState, hash: HeaderHash | null): Parent | undefined => {
	if (state.forks.isAnchor(hash)) return anchorParent(state);
	const entry = hash === null ? undefined : state.forks.find(hash);
	return entry && parentOfEntry(entry);
};

export const tipParent = (state: ChainState): Parent => {
	const last = state.selected.at(-1);
	return last === undefined ? anchorParent(state) : parentOfEntry(last);
};

/** The last place of the selected chain that `parent` is built upon, which may be itself. */
export const lastSelected = (state: ChainState, parent: Parent): Parent => {
	const entry = parent.entry && state.forks.lastSelected(parent.entry.header.hash);
	return entry === undefined ? anchorParent(state) : parentOfEntry(entry);
};

/** Keeps an entry, with its body if it has one. */
export const addEntry = ({forks}: ChainState, entry: ChainEntry): void => {
	const {header, body} = entry;
	forks.addHeader({...chainTipOf(header), prevHash: header.prevHash}, entry);
	if (body !== undefined) forks.addBody(header.hash);
};

/** Looks at the ledger as it was at a place of the selected chain: takes back what stands on it, and puts it on again. */
export const ledgerAt = <T>(state: ChainState, {entry}: Parent, look: (ledger: LedgerState) => T): T => {
	const above = state.selected.slice(entry === undefined ? 0 : state.selected.indexOf(entry) + 1);
	const diffs = above.map(({effect}) => defined(effect, 'a selected block has an effect').diff);
	for (const diff of diffs.toReversed()) undoDiff(state.ledger, diff);
	try {
		return look(state.ledger);
	} finally {
		for (const diff of diffs) applyDiff(state.ledger, diff);
	}
};

/** Takes the last block back, looks, and puts it on again. */
export const beneathTip = <T>(state: ChainState, look: (ledger: LedgerState, parent: Parent) => T): T => {
	const entry = defined(state.selected.at(-1), 'there is a block above the anchor');
	const {diff} = defined(entry.effect, 'a selected block has an effect');
	const parent = defined(findParent(state, entry.header.prevHash), 'a selected block has a parent');
	undoDiff(state.ledger, diff);
	try {
		return look(state.ledger, parent);
	} finally {
		applyDiff(state.ledger, diff);
	}
};
