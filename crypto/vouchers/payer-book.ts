/** What a payer knows of a channel: what came, what it promised, and so what it may ask for and what it signs next. No I/O. */
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Crypto} from '../crypto.ts';
import {type Voucher, verifyVoucher} from './voucher.ts';
import {bytesFor, costOf, creditBytes, stepAfter} from './voucher-step.ts';

export type PayerChannel = {
	readonly channelId: Hash32;
	readonly payerVk: Uint8Array;
	/** All that was put in, in lovelace: no voucher says more. */
	readonly deposit: bigint;
};

export type PayerBook = {
	readonly channel: PayerChannel;
	/** Lovelace per GiB. */
	readonly price: bigint;
	/** Cumulative payment from which on this book counts. */
	readonly base: bigint;
	/** Since `base`: good bytes only. */
	readonly receivedBytes: number;
	/** Cumulative of the newest voucher that was signed. */
	readonly signed: bigint;
};

/**
 * `signed` is what this side remembers to have signed, `shown` the voucher that the payee says is its newest. Ours if
 * its signature holds: then a payer that forgot everything goes on where it was. A payee that shows an old one, or
 * none, only cheats itself.
 */
export const openPayerBook = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	channel: PayerChannel,
	{price, signed, shown}: {readonly price: bigint; readonly signed: bigint; readonly shown: Voucher | null},
): PayerBook => {
	const isOurs =
		shown !== null &&
		shown.cumulative > signed &&
		shown.cumulative <= channel.deposit &&
		equalBytes(shown.channelId, channel.channelId) &&
		verifyVoucher(crypto, channel.payerVk, shown);
	const base = isOurs ? shown.cumulative : signed;
	return {channel, price, base, receivedBytes: 0, signed: base};
};

const paidBytesOf = ({signed, base, price}: PayerBook): number =>
	price === 0n ? 0 : bytesFor(signed - base, price);

/** How many bytes an honest payee sends before it wants the next voucher. */
export const payerCredit = (book: PayerBook): number => {
	const {channel, price, base, receivedBytes} = book;
	if (price === 0n) return Number.MAX_SAFE_INTEGER;
	const covered = bytesFor(channel.deposit - base, price);
	return Math.max(0, Math.min(creditBytes(paidBytesOf(book)), covered) - receivedBytes);
};

/** After bytes came and proved to be what was asked for. */
export const payerReceived = (book: PayerBook, bytes: number): PayerBook => ({
	...book,
	receivedBytes: book.receivedBytes + bytes,
});

/**
 * The cumulative to sign now: what came, never more. In the middle of a stream not before half a step is owed, so that
 * vouchers are few and the payee still does not have to wait; `final`: everything. Undefined: nothing to sign.
 */
export const payerDue = (book: PayerBook, {final}: {readonly final: boolean}): bigint | undefined => {
	const {channel, base, price, receivedBytes, signed} = book;
	const paidBytes = paidBytesOf(book);
	if (!final && receivedBytes - paidBytes < stepAfter(paidBytes) / 2) return undefined;
	const owed = base + costOf(receivedBytes, price);
	const due = owed < channel.deposit ? owed : channel.deposit;
	return due > signed ? due : undefined;
};

/** After a voucher was signed, and before it is sent. */
export const payerSigned = (book: PayerBook, cumulative: bigint): PayerBook => ({
	...book,
	signed: cumulative,
});
