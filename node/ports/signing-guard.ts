import type {Slot} from '#kernel/slot';

/**
 * Remembers the last slot that was signed for, so that a restarted producer never signs two blocks for one slot.
 * It cannot see another host that runs with the same keys.
 */
export type SigningGuard = {
	/** The last slot recorded by any process on this folder, or undefined when none was. */
	lastSignedSlot(): Slot | undefined;
	/** Resolves when the slot is on disk for good (fsync). Slots must go up. */
	record(slot: Slot): Promise<void>;
};
