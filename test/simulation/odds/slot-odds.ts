/** What a slot may bring, worked out of the very thresholds that nodes compare with. */
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {bigFromBytes} from '#kernel/bytes';
import {Ratio} from '#kernel/ratio';
import {
	CERTAIN,
	complement,
	NEVER,
	overDown,
	type Probability,
	powerDown,
	timesDown,
	timesUp,
} from './probability.ts';

/** Who draws lots. Shares are of all stake; honest pools one by one, all that may do harm together. */
export type Lottery = {
	readonly f: Ratio;
	readonly honest: readonly Ratio[];
	/** Of an adversary's pools, and of honest ones that are cut off or down in the case that is looked at. */
	readonly adversary: readonly Ratio[];
	/** A block made in slot s is known to all honest nodes before slot s + 1 + delaySlots begins. */
	readonly delaySlots: number;
};

/**
 * The chance that a pool with this share leads a slot. Exact: a leader value is uniform in [0, 2^256) and is compared
 * with this very number.
 */
export const leaderOdds = (share: Ratio, f: Ratio): Probability => {
	if (share.numerator === 0n) return NEVER;
	const threshold = leaderThreshold(share, f);
	return threshold === 'always' ? CERTAIN : bigFromBytes(threshold);
};

/** `count` equal shares of what is left beside `others`. */
export const equalShares = (count: number, others: Ratio = Ratio(0n, 1n)): readonly Ratio[] => {
	const share = Ratio(others.denominator - others.numerator, others.denominator * BigInt(count));
	return Array.from({length: count}, () => share);
};

/** Relative stakes as shares. */
export const sharesOf = (stakes: readonly number[]): readonly Ratio[] => {
	const total = stakes.reduce((sum, stake) => sum + stake, 0);
	return stakes.map(stake => Ratio(BigInt(stake), BigInt(total)));
};

export type SlotOdds = {
	/** Some pool of these leads. */
	readonly some: {readonly low: Probability; readonly high: Probability};
	/** Exactly one does. */
	readonly one: {readonly low: Probability; readonly high: Probability};
};

/** Of one slot, among pools that draw independently. */
export const slotOdds = (shares: readonly Ratio[], f: Ratio): SlotOdds => {
	const chances = shares.map(share => leaderOdds(share, f));
	let none = {low: CERTAIN, high: CERTAIN};
	let one = {low: NEVER, high: NEVER};
	for (const chance of chances) {
		const not = complement(chance);
		one = {
			low: timesDown(one.low, not) + timesDown(none.low, chance),
			high: timesUp(one.high, not) + timesUp(none.high, chance),
		};
		none = {low: timesDown(none.low, not), high: timesUp(none.high, not)};
	}
	return {some: {low: complement(none.high), high: complement(none.low)}, one};
};

/**
 * What the next slot that has a leader brings. `unique`: one honest leader, no adversary, and silence for as long as
 * its block is under way; `several`: likewise, with more than one honest leader; all else may do harm.
 *
 * Slots without leaders are left out, and an honest slot that another leader follows before its block has arrived
 * counts as the adversary's: the reduction of David, Gaži, Kiayias and Russell (Ouroboros Praos, section 4.3). Letters
 * are independent, because the gaps between slots with leaders are.
 */
export type Letters = {
	readonly unique: Probability;
	readonly several: Probability;
	/** Not below the truth. */
	readonly harmful: Probability;
	/** That a slot has a leader at all; not below the truth. */
	readonly active: Probability;
};

export const letters = ({f, honest, adversary, delaySlots}: Lottery): Letters => {
	const good = slotOdds(honest, f);
	const bad = slotOdds(adversary, f);
	const noneBad = {low: complement(bad.some.high), high: complement(bad.some.low)};
	const silent = {
		low: timesDown(complement(good.some.high), noneBad.low),
		high: timesUp(complement(good.some.low), noneBad.high),
	};
	const active = complement(silent.low);
	const quiet = powerDown(silent.low, delaySlots);
	const share = (chance: Probability): Probability =>
		overDown(timesDown(timesDown(chance, noneBad.low), quiet), active);
	const unique = share(good.one.low);
	const severalOfSlot = good.some.low - good.one.high;
	const several = share(severalOfSlot > NEVER ? severalOfSlot : NEVER);
	return {unique, several, harmful: CERTAIN - unique - several, active};
};
