/** How slowly a chain may grow, and how few of its blocks may be honest. */
import {fewerThan, moreThanByTrials} from './binomial.ts';
import {
	anyOf,
	anyOfMany,
	CERTAIN,
	complement,
	leastOf,
	NEVER,
	overUp,
	type Probability,
	powerUp,
	timesDown,
	timesUp,
} from './probability.ts';
import {type Lottery, slotOdds} from './slot-odds.ts';

export type GrowthBound = {readonly windowSlots: number; readonly blocksMin: number};

/**
 * P(in some window of a run the chain of every honest node grows by less). After a block the next one that surely lies
 * higher is the first honest one `delaySlots` later; the last of a window has to arrive in it as well.
 */
export const growthOdds = (
	{f, honest, delaySlots}: Omit<Lottery, 'adversary'>,
	{windowSlots, blocksMin, slots}: GrowthBound & {readonly slots: number},
): Probability => {
	const trials = windowSlots - delaySlots * (blocksMin + 1);
	if (trials < blocksMin) return CERTAIN;
	return anyOfMany(slots, fewerThan(trials, slotOdds(honest, f).some.low, blocksMin));
};

export type QualityBound = {readonly windowBlocks: number; readonly honestMin: number};

/** z of E[z^(difference)], tried one after another: the best one makes the bound. In 32nds. */
const TILTS: readonly bigint[] = [36n, 40n, 48n, 56n, 64n, 80n, 96n, 128n, 192n, 256n];

/** P(the sum of `trials` independent differences ≥ least), where one is +1, 0 or -1: Chernoff. */
const sumAtLeast = (
	trials: number,
	{up, down}: {readonly up: Probability; readonly down: Probability},
	least: number,
): Probability => {
	const same = complement(up) - down;
	const bounds = TILTS.map(tilt => {
		const z = (tilt * CERTAIN) / 32n;
		const inverse = overUp(CERTAIN, z);
		const moment = timesUp(up, z) + same + timesUp(down, inverse);
		const scale = least >= 0 ? powerUp(inverse, least) : powerUp(z, -least);
		return timesUp(powerUp(moment, trials), scale);
	});
	return leastOf(...bounds);
};

/**
 * P(some `windowBlocks` blocks in a row of a chain have fewer than `honestMin` honest ones). Such a stretch, prolonged to
 * the honest blocks before and after it, took a number of slots in which the chain grew at least as the honest pools make
 * it grow; all but fewer than `honestMin` of its blocks are the adversary's, in slots of their own. Without delay: the
 * scenario that states a bound has links faster than a slot.
 */
export const qualityOdds = (
	{f, honest, adversary, delaySlots}: Lottery,
	{windowBlocks, honestMin, slots}: QualityBound & {readonly slots: number},
): Probability => {
	if (delaySlots > 0) return CERTAIN;
	const bad = slotOdds(adversary, f).some;
	if (bad.high === NEVER) return NEVER;
	const good = slotOdds(honest, f).some;
	const fewest = windowBlocks - honestMin + 1;
	const difference = {
		up: timesUp(bad.high, complement(good.low)),
		// Not above the truth: what pulls the other way must not be overrated.
		down: timesDown(good.low, complement(bad.high)),
	};
	const enough = moreThanByTrials(8 * windowBlocks, bad.high, fewest - 1);
	const perWindow: Probability[] = [];
	for (let window = fewest; window <= slots; window++)
		perWindow.push(leastOf(enough[window] ?? CERTAIN, sumAtLeast(window, difference, 1 - honestMin)));
	return anyOfMany(slots, anyOf(...perWindow));
};
