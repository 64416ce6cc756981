import {absolute, divide, type Fixed, multiply, ONE} from './fixed-point.ts';

const ITERATIONS_MAX = 1000;

/** How a number stands to e^x; `unknown` when the series ended undecided. */
export type Comparison = {
	readonly order: 'above' | 'below' | 'unknown';
	/** The partial sum of e^x that decided. */
	readonly approximation: Fixed;
	readonly iterations: number;
};

/**
 * Is `value` above or below e^x? Adds up the Taylor series only until the error left, at most `bound` times
 * the next term, no longer matters (`taylorExpCmp` in cardano-ledger's NonIntegral.hs).
 */
export const compareExponential = (bound: bigint, value: Fixed, x: Fixed): Comparison => {
	let term = x;
	let sum = ONE;
	let divisor = ONE;
	for (let iterations = 1; iterations <= ITERATIONS_MAX; iterations++) {
		divisor += ONE;
		sum += term;
		term = divide(multiply(term, x), divisor);
		const error = absolute(term * bound);
		if (value >= sum + error) return {order: 'above', approximation: sum, iterations};
		if (value < sum - error) return {order: 'below', approximation: sum, iterations};
	}
	return {order: 'unknown', approximation: sum, iterations: ITERATIONS_MAX};
};
