/**
 * What a downloader pays with, everywhere the same: 44 signed bytes `"pay1" | channelId 32 | cumulative u64be`. A voucher
 * stands for all before it, so that only the newest one is kept. The side-chain checks it natively, Cardano in a
 * validator; therefore no hash and no domain of a network is around it: the channel's id holds those.
 */
import {bigFromBytes, concat, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import type {Crypto, SecretCrypto} from '../crypto.ts';

export type Voucher = {
	readonly channelId: Hash32;
	/** All that was ever paid on the channel, in lovelace; in [0, 2^64). */
	readonly cumulative: bigint;
	/** Ed25519 by the channel's payer key, 64 bytes. */
	readonly signature: Uint8Array;
};

/** The signed bytes and the signature. */
export const VOUCHER_BYTES = 108;

const TAG = encodeUtf8('pay1');
const MESSAGE_BYTES = 44;

/** The 44 bytes that the payer signs. */
export const voucherMessage = ({
	channelId,
	cumulative,
}: Pick<Voucher, 'channelId' | 'cumulative'>): Uint8Array => concat(TAG, channelId, u64be(cumulative));

export const signVoucher = (
	secretCrypto: Pick<SecretCrypto, 'signEd25519'>,
	payerSeed: Uint8Array,
	payment: Pick<Voucher, 'channelId' | 'cumulative'>,
): Voucher => ({...payment, signature: secretCrypto.signEd25519(payerSeed, voucherMessage(payment))});

export const verifyVoucher = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	payerVk: Uint8Array,
	voucher: Voucher,
): boolean => crypto.verifyEd25519(voucher.signature, voucherMessage(voucher), payerVk);

/** 108 bytes: what travels and what files hold. */
export const encodeVoucher = (voucher: Voucher): Uint8Array =>
	concat(voucherMessage(voucher), voucher.signature);

export type VoucherMalformed = {readonly code: 'VOUCHER_MALFORMED'; readonly length: number};

/** The parts of 108 bytes; the signature is not looked at. */
export const decodeVoucher = (bytes: Uint8Array): Result<Voucher, VoucherMalformed> => {
	const isVoucher = bytes.length === VOUCHER_BYTES && TAG.every((byte, at) => bytes[at] === byte);
	if (!isVoucher) return err({code: 'VOUCHER_MALFORMED', length: bytes.length});
	return ok({
		channelId: bytes.slice(4, 36) as Hash32,
		cumulative: bigFromBytes(bytes.subarray(36, MESSAGE_BYTES)),
		signature: bytes.slice(MESSAGE_BYTES),
	});
};
