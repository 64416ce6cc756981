/** A payment channel on Cardano. Its id is the name of its NFT (`crypto/vouchers/channel-id`). */
import type {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {bytesField, countField, type DatumRecord, datumRecord, u64Field} from './record.ts';

export type ChannelDatum = {
	/** Cardano payment key hash: opened it, and gets the rest. */
	readonly funder: Hash28;
	/** Ed25519 key that signs vouchers, 32 bytes. */
	readonly payerVk: Uint8Array;
	/** Cardano payment key hash. */
	readonly payee: Hash28;
	/** POSIX milliseconds; vouchers are settled before. */
	readonly expiryMs: number;
	/** All that the payee got. */
	readonly paid: Lovelace;
	/** POSIX milliseconds; the end of the window after the funder closed; 0 while it has not. */
	readonly closesAtMs: number;
};

export const channelDatum: DatumRecord<ChannelDatum> = datumRecord('Channel', 0, {
	funder: bytesField<Hash28>(28),
	payerVk: bytesField(32),
	payee: bytesField<Hash28>(28),
	expiryMs: countField(),
	paid: u64Field<Lovelace>(),
	closesAtMs: countField(),
});

/** Mints the NFT of a channel; the output is one that the transaction spends. */
export type OpenChannel = {readonly txId: Hash32; readonly index: number; readonly lane: number};

export const openChannelRedeemer: DatumRecord<OpenChannel> = datumRecord('OpenChannel', 0, {
	txId: bytesField<Hash32>(32),
	index: countField(0xff_ff),
	lane: countField(0xff_ff_ff_ff),
});

type Nothing = Record<string, never>;

/** Burns the NFTs of channels that end. */
export const burnChannelRedeemer: DatumRecord<Nothing> = datumRecord('BurnChannel', 1, {});

/** A voucher without the channel that it is for, which the NFT names. */
export type ChannelVoucher = {readonly cumulative: Lovelace; readonly signature: Uint8Array};

const voucherFields = {cumulative: u64Field<Lovelace>(), signature: bytesField(0, 64)};

/** Redeemers of a channel's output, by what they do. */
export const CHANNEL_ACTION = {topUp: 0, settle: 1, end: 2, close: 3, refund: 4} as const;

export const topUpChannelRedeemer: DatumRecord<Nothing> = datumRecord(
	'TopUpChannel',
	CHANNEL_ACTION.topUp,
	{},
);
/** The payee takes what a voucher says; the channel goes on. */
export const settleChannelRedeemer: DatumRecord<ChannelVoucher> = datumRecord(
	'SettleChannel',
	CHANNEL_ACTION.settle,
	voucherFields,
);
/** The payee ends the channel, with a last voucher or, where `cumulative` is what was paid, without one. */
export const endChannelRedeemer: DatumRecord<ChannelVoucher> = datumRecord(
	'EndChannel',
	CHANNEL_ACTION.end,
	voucherFields,
);
/** The funder wants the rest back: the window begins. */
export const closeChannelRedeemer: DatumRecord<Nothing> = datumRecord(
	'CloseChannel',
	CHANNEL_ACTION.close,
	{},
);
export const refundChannelRedeemer: DatumRecord<Nothing> = datumRecord(
	'RefundChannel',
	CHANNEL_ACTION.refund,
	{},
);
