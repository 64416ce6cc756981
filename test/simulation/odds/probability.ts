/**
 * Probabilities in fixed point with 256 binary places. Whoever computes an upper bound rounds up at every step, so that
 * what is printed at the end is never below the true bound.
 */
import {assert} from '#kernel/assert';
import type {Ratio} from '#kernel/ratio';

/** An integer number of 2^-256. */
export type Probability = bigint;

const PLACES = 256n;
export const CERTAIN: Probability = 1n << PLACES;
export const NEVER: Probability = 0n;

const ROUND_UP = CERTAIN - 1n;

export const timesUp = (a: Probability, b: Probability): Probability => (a * b + ROUND_UP) >> PLACES;
export const timesDown = (a: Probability, b: Probability): Probability => (a * b) >> PLACES;

export const overUp = (a: Probability, b: Probability): Probability => {
	assert(b > 0n, 'division by a probability of zero');
	return (a * CERTAIN + b - 1n) / b;
};
export const overDown = (a: Probability, b: Probability): Probability => {
	assert(b > 0n, 'division by a probability of zero');
	return (a * CERTAIN) / b;
};

export const complement = (a: Probability): Probability => CERTAIN - a;
export const atMostCertain = (a: Probability): Probability => (a > CERTAIN ? CERTAIN : a);

/** Exact but for the last of the 256 places. */
export const probability = ({numerator, denominator}: Ratio): Probability =>
	(numerator * CERTAIN) / denominator;

const power = (
	base: Probability,
	exponent: number,
	times: (a: Probability, b: Probability) => Probability,
): Probability => {
	let [result, square] = [CERTAIN, base];
	for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
		if (left % 2 === 1) result = times(result, square);
		square = times(square, square);
	}
	return result;
};
export const powerUp = (base: Probability, exponent: number): Probability => power(base, exponent, timesUp);
export const powerDown = (base: Probability, exponent: number): Probability =>
	power(base, exponent, timesDown);

/** At least one of several, whatever hangs together: the sum. */
export const anyOf = (...chances: readonly Probability[]): Probability =>
	atMostCertain(chances.reduce((sum, chance) => sum + chance, NEVER));

/** At least one of `count` events of this chance each. */
export const anyOfMany = (count: number, chance: Probability): Probability =>
	atMostCertain(BigInt(count) * chance);

/** The least of several upper bounds of one chance. */
export const leastOf = (...bounds: readonly Probability[]): Probability =>
	bounds.reduce((least, bound) => (bound < least ? bound : least), CERTAIN);

/** Rounded up to a double: not below the exact value. */
export const numberUp = (chance: Probability): number => {
	if (chance === NEVER) return 0;
	// 53 bits fit a double; the bit that is added covers what is cut off.
	const cut = BigInt(Math.max(0, chance.toString(2).length - 52));
	const [mantissa, rest] = [chance >> cut, chance & ((1n << cut) - 1n)];
	return Number(rest === 0n ? mantissa : mantissa + 1n) * 2 ** Number(cut - PLACES);
};

/** Such as `3.2e-12`: two digits, rounded up. */
export const textOf = (chance: Probability): string => {
	if (chance === NEVER) return '0';
	let [exponent, scaled] = [0, chance];
	while (scaled < CERTAIN) [exponent, scaled] = [exponent - 1, scaled * 10n];
	const tenths = (scaled * 10n + CERTAIN - 1n) / CERTAIN;
	if (tenths === 100n) return textWith(10n, exponent + 1);
	return textWith(tenths, exponent);
};

const textWith = (tenths: bigint, exponent: number): string =>
	`${tenths / 10n}.${tenths % 10n}${exponent === 0 ? '' : `e${exponent}`}`;
