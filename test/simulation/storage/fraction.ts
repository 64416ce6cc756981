/** Exact fractions with a sign: what an attack can expect, without any rounding. */
import {assert} from '#kernel/assert';
import type {Ratio} from '#kernel/ratio';

/** `under` is above zero. Not in lowest terms. */
export type Fraction = {readonly over: bigint; readonly under: bigint};

export const fraction = (over: bigint, under = 1n): Fraction => {
	assert(under > 0n, 'not a fraction');
	return {over, under};
};

export const ofRatio = ({numerator, denominator}: Ratio): Fraction => fraction(numerator, denominator);

export const sum = (...parts: readonly Fraction[]): Fraction =>
	parts.reduce((a, b) => fraction(a.over * b.under + b.over * a.under, a.under * b.under), fraction(0n));

export const minus = (a: Fraction, b: Fraction): Fraction => sum(a, fraction(-b.over, b.under));

export const times = (...factors: readonly Fraction[]): Fraction =>
	factors.reduce((a, b) => fraction(a.over * b.over, a.under * b.under), fraction(1n));

export const power = (base: Fraction, exponent: number): Fraction =>
	fraction(base.over ** BigInt(exponent), base.under ** BigInt(exponent));

export const isBelow = (a: Fraction, b: Fraction): boolean => a.over * b.under < b.over * a.under;

export const greatest = (all: readonly Fraction[]): Fraction =>
	all.reduce((best, each) => (isBelow(best, each) ? each : best));

/** With `places` decimals, rounded up: never below the exact value. */
export const textUp = ({over, under}: Fraction, places = 3): string => {
	const scale = 10n ** BigInt(places);
	const scaled = over * scale;
	const up = scaled / under + (scaled > 0n && scaled % under !== 0n ? 1n : 0n);
	const digits = (up < 0n ? -up : up).toString().padStart(places + 1, '0');
	return `${up < 0n ? '−' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
};

/** Such as `33.7 %`: one decimal, rounded to the nearest. */
export const percentText = ({over, under}: Fraction): string => {
	const tenths = (over * 2000n + under) / (2n * under);
	return `${tenths / 10n}.${tenths % 10n} %`;
};
