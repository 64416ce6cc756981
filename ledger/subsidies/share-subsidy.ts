/** How a subsidy is shared out among providers: by the fees that their agreements paid, and a little by bond. */
import {assert} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';

export type Subsidised = {
	/** Protocol fees that its agreements paid in the period. */
	readonly fees: bigint;
	/** All that it has put up. */
	readonly bond: bigint;
	/** What of it the rules ask for: the least bond and the collateral of its agreements. */
	readonly bondNeeded: bigint;
};

/** The bond beyond what is needed raises a share by up to a half, which it reaches at twice of what is needed. */
const BOND_PARTS = 1_000_000n;
const BOND_PARTS_MAX: bigint = BOND_PARTS / 2n;

/** What a provider's fees count as. */
const weightOf = ({fees, bond, bondNeeded}: Subsidised): bigint => {
	const extra = bond > bondNeeded ? bond - bondNeeded : 0n;
	const counted = extra < bondNeeded ? extra : bondNeeded;
	const raised = bondNeeded === 0n ? 0n : (BOND_PARTS_MAX * counted) / bondNeeded;
	return fees * (BOND_PARTS + raised);
};

/**
 * The share of each, in their order. Of the fees that its agreements paid nobody gets more than the part that is not
 * shared with pools: whoever makes agreements with itself may own all of these too, and would gain (docs/ATTACKS.md,
 * `subsidised-self-dealing`). What that leaves of the pot, and every rounding, is not paid.
 */
export const shareSubsidy = (
	pot: bigint,
	poolShare: Ratio,
	providers: readonly Subsidised[],
): readonly Lovelace[] => {
	assert(pot >= 0n, 'a pot is not negative');
	const weights = providers.map(weightOf);
	const all = weights.reduce((sum, weight) => sum + weight, 0n);
	return providers.map(({fees}, index) => {
		const share = all === 0n ? 0n : (pot * (weights[index] ?? 0n)) / all;
		const most = fees - (fees * poolShare.numerator + poolShare.denominator - 1n) / poolShare.denominator;
		return Lovelace(share < most ? share : most);
	});
};
