import {type SlotClock, slotAt, slotStartMs} from '#consensus/time';
import {Slot} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';

export type SlotVisitor = {
	/** The slot has begun, and none after it has. Slots that went by while the process was held up are left out. */
	begun(slot: Slot): Promise<void>;
	/** The clock shows a slot that has been, or one before `highestSlot`: it was set back. */
	again(slot: Slot, highestSlot: Slot): void;
};

/** Calls the visitor once in every slot that the clock comes to, until the signal aborts. */
export const visitSlots = async (
	clock: Clock,
	slots: SlotClock,
	visitor: SlotVisitor,
	{signal}: {readonly signal: AbortSignal},
): Promise<void> => {
	const shown = (): number => slotAt(slots, clock.now()) ?? -1;
	let last = shown();
	let highest = last;
	while (!signal.aborted) {
		const nextMs = slotStartMs(slots, Slot(last + 1));
		await clock.waitUntil(nextMs, {signal, orSetBack: true}).catch(() => undefined);
		const now = shown();
		if (signal.aborted || now === last) continue;
		last = now;
		// Before slot 0 there is nothing to tell of.
		if (now < 0) continue;
		if (now <= highest) visitor.again(Slot(now), Slot(highest));
		else {
			highest = now;
			await visitor.begun(Slot(now));
		}
	}
};
