/** A price that follows demand: dearer while a provider fills up, cheaper while it stands empty. Decides only. */
import {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';

export type PricePolicy = {
	/** Lovelace per GiB and epoch; the price stays within. */
	readonly min: Lovelace;
	readonly max: Lovelace;
	/** Utilisation below which it falls and above which it rises; between the two it rests. low < high <= 1. */
	readonly low: Ratio;
	readonly high: Ratio;
	/** The part of the price by which it moves at a time. */
	readonly step: Ratio;
	/** Epochs that it rests after each move. */
	readonly restEpochs: number;
};

export type Utilisation = {
	readonly price: Lovelace;
	readonly usedLeaves: number;
	readonly capacityLeaves: number;
};

/** -1, 0, 1: whether used/capacity lies below, between or above. No capacity is full. */
const directionOf = ({low, high}: PricePolicy, {usedLeaves, capacityLeaves}: Utilisation): bigint => {
	const [used, capacity] = [BigInt(usedLeaves), BigInt(capacityLeaves)];
	if (used * high.denominator >= capacity * high.numerator) return 1n;
	return used * low.denominator < capacity * low.numerator ? -1n : 0n;
};

const within = ({min, max}: PricePolicy, price: bigint): Lovelace =>
	Lovelace(price < min ? min : price > max ? max : price);

/** The price from now on: one step at most, but at once within the bounds. */
export const nextPrice = (policy: PricePolicy, utilisation: Utilisation): Lovelace => {
	const {price} = utilisation;
	if (price < policy.min || price > policy.max) return within(policy, price);
	const {numerator, denominator} = policy.step;
	// Rounded up and never nothing, so that small prices move too.
	const part = (price * numerator + denominator - 1n) / denominator;
	const move = part > 0n ? part : 1n;
	return within(policy, price + directionOf(policy, utilisation) * move);
};
