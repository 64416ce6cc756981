/** Tails of the binomial distribution by adding up trial after trial, rounded up. */
import {assert} from '#kernel/assert';
import {anyOf, CERTAIN, complement, NEVER, type Probability, timesUp} from './probability.ts';

/** How often each number of successes 0 … `max` comes in `trials`; the rest, above `max`, in the last place. */
export const successes = (trials: number, chance: Probability, max: number): readonly Probability[] => {
	const not = complement(chance);
	let counts: Probability[] = [CERTAIN, ...Array.from({length: max + 1}, () => NEVER)];
	for (let trial = 0; trial < trials; trial++)
		counts = counts.map((stays, count) => {
			const fromBelow = count === 0 ? NEVER : timesUp(counts[count - 1] ?? NEVER, chance);
			return fromBelow + (count > max ? stays : timesUp(stays, not));
		});
	return counts;
};

/** P(more than `max` successes) in 0, 1, … `trials` trials. */
export const moreThanByTrials = (
	trials: number,
	chance: Probability,
	max: number,
): readonly Probability[] => {
	const tails: Probability[] = [NEVER];
	let below = [CERTAIN, ...Array.from({length: max}, () => NEVER)];
	const not = complement(chance);
	for (let trial = 1; trial <= trials; trial++) {
		tails.push((tails.at(-1) ?? NEVER) + timesUp(below.at(-1) ?? NEVER, chance));
		below = below.map((stays, count) => timesUp(stays, not) + timesUp(below[count - 1] ?? NEVER, chance));
	}
	return tails;
};

/** P(more than `max` successes). `chance` not below the truth gives an upper bound. */
export const moreThan = (trials: number, chance: Probability, max: number): Probability =>
	max >= trials ? NEVER : (successes(trials, chance, max)[max + 1] ?? NEVER);

/** P(fewer than `min` successes). `chance` not above the truth gives an upper bound. */
export const fewerThan = (trials: number, chance: Probability, min: number): Probability => {
	if (min > trials) return CERTAIN;
	return anyOf(...successes(trials, chance, min - 1).slice(0, Math.max(0, min)));
};

/**
 * The numbers of successes that are not surprising: outside of them lies, on each side, less than `error`. Term by
 * term, each from the one before it, with room for the smallest of them.
 */
export const plausibleCounts = (
	trials: number,
	chance: Probability,
	error: Probability,
): {readonly least: number; readonly most: number} => {
	const [p, q] = [chance, complement(chance)];
	assert(p > NEVER && q > NEVER, 'something is left to chance');
	const places = BigInt(512 + trials * (257 - q.toString(2).length));
	let term = 1n << places;
	for (let trial = 0; trial < trials; trial++) term = (term * q) >> 256n;
	const terms = [term];
	for (let count = 0; count < trials; count++) {
		term = (term * BigInt(trials - count) * p) / (BigInt(count + 1) * q);
		terms.push(term);
	}
	const firstOver = (ordered: readonly bigint[]): number => {
		let sum = 0n;
		return ordered.findIndex(each => {
			sum += each;
			return sum >= error << (places - 256n);
		});
	};
	return {least: firstOver(terms), most: trials - firstOver(terms.toReversed())};
};
