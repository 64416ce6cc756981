/** ln x in fixed point, step by step as cardano-ledger's NonIntegral.hs. */
import {assert} from '#kernel/assert';
import {exponential, integerPower} from './exponential.ts';
import {absolute, divide, EPSILON, type Fixed, multiply, ONE} from './fixed-point.ts';

const ITERATIONS_MAX = 1000;
const E: Fixed = exponential(ONE);

/** The n with e^n <= x < e^(n+1): doubled out to a bracket, then halved in. */
const wholeLogarithm = (x: Fixed): bigint => {
	let low = -1n;
	let high = 1n;
	let below = divide(ONE, E);
	let above = E;
	while (below > x || x > above) {
		below = multiply(below, below);
		above = multiply(above, above);
		low *= 2n;
		high *= 2n;
	}
	while (low + 1n !== high) {
		const middle = low + (high - low) / 2n;
		if (x < integerPower(E, middle)) high = middle;
		else low = middle;
	}
	return low;
};

/** ln(1 + y) by its continued fraction y/(1 + 1y/(2 + 1y/(3 + 4y/(4 + 4y/(5 + ...))))). */
const logarithmOfOnePlus = (y: Fixed): Fixed => {
	let [numeratorBefore, denominatorBefore] = [ONE, 0n];
	let [numerator, denominator] = [0n, ONE];
	let last: Fixed | undefined;
	for (let n = 1n; ; n++) {
		const k = n / 2n;
		const coefficient = n === 1n ? y : y * k * k;
		const nextNumerator = n * numerator + multiply(coefficient, numeratorBefore);
		const nextDenominator = n * denominator + multiply(coefficient, denominatorBefore);
		const value = divide(nextNumerator, nextDenominator);
		if ((last !== undefined && absolute(last - value) < EPSILON) || n > ITERATIONS_MAX) return value;
		last = value;
		[numeratorBefore, denominatorBefore] = [numerator, denominator];
		[numerator, denominator] = [nextNumerator, nextDenominator];
	}
};

/** ln x for x > 0. */
export const logarithm = (x: Fixed): Fixed => {
	assert(x > 0n, 'the logarithm of a number that is not positive');
	const whole = wholeLogarithm(x);
	return whole * ONE + logarithmOfOnePlus(divide(x, integerPower(E, whole)) - ONE);
};

/** base^exponent for base > 0. */
export const power = (base: Fixed, exponent: Fixed): Fixed => {
	if (exponent === 0n) return ONE;
	if (exponent === ONE || base === ONE) return base;
	return exponential(multiply(exponent, logarithm(base)));
};
