/**
 * Numbers with 34 decimal places, as Haskell's `Data.Fixed E34`: integers scaled by 10^34, rounded down.
 * Every node must round alike, so the leader check knows neither floats nor truncating division.
 */
import type {Ratio} from '#kernel/ratio';

/** An integer number of 10^-34. */
export type Fixed = bigint;

export const ONE: Fixed = 10n ** 34n;

/** Where series stop: 10^-24. */
export const EPSILON: Fixed = 10n ** 10n;

/** Haskell's `div`: towards minus infinity, where BigInt's `/` goes towards zero. */
export const floorDivide = (a: bigint, b: bigint): bigint => {
	const quotient = a / b;
	return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};

export const multiply = (a: Fixed, b: Fixed): Fixed => floorDivide(a * b, ONE);

export const divide = (a: Fixed, b: Fixed): Fixed => floorDivide(a * ONE, b);

export const absolute = (a: Fixed): Fixed => (a < 0n ? -a : a);

export const fixedFromRatio = ({numerator, denominator}: Ratio): Fixed =>
	floorDivide(numerator * ONE, denominator);
