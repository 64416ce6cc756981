import {assert} from './assert.ts';

/** An exact non-negative rational in lowest terms. Rules never see a float. */
export type Ratio = {readonly numerator: bigint; readonly denominator: bigint};

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

export const Ratio = (numerator: bigint, denominator: bigint): Ratio => {
	assert(numerator >= 0n && denominator > 0n, 'not a ratio');
	const divisor = gcd(numerator, denominator);
	return {numerator: numerator / divisor, denominator: denominator / divisor};
};

export const compareRatios = (a: Ratio, b: Ratio): number => {
	const difference = a.numerator * b.denominator - b.numerator * a.denominator;
	if (difference === 0n) return 0;
	return difference < 0n ? -1 : 1;
};

/** ceil(count / ratio): the stability windows ceil(3k/f) and ceil(4k/f). */
export const divideCeiling = (count: number, ratio: Ratio): number => {
	assert(ratio.numerator > 0n, 'division by zero');
	return Number((BigInt(count) * ratio.denominator + ratio.numerator - 1n) / ratio.numerator);
};

/** The exact ratio that a decimal text such as `0.05` or `1/20` names, or undefined. */
export const parseRatio = (text: string): Ratio | undefined => {
	const fraction = /^(\d{1,30})\/(\d{1,30})$/.exec(text);
	if (fraction?.[1] !== undefined && fraction[2] !== undefined)
		return BigInt(fraction[2]) === 0n ? undefined : Ratio(BigInt(fraction[1]), BigInt(fraction[2]));
	const decimal = /^(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text);
	if (decimal?.[1] === undefined) return undefined;
	const places = decimal[2] ?? '';
	return Ratio(BigInt(decimal[1] + places), 10n ** BigInt(places.length));
};
