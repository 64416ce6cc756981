import {equalBytes} from '#kernel/bytes';
import type {Crypto} from '../crypto.ts';
import {sumSignatureBytes} from './sum-kes.ts';

export const KES_DEPTH = 6;
/** How many periods a Sum6KES key can sign in; consensus allows fewer (maxKesEvolutions). */
export const KES_PERIODS: number = 2 ** KES_DEPTH;

export type KesSignature = {
	readonly verificationKey: Uint8Array;
	/** The evolution t of the key: KES period of the slot less the start period of the certificate. */
	readonly period: number;
	readonly message: Uint8Array;
	readonly signature: Uint8Array;
};

type Verifier = Pick<Crypto, 'blake2b256' | 'verifyEd25519'>;

/**
 * As cardano-crypto-class: down the tree, the left half for t < 2^(depth - 1), else the right one with t less that.
 * A t beyond the last period is not refused there and ends in the last key: the caller bounds t.
 */
export const verifySumKes = (
	crypto: Verifier,
	depth: number,
	{verificationKey, period, message, signature}: KesSignature,
): boolean => {
	if (signature.length !== sumSignatureBytes(depth)) return false;
	if (!Number.isSafeInteger(period) || period < 0) return false;
	let key = verificationKey;
	let rest = period;
	for (let level = depth; level > 0; level--) {
		const pair = signature.subarray(sumSignatureBytes(level - 1), sumSignatureBytes(level));
		if (!equalBytes(crypto.blake2b256(pair), key)) return false;
		const half = 2 ** (level - 1);
		key = rest < half ? pair.subarray(0, 32) : pair.subarray(32);
		if (rest >= half) rest -= half;
	}
	return crypto.verifyEd25519(signature.subarray(0, 64), message, key);
};

/** Sum6KES: signatures of 448 bytes. */
export const verifyKes = (crypto: Verifier, signature: KesSignature): boolean =>
	verifySumKes(crypto, KES_DEPTH, signature);
