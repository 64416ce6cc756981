import type {Tip} from '#kernel/point';
import {err, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {Header} from '../header.ts';
import {accepted} from './accepted.ts';

export type SlotFailure = {
	readonly code: 'HEADER_SLOT_NOT_AFTER_PARENT';
	readonly parentSlot: Slot;
	readonly slot: Slot;
};

/** Slots go up along a chain; the first block may be in any. */
export const checkSlot = (parent: Tip, {slot}: Pick<Header, 'slot'>): Result<undefined, SlotFailure> =>
	parent === 'origin' || slot > parent.slot
		? accepted
		: err({code: 'HEADER_SLOT_NOT_AFTER_PARENT', parentSlot: parent.slot, slot});
