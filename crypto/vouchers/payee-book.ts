/** What a payee knows of a channel: what it sent, what it was promised, and so what it may send next. No I/O. */
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Crypto} from '../crypto.ts';
import {type Voucher, verifyVoucher} from './voucher.ts';
import {bytesFor, costOf, creditBytes} from './voucher-step.ts';

/** A channel as the payee found it where it settles. */
export type PayeeChannel = {
	readonly channelId: Hash32;
	readonly payerVk: Uint8Array;
	/** All that was put in, in lovelace. */
	readonly deposit: bigint;
	/** The payer asked for the rest back: what comes now is settled in time or lost. */
	readonly closing: boolean;
	/** In the domain's time: slots on the side-chain. */
	readonly expiry: number;
};

export type PayeeBook = {
	readonly channel: PayeeChannel;
	/** Lovelace per GiB. */
	readonly price: bigint;
	/** Cumulative payment from which on this price holds. */
	readonly base: bigint;
	/** Since `base`. */
	readonly servedBytes: number;
	/** The cumulative of the newest good voucher, or what was settled if that is more. */
	readonly paid: bigint;
	readonly newest: Voucher | null;
};

export type VoucherRefused =
	| {readonly code: 'VOUCHER_CHANNEL_WRONG'; readonly channelId: Hash32}
	/** Less than an earlier one. */
	| {readonly code: 'VOUCHER_STALE'; readonly cumulative: bigint; readonly paid: bigint}
	| {readonly code: 'VOUCHER_OVER_DEPOSIT'; readonly cumulative: bigint; readonly deposit: bigint}
	| {readonly code: 'VOUCHER_SIGNATURE_INVALID'; readonly channelId: Hash32; readonly cumulative: bigint}
	| {readonly code: 'CHANNEL_EXPIRED'; readonly channelId: Hash32; readonly expiry: number};

/** `settled` is what the channel has paid out already; `newest` the voucher that was kept, if any. */
export const openPayeeBook = (
	channel: PayeeChannel,
	{
		price,
		settled,
		newest,
	}: {readonly price: bigint; readonly settled: bigint; readonly newest: Voucher | null},
): PayeeBook => {
	const paid = newest !== null && newest.cumulative > settled ? newest.cumulative : settled;
	return {channel, price, base: paid, servedBytes: 0, paid, newest};
};

/** What the payer owes for all that was sent, whether it has paid it or not. */
export const payeeOwed = ({base, servedBytes, price}: PayeeBook): bigint => base + costOf(servedBytes, price);

const paidBytesOf = ({paid, base, price}: PayeeBook): number =>
	price === 0n ? 0 : bytesFor(paid - base, price);

/**
 * How many bytes may be sent now. Nothing on a channel that closes, nothing when fewer than `settleTime` are left to
 * settle in, nothing beyond the deposit, and no more than one step that is not paid.
 */
export const payeeAllowance = (
	book: PayeeBook,
	{now, settleTime}: {readonly now: number; readonly settleTime: number},
): number => {
	const {channel, price, base, servedBytes} = book;
	if (channel.closing || now + settleTime >= channel.expiry) return 0;
	if (price === 0n) return Number.MAX_SAFE_INTEGER;
	const covered = bytesFor(channel.deposit - base, price);
	return Math.max(0, Math.min(creditBytes(paidBytesOf(book)), covered) - servedBytes);
};

/** After bytes went out. Ask `payeeAllowance` first. */
export const payeeServed = (book: PayeeBook, bytes: number): PayeeBook => ({
	...book,
	servedBytes: book.servedBytes + bytes,
});

/**
 * A burst of vouchers, in any order. Only the greatest is verified, and if that one is bad the whole burst is refused: a
 * flood costs its sender more than us. The same voucher again changes nothing.
 */
export const payeeVouchers = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	book: PayeeBook,
	burst: readonly Voucher[],
	now: number,
): Result<PayeeBook, VoucherRefused> => {
	const {channel, paid} = book;
	const {channelId, payerVk, deposit, expiry} = channel;
	const foreign = burst.find(voucher => !equalBytes(voucher.channelId, channelId));
	if (foreign !== undefined) return err({code: 'VOUCHER_CHANNEL_WRONG', channelId: foreign.channelId});
	if (now >= expiry) return err({code: 'CHANNEL_EXPIRED', channelId, expiry});
	let newest: Voucher | undefined;
	for (const voucher of burst)
		if (newest === undefined || voucher.cumulative > newest.cumulative) newest = voucher;
	if (newest === undefined || newest.cumulative === paid) return ok(book);
	const {cumulative} = newest;
	if (cumulative < paid) return err({code: 'VOUCHER_STALE', cumulative, paid});
	if (cumulative > deposit) return err({code: 'VOUCHER_OVER_DEPOSIT', cumulative, deposit});
	if (!verifyVoucher(crypto, payerVk, newest))
		return err({code: 'VOUCHER_SIGNATURE_INVALID', channelId, cumulative});
	return ok({...book, paid: cumulative, newest});
};

/** After a look at the chain: topped up, closing. */
export const payeeChannel = (book: PayeeBook, channel: PayeeChannel): PayeeBook => ({...book, channel});

/** Another price from here on; not while something is owed at the old one. */
export const payeePrice = (book: PayeeBook, price: bigint): PayeeBook => {
	const owed = payeeOwed(book);
	return price === book.price || owed > book.paid ? book : {...book, price, base: owed, servedBytes: 0};
};
