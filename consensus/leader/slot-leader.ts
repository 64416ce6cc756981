import {bigFromBytes} from '#kernel/bytes';
import type {Ratio} from '#kernel/ratio';
import {compareExponential} from './compare-exponential.ts';
import {type Fixed, fixedFromRatio, floorDivide, multiply, ONE} from './fixed-point.ts';
import {logarithm} from './logarithm.ts';

/** e^x for x in (0, 1) is below 3: the factor of the error left in the series. */
const ERROR_BOUND = 3n;

/** ln(1 - f), or undefined for f = 1, where every slot has every pool as leader. Costs about 0.1 ms. */
export const activeSlotLogarithm = (f: Ratio): Fixed | undefined =>
	f.numerator >= f.denominator ? undefined : logarithm(ONE - fixedFromRatio(f));

/** How many leader values of that length there are. */
const valuesOf = (bytes: number): bigint => 1n << BigInt(8 * bytes);

/** The rule for one number in [0, 2^(8 bytes)), with ln(1 - f) computed once. */
export const isLeaderNumber = (
	value: bigint,
	sigma: Ratio,
	logarithmOfInactive: Fixed,
	bytes: number = 32,
): boolean => {
	const values = valuesOf(bytes);
	const reciprocal = floorDivide(values * ONE, values - value);
	const x = -multiply(fixedFromRatio(sigma), logarithmOfInactive);
	return compareExponential(ERROR_BOUND, reciprocal, x).order === 'below';
};

/**
 * Whether a pool with stake `sigma` leads the slot whose leader value this is, 32 bytes in Praos and the raw 64 in
 * Transitional Praos: value / 2^(8 length) < 1 - (1 - f)^sigma, as 1/(1 - p) < e^(-sigma ln(1 - f)) in fixed point.
 * Undecided after 1000 terms is not a leader (`checkLeaderNatValue`, cardano-ledger).
 */
export const isSlotLeader = (f: Ratio, sigma: Ratio, value: Uint8Array): boolean => {
	const logarithmOfInactive = activeSlotLogarithm(f);
	return (
		logarithmOfInactive === undefined ||
		isLeaderNumber(bigFromBytes(value), sigma, logarithmOfInactive, value.length)
	);
};
