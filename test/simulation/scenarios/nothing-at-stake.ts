import {toHex} from '#kernel/bytes';
import {afterHonest, attack, tellEach} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import type {Scenario} from '../scenario.ts';

/** Forks this much shorter than the longest are still extended. */
const BEHIND_MAX = 3;
const FORKS_MAX = 12;

/** Extends whatever fork there is: it costs nothing to sign for all of them. */
export const nothingAtStake: Scenario = attack({
	name: 'nothing-at-stake',
	about: 'A leader extends every fork it knows at once, and keeps different nodes on different ones.',
	play: stage => {
		const {forger, pools} = stage;
		const chains = tellEach(stage);
		const tips = new Map<string, HeldBlock>();
		const state = {blocks: 0, forksMax: 0};
		const note = (block: HeldBlock): void => {
			tips.set(toHex(block.header.hash), block);
			if (block.header.prevHash !== null) tips.delete(toHex(block.header.prevHash));
		};
		/** The best ones, longest first. */
		const forks = (): readonly HeldBlock[] => {
			const longest = Math.max(...[...tips.values()].map(({header}) => header.blockNo));
			for (const [key, {header}] of tips) if (header.blockNo < longest - BEHIND_MAX) tips.delete(key);
			return [...tips.values()].toSorted((a, b) => b.header.blockNo - a.header.blockNo).slice(0, FORKS_MAX);
		};
		forger.onHonest(note);
		afterHonest(stage, slot => {
			if (tips.size === 0) return;
			const before = forks();
			// A sibling of each tip keeps the fork alive even where it is not led upon.
			const parents = new Set(before.flatMap(tip => [tip, forger.library.parentOf(tip)]));
			for (const parent of parents) {
				if (parent === undefined) continue;
				for (const pool of forger.leaders(parent, pools, slot)) {
					note(forger.forge({parent, slot, pool}));
					state.blocks++;
				}
			}
			const after = forks();
			state.forksMax = Math.max(state.forksMax, after.length);
			const [best] = after;
			const equals = after.filter(({header}) => header.blockNo === best?.header.blockNo);
			for (const [index, chain] of chains.entries()) chain.serve(equals[index % equals.length]);
		});
		return state;
	},
});
