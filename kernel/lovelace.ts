import {assert} from './assert.ts';
import type {Brand} from './brand.ts';

/** An amount of money: lovelace on Cardano, credits (1 credit = 1 lovelace) on the side-chain. In [0, 2^64). */
export type Lovelace = Brand<bigint, 'Lovelace'>;

const LOVELACE_MAX = 2n ** 64n - 1n;

export const Lovelace = (value: bigint): Lovelace => {
	assert(value >= 0n && value <= LOVELACE_MAX, () => `not an amount of lovelace: ${value}`);
	return value as Lovelace;
};

export const addLovelace = (...amounts: readonly Lovelace[]): Lovelace =>
	Lovelace(amounts.reduce((sum: bigint, amount) => sum + amount, 0n));

/** a - b, or undefined when b is more than a. */
export const subtractLovelace = (a: Lovelace, b: Lovelace): Lovelace | undefined =>
	a >= b ? Lovelace(a - b) : undefined;

/** floor(amount * numerator / denominator). */
export const shareOf = (amount: Lovelace, part: {numerator: bigint; denominator: bigint}): Lovelace =>
	Lovelace((amount * part.numerator) / part.denominator);
