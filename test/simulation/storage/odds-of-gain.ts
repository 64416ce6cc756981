/**
 * What whoever keeps less than it is paid for can expect of one epoch, exactly, and on the cheat's side wherever something
 * is not known. If the expectation of every single epoch is below zero, so is that of any plan made of epochs, whenever it
 * stops and under however many names it is played (the expectations of the steps add up).
 *
 * Taken for the cheat: keeping a piece costs all that it earns; a miss costs what the first one does, although the second
 * and third cost more; half of what is slashed on agreements with itself comes back as a repairer's bounty.
 */
import {assert} from '#kernel/assert';
import type {Ratio} from '#kernel/ratio';
import {CHALLENGES} from '#storage-proofs/challenge';
import {type Fraction, fraction, minus, ofRatio, power, sum, times} from './fraction.ts';

export type Cheat = {
	/** Leaves that customers pay for, and how many of them are gone. */
	readonly customers: bigint;
	readonly missing: bigint;
	/** Leaves of agreements with itself; they need no disk, because their bytes follow from a seed. */
	readonly own: bigint;
	/** The rate of its own agreements beside that of the customers'. */
	readonly ownRate: Fraction;
};

const CERTAIN = fraction(1n);

/** The chance that at least one of the eight challenges of an epoch falls on a missing leaf. */
export const foundChance = (missing: bigint, total: bigint): Fraction => {
	assert(missing >= 0n && missing <= total && total > 0n, 'no such leaves');
	return minus(CERTAIN, power(fraction(total - missing, total), CHALLENGES));
};

/** The chance to be found at least once in so many epochs. */
export const foundWithin = (chance: Fraction, epochs: number): Fraction =>
	minus(CERTAIN, power(minus(CERTAIN, chance), epochs));

export const foundChanceOf = ({customers, missing, own}: Cheat): Fraction =>
	foundChance(missing, customers + own);

/** The least that a miss costs: the epoch's pay and an epoch of revenue of all agreements, in customers' pay. */
const leastCost = ({customers, own, ownRate}: Cheat, fee: Fraction): Fraction => {
	const ownRevenue = times(ownRate, fraction(own, customers));
	const half = fraction(1n, 2n);
	return sum(minus(CERTAIN, fee), CERTAIN, times(half, ownRevenue));
};

/**
 * More than the cheat can expect to win in an epoch over being honest, in what customers pay it an epoch.
 * `storageFee`: of every payment. `found`: the chance to be found, when it is not that of eight free draws.
 */
export const expectedGain = (
	cheat: Cheat,
	storageFee: Ratio,
	found: Fraction = foundChanceOf(cheat),
): Fraction => {
	const {customers, missing, own, ownRate} = cheat;
	const fee = ofRatio(storageFee);
	const saved = fraction(missing, customers);
	const fees = times(fee, ownRate, fraction(own, customers));
	const lost = sum(times(found, leastCost(cheat, fee)), times(minus(CERTAIN, found), fees));
	return minus(saved, lost);
};
