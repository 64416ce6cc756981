import {Ratio} from '#kernel/ratio';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import {addRing, type Scenario, type Size} from '../scenario.ts';

const k = 20;
const f = Ratio(1n, 20n);
const growth = {windowSlots: 2_000, blocksMin: 20};
const agreeWithinSlots = 520;

/** The pace of the public network. */
export const calm: Scenario = {
	name: 'calm',
	about: 'Nothing goes wrong: honest nodes on good links, with payments.',
	nodes: 10,
	slots: 20_000,
	shortSlots: 4_000,
	genesis: {k, f},
	odds: (size: Size) => honestOdds(size, {k, f, delaySlots: 0, growth, agreeWithinSlots}),
	bounds: () => ({agreeWithinSlots, growth}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 20});
	},
};
