import {chainTipOf, isPreferred} from '#consensus/chain/chain-selection';
import type {ForkStep} from '#consensus/chain/fork-choice';
import {nonceContribution} from '#consensus/leader/vrf-values';
import {praosRoot} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import type {Result} from '#kernel/result';
import {type AppliedBlock, applyBlock} from '#ledger/block/apply-block';
import type {BlockContext} from '#ledger/block/block-context';
import type {BlockError} from '#ledger/block/block-error';
import {applyDiff, undoDiff} from '#ledger/state/diff';
import type {ChainEntry, EntryEffect} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {type ChainState, findParent, type Parent, selectionTip} from './chain-state.ts';

export type ChainSwitch = {
	/** Blocks that left the selected chain, from new to old. */
	readonly rolledBack: readonly ChainEntry[];
	/** Blocks that joined it, from old to new. */
	readonly adopted: readonly ChainEntry[];
	/** The block at which the branch ended before its tip, and why. */
	readonly invalid: {readonly entry: ChainEntry; readonly error: BlockError} | undefined;
};

/** Blocks applied in one go when nothing has to be rolled back: others wait for their turn meanwhile. */
export const BATCH_BLOCKS_MAX = 32;
/** And so many bytes of bodies, but one block in any case: a full one takes about a tenth of a second. */
const BATCH_BYTES_MAX = 262_144;

/** The first part of a branch that is not too much for one go; all of it when blocks have to be rolled back for it. */
export const inOneGo = ({rollback, branch}: ForkStep<ChainEntry>): readonly ChainEntry[] => {
	if (rollback > 0) return branch;
	let bytes = 0;
	const end = branch.findIndex(({header}, index) => {
		bytes += header.bodySize;
		return index > 0 && bytes > BATCH_BYTES_MAX;
	});
	return end < 0 ? branch : branch.slice(0, end);
};

/** What the ledger is told of a block that stands on `parent`. */
export const blockContext = (
	{env: {crypto}}: ChainNetwork,
	parent: Pick<Parent, 'praosState'>,
	{slot, blockNo, prevHash, hash, issuerVk, vrfOutput}: ChainEntry['header'],
): BlockContext & {readonly hash: ChainEntry['header']['hash']} => ({
	slot,
	blockNo,
	hash,
	prevHash,
	issuer: crypto.blake2b224(issuerVk),
	eta: nonceContribution(crypto, vrfOutput),
	praosRoot: () => praosRoot(crypto, parent.praosState),
});

const applyEntry = (
	network: ChainNetwork,
	state: ChainState,
	entry: ChainEntry,
): Result<AppliedBlock, BlockError> => {
	const parent = defined(findParent(state, entry.header.prevHash), 'a block that is applied has a parent');
	const {block} = defined(entry.body, 'a block that is applied has a body');
	const context = blockContext(network, parent, entry.header);
	const applied = applyBlock(network.env, state.ledger, context, block.segments);
	if (!applied.ok) return applied;
	applyDiff(state.ledger, applied.value.diff);
	entry.effect = applied.value;
	state.selected.push(entry);
	return applied;
};

type Undone = {readonly entry: ChainEntry; readonly effect: EntryEffect};

const undoLast = (state: ChainState): Undone => {
	const entry = defined(state.selected.pop(), 'there is a block to undo');
	const effect = defined(entry.effect, 'a selected block has an effect');
	undoDiff(state.ledger, effect.diff);
	entry.effect = undefined;
	return {entry, effect};
};

/** Puts back what was undone, given from new to old. */
const redo = (state: ChainState, undone: readonly Undone[]): void => {
	for (const {entry, effect} of undone.toReversed()) {
		applyDiff(state.ledger, effect.diff);
		entry.effect = effect;
		state.selected.push(entry);
	}
};

/**
 * Goes over to a branch: undoes what is above its root and applies its blocks. When one of them is invalid, its valid
 * prefix stays if it is better than what was there, else all is as before. Synchronous: nobody sees a state in between.
 */
export const switchChain = (
	network: ChainNetwork,
	state: ChainState,
	branch: readonly ChainEntry[],
): ChainSwitch => {
	const before = selectionTip(state);
	const first = defined(branch[0], 'a branch has a block').header;
	const root = state.forks.parentOf(first.hash);
	const undone: Undone[] = [];
	while (state.selected.length > 0 && state.selected.at(-1) !== root) undone.push(undoLast(state));
	const rolledBack = undone.map(({entry}) => entry);
	const adopted: ChainEntry[] = [];
	for (const entry of branch) {
		const applied = applyEntry(network, state, entry);
		if (applied.ok) {
			adopted.push(entry);
			continue;
		}
		const invalid = {entry, error: applied.error};
		const last = adopted.at(-1);
		const isBetter = last !== undefined && isPreferred(before, chainTipOf(last.header));
		if (isBetter || (rolledBack.length === 0 && adopted.length === 0)) return {rolledBack, adopted, invalid};
		for (const _ of adopted) undoLast(state);
		redo(state, undone);
		return {rolledBack: [], adopted: [], invalid};
	}
	return {rolledBack, adopted, invalid: undefined};
};
