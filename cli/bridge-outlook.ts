/** When value that crosses the bridge arrives, as far as Cardano and the side-chain let one say. */
import type {Genesis} from '#ledger/genesis/genesis';
import type {CardanoNetwork} from '#onchain/deployment';

export type DepositOutlook = {
	/** Slots that have passed on Cardano since its block. */
	readonly depth: number;
	/** Slots until the side-chain may refer to that block; 0: with its next block. */
	readonly slotsLeft: number;
	/** When that is, in Unix milliseconds; the side-chain's next block comes soon after. */
	readonly expectedMs: number;
};

export const depositOutlook = (
	{zeroTimeMs, slotLengthMs}: CardanoNetwork,
	{
		slot,
		tipSlot,
		stableDepth,
	}: {readonly slot: number; readonly tipSlot: number; readonly stableDepth: number},
): DepositOutlook => ({
	depth: Math.max(0, tipSlot - slot),
	slotsLeft: Math.max(0, slot + stableDepth - tipSlot),
	expectedMs: zeroTimeMs + (slot + stableDepth) * slotLengthMs,
});

export type PeriodOutlook = {
	/** The period that is under way: what is withdrawn now stands in its checkpoint. */
	readonly period: number;
	/** Its last slot has passed then; signing and submitting the checkpoint take some blocks more. */
	readonly endsMs: number;
};

export const periodOutlook = (
	{
		epochLength,
		checkpointEvery,
		systemStartMs,
		slotMs,
	}: Pick<Genesis, 'epochLength' | 'checkpointEvery' | 'systemStartMs' | 'slotMs'>,
	currentSlot: number,
): PeriodOutlook => {
	const slots = epochLength * checkpointEvery;
	const period = Math.floor(currentSlot / slots) + 1;
	return {period, endsMs: systemStartMs + period * slots * slotMs};
};
