/** How sure one may be of a provider: bounds on a probability from what was seen of it. Exact, so that all find the same. */
import {assert} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';

/** What was seen: whole numbers from 0 to `TRIALS_MAX`. */
export type Trials = {readonly successes: number; readonly failures: number};

/** Longer histories are cut by whoever counts: the sums below have as many terms as there are failures. */
export const TRIALS_MAX = 512;

/** Bounds are multiples of a thousandth. */
const STEPS = 1000n;
/** One in twenty: the truth is beyond a bound with 5 %. */
const BEYOND_ONE_IN = 20n;

/**
 * Whether the probability lies below step/1000 with 5 % at most. With the prior Beta(1, 1), "any is as likely", it has the
 * distribution Beta(successes + 1, failures + 1), whose distribution function is a sum of binomial terms:
 * P(p <= x) = sum over i <= failures of C(n, i) x^(n - i) (1 - x)^i, n = successes + failures + 1.
 */
const isRarelyBelow = ({successes, failures}: Trials, step: bigint): boolean => {
	const n = successes + failures + 1;
	// All terms are multiples of x^(successes + 1).
	let sum = 0n;
	let choose = 1n;
	for (let i = 0; i <= failures; i++) {
		sum += choose * step ** BigInt(failures - i) * (STEPS - step) ** BigInt(i);
		choose = (choose * BigInt(n - i)) / BigInt(i + 1);
	}
	return BEYOND_ONE_IN * sum * step ** BigInt(successes + 1) <= STEPS ** BigInt(n);
};

const lowerStep = (trials: Trials): bigint => {
	const {successes, failures} = trials;
	assert(
		[successes, failures].every(count => Number.isSafeInteger(count) && count >= 0 && count <= TRIALS_MAX),
		'trials are counted and cut',
	);
	// The greatest step that it is rarely below; it is never below 0.
	let [good, bad] = [0n, STEPS + 1n];
	while (bad - good > 1n) {
		const middle = (good + bad) / 2n;
		if (isRarelyBelow(trials, middle)) good = middle;
		else bad = middle;
	}
	return good;
};

/** With 95 % the probability of a success is at least this: the greatest such multiple of a thousandth. */
export const lowerBound = (trials: Trials): Ratio => Ratio(lowerStep(trials), STEPS);

/** With 95 % it is at most this. */
export const upperBound = ({successes, failures}: Trials): Ratio =>
	Ratio(STEPS - lowerStep({successes: failures, failures: successes}), STEPS);

/** What to expect of the next trial. */
export const expectation = ({successes, failures}: Trials): Ratio =>
	Ratio(BigInt(successes) + 1n, BigInt(successes) + BigInt(failures) + 2n);
