/** How likely a block is not everywhere before the slot ends: what "no delay" is a premise of. */
import {anyOfMany, CERTAIN, overUp, type Probability, powerUp, timesUp} from './probability.ts';

export type Way = {
	/** Of one message on one link: the least, and the mean of what comes on top (exponential). */
	readonly latencyMs: readonly [min: number, mean: number];
	/** Messages one after another from the maker to the last node. */
	readonly messages: number;
	readonly limitMs: number;
};

/** Not below e^-1. */
const INVERSE_OF_E: Probability = overUp(100_000n * CERTAIN, 271_828n * CERTAIN);

/**
 * P(so many messages in a row take longer). What comes on top of the least is a sum of exponential times: it exceeds t
 * means with e^-t (1 + t + t²/2! + …), as many terms as there are messages. Each message is rounded up to a millisecond.
 */
export const lateOdds = ({latencyMs: [min, mean], messages, limitMs}: Way): Probability => {
	const spareMs = limitMs - messages * (min + 1);
	if (spareMs < 0) return CERTAIN;
	if (mean === 0) return 0n;
	// Whole means, rounded down: a later time is less likely.
	const spare = Math.floor(spareMs / mean);
	let term = CERTAIN;
	let sum = CERTAIN;
	for (let count = 1; count < messages; count++) {
		term = (term * BigInt(spare)) / BigInt(count) + 1n;
		sum += term;
	}
	const chance = timesUp(powerUp(INVERSE_OF_E, spare), sum);
	return chance > CERTAIN ? CERTAIN : chance;
};

/** P(some of these blocks is late at some of these nodes). */
export const anyLateOdds = (way: Way, blocks: number, nodes: number): Probability =>
	anyOfMany(blocks * nodes, lateOdds(way));
