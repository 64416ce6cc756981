import {assert, defined} from '#kernel/assert';
import {type ChainEntry, tipOf} from './chain-entry.ts';
import type {ChainState} from './chain-state.ts';

/**
 * Moves the anchor up to where nothing can be rolled back any more, and before each step says which block becomes final
 * on top of it. Returns what is lost for ever by that.
 */
export const moveAnchor = (
	state: ChainState,
	moves: (entry: ChainEntry) => void = () => undefined,
): readonly ChainEntry[] => {
	const {final, dropped} = state.forks.settle();
	for (const entry of final) {
		moves(entry);
		assert(state.selected.shift() === entry, 'what is final is the beginning of the selected chain');
		const {mainChain} = defined(entry.body, 'a selected block has a body');
		state.anchor = {tip: tipOf(entry), praosState: entry.praosState, mcRef: mainChain.mcRef};
	}
	return dropped;
};
