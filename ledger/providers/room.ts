/** How far a provider fills up: its own rule, not the ledger's, and what clients expect of it. */

/** Providers take no agreement that leaves them fuller than this: what is there must be moved about, and grows. */
const FULL_PERCENT = 95n;

/** What a provider still takes in. */
export const roomOf = ({
	capacityLeaves,
	usedLeaves,
}: {
	readonly capacityLeaves: number;
	readonly usedLeaves: number;
}): number => Math.max(0, Number((BigInt(capacityLeaves) * FULL_PERCENT) / 100n) - usedLeaves);
