/** e^x in fixed point, step by step as cardano-ledger's NonIntegral.hs, so that the last digit agrees. */
import {absolute, divide, EPSILON, type Fixed, multiply, ONE} from './fixed-point.ts';

const ITERATIONS_MAX = 1000;

/** x^n by squaring. The order of multiplications decides how the result is rounded. */
const naturalPower = (x: Fixed, n: bigint): Fixed => {
	if (n === 0n) return ONE;
	if (n % 2n !== 0n) return multiply(x, naturalPower(x, n - 1n));
	const root = naturalPower(x, n / 2n);
	return multiply(root, root);
};

/** x^n for an integer n. */
export const integerPower = (x: Fixed, n: bigint): Fixed =>
	n < 0n ? divide(ONE, naturalPower(x, -n)) : naturalPower(x, n);

/** The Taylor series of e^x for x in [0, 1]. */
const taylorExponential = (x: Fixed): Fixed => {
	let term = ONE;
	let sum = ONE;
	for (let n = 1n; n < ITERATIONS_MAX; n++) {
		const next = divide(multiply(term, x), n * ONE);
		if (absolute(next) < EPSILON) return sum;
		sum += next;
		term = next;
	}
	return sum;
};

/** e^x. Scales x into [0, 1] first: e^x = (e^(x/n))^n with n = ceil(x). */
export const exponential = (x: Fixed): Fixed => {
	if (x < 0n) return divide(ONE, exponential(-x));
	if (x === 0n) return ONE;
	const n = (x + ONE - 1n) / ONE;
	return naturalPower(taylorExponential(divide(x, n * ONE)), n);
};
