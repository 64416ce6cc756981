import {assert, defined} from '#kernel/assert';
import {type ChainEntry, tipOf} from './chain-entry.ts';
import type {ChainState} from './chain-state.ts';

/**
 * Moves the anchor up to where nothing can be rolled back any more, and says at each block that became final and what
 * comes after it on the selected chain. Returns what is lost for ever by that.
 */
export const moveAnchor = (
	state: ChainState,
	moved: (entry: ChainEntry, next: ChainEntry | undefined) => void = () => undefined,
): readonly ChainEntry[] => {
	const {final, dropped} = state.forks.settle();
	for (const entry of final) {
		assert(state.selected.shift() === entry, 'what is final is the beginning of the selected chain');
		const {mainChain} = defined(entry.body, 'a selected block has a body');
		state.anchor = {tip: tipOf(entry), praosState: entry.praosState, mcRef: mainChain.mcRef};
		moved(entry, state.selected[0]);
	}
	return dropped;
};
