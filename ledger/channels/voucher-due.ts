/** When a voucher is to be settled: the watchtower's whole judgement. */
import type {Voucher} from '#crypto/vouchers/voucher';
import type {Slot} from '#kernel/slot';
import {type Channel, channelEnd} from './channel.ts';
import type {DisputeRules} from './dispute-window.ts';

export type SettlePolicy = {
	/** What settling costs: less than this is not worth it. */
	readonly fee: bigint;
	/** So much is settled at once, however long the channel still lives. */
	readonly settleFrom: bigint;
	/** Slots before a channel's end in which whatever is due is settled. */
	readonly settleSlots: number;
};

/** Half a dispute window: that is left to settle in when a payee stops to serve on a channel that runs out. */
export const settleSlotsOf = ({genesis: {epochLength}, parameters}: DisputeRules): number =>
	Math.ceil((parameters.disputeWindowEpochs * epochLength) / 2);

/** What the voucher pays beyond what was paid; 0 when it pays nothing any more. */
export const voucherWorth = (
	{deposit, paid}: Pick<Channel, 'deposit' | 'paid'>,
	{cumulative}: Pick<Voucher, 'cumulative'>,
): bigint => {
	const due = cumulative < deposit ? cumulative : deposit;
	return due > paid ? due - paid : 0n;
};

/** Whether to settle now: always when the funder has closed, near the end, or when it is much. */
export const isVoucherDue = (
	channel: Channel,
	voucher: Pick<Voucher, 'cumulative'>,
	slot: Slot,
	{fee, settleFrom, settleSlots}: SettlePolicy,
): boolean => {
	const worth = voucherWorth(channel, voucher);
	const end = channelEnd(channel);
	if (worth <= fee || slot >= end) return false;
	return channel.closesAt !== null || worth >= settleFrom || slot + settleSlots >= end;
};
