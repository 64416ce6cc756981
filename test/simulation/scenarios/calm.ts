import {Ratio} from '#kernel/ratio';
import {addRing, type Scenario} from '../scenario.ts';

/** Nothing goes wrong: the public network's pace. */
export const calm: Scenario = {
	name: 'calm',
	about: 'Honest nodes on good links: forks of a block or two, and agreement.',
	nodes: 10,
	slots: 20_000,
	shortSlots: 1_000,
	genesis: {k: 20, f: Ratio(1n, 20n)},
	odds: () => ({violation: 0, text: 'to be reckoned'}),
	bounds: () => ({agreeWithinSlots: 400, growth: {windowSlots: 1_000, blocksMin: 10}}),
	build: addRing,
};
