/**
 * A leader of the last blocks before the seed is fixed may withhold any of them: with t blocks in a row there are 2^t seeds
 * to choose from, and all of them must find the missing leaves.
 */
import {type Fraction, fraction, minus, sum, times} from './fraction.ts';

const CERTAIN = fraction(1n);
/** Longer runs than this are taken as never found at all. */
const RUN_MAX = 8;

/**
 * The chance to be found in an epoch, at least: `found` for one seed, `share` of all blocks are the leader's. Rounded down
 * to 256 places at each step, since 2^8-th powers of fractions are long.
 */
export const foundDespiteGrinding = (found: Fraction, share: Fraction): Fraction => {
	let chance = fraction(0n);
	// Blocks of one's own at the end, and one of others before them.
	let run = CERTAIN;
	let all = found;
	for (let blocks = 0; blocks <= RUN_MAX; blocks++) {
		chance = sum(chance, times(run, minus(CERTAIN, share), all));
		run = times(run, share);
		all = roundedDown(times(all, all));
	}
	return chance;
};

const PLACES = 2n ** 256n;
const roundedDown = ({over, under}: Fraction): Fraction => fraction((over * PLACES) / under, PLACES);
