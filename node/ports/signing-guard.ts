import type {Slot} from '#kernel/slot';

/** Which certificate a block was signed under, and what the KES key was. */
export type SignedUnder = {
	/** The KES key, by its verification key. */
	readonly hotVk: Uint8Array;
	/** Number of the operational certificate. */
	readonly counter: bigint;
	/** How often the KES key had been evolved. */
	readonly evolution: number;
};

/**
 * Remembers the last slot that was signed for, so that a restarted producer never signs two blocks for one slot, and what
 * with, so that it notices keys that are older than that. It cannot see another host that runs with the same keys.
 */
export type SigningGuard = {
	/** The last slot recorded by any process on this folder, or undefined when none was. */
	lastSignedSlot(): Slot | undefined;
	/** What the block of that slot was signed under; undefined when no slot, or only the slot, is known. */
	lastSignedUnder(): SignedUnder | undefined;
	/** Resolves when it is on disk for good (fsync). Slots must go up. */
	record(slot: Slot, under: SignedUnder): Promise<void>;
};
