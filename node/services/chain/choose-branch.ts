import {type ChainTip, chainTipOf, isPreferred} from '#consensus/chain/chain-selection';
import {toHex} from '#kernel/bytes';
import type {ChainEntry} from './chain-entry.ts';
import {branchTo, type ChainState, isAnchor, selectionTip} from './chain-state.ts';

/** Blocks applied in one go when nothing has to be rolled back; keeps the event loop responsive. */
const BATCH_MAX = 32;

/** Entries off the selected chain that could be applied: all bodies down to the selected chain are there. */
const reachable = (state: ChainState): readonly ChainEntry[] => {
	const ready = new Set<string>();
	// While syncing most entries are headers that wait for their bodies.
	const whole = state.tree.entries().filter(({effect, body}) => effect === undefined && body !== undefined);
	return whole
		.toSorted((a, b) => a.header.blockNo - b.header.blockNo)
		.filter(entry => {
			if (entry.isWaiting) return false;
			const {prevHash, hash} = entry.header;
			const parent = state.tree.parentOf(entry);
			const stands = parent?.effect !== undefined || isAnchor(state, prevHash);
			if (!stands && (prevHash === null || !ready.has(toHex(prevHash)))) return false;
			ready.add(toHex(hash));
			return true;
		});
};

/** Whether the branch leaves the selected chain below its tip. */
const needsRollback = (state: ChainState, branch: readonly ChainEntry[]): boolean => {
	const first = branch[0];
	const last = state.selected.at(-1);
	return first !== undefined && last !== undefined && state.tree.parentOf(first) !== last;
};

/** The blocks to go over to, from old to new; empty when there is nothing better than what we have. */
export const chooseBranch = (state: ChainState): readonly ChainEntry[] => {
	let best: ChainEntry | undefined;
	let bestTip: ChainTip | 'origin' = selectionTip(state);
	for (const entry of reachable(state)) {
		const candidate = chainTipOf(entry.header);
		if (!isPreferred(bestTip, candidate)) continue;
		best = entry;
		bestTip = candidate;
	}
	if (best === undefined) return [];
	const branch = branchTo(state, best);
	return needsRollback(state, branch) ? branch : branch.slice(0, BATCH_MAX);
};
