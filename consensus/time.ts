import {assert} from '#kernel/assert';
import {Epoch, KesPeriod, Slot} from '#kernel/slot';
import type {ConsensusParams} from './params.ts';

type EpochParams = Pick<ConsensusParams, 'epochLength' | 'eraStart'>;

/** The epoch that `slot` lies in; slots before `eraStart` count as its first epoch. */
export const epochOf = ({epochLength, eraStart}: EpochParams, slot: Slot): Epoch => {
	const since = Math.max(0, slot - (eraStart?.slot ?? 0));
	return Epoch((eraStart?.epoch ?? 0) + Math.floor(since / epochLength));
};

export const firstSlotOf = ({epochLength, eraStart}: EpochParams, epoch: Epoch): Slot => {
	assert(epoch >= (eraStart?.epoch ?? 0), 'an epoch before the first one');
	return Slot((eraStart?.slot ?? 0) + (epoch - (eraStart?.epoch ?? 0)) * epochLength);
};

export const kesPeriodOf = (
	{slotsPerKesPeriod}: Pick<ConsensusParams, 'slotsPerKesPeriod'>,
	slot: Slot,
): KesPeriod => KesPeriod(Math.floor(slot / slotsPerKesPeriod));

/** When slot 0 begins, in milliseconds since 1970, and how long a slot lasts. Whole numbers. */
export type SlotClock = {readonly systemStartMs: number; readonly slotLengthMs: number};

/** The slot at `timeMs`, or undefined before the system starts. */
export const slotAt = ({systemStartMs, slotLengthMs}: SlotClock, timeMs: number): Slot | undefined =>
	timeMs < systemStartMs ? undefined : Slot(Math.floor((timeMs - systemStartMs) / slotLengthMs));

export const slotStartMs = ({systemStartMs, slotLengthMs}: SlotClock, slot: Slot): number =>
	systemStartMs + slot * slotLengthMs;
