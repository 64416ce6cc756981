import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';

const DEPTH = 6;

/** Sum6KES over Ed25519 and blake2b-256. Stands here until crypto/kes is merged. */
export const verifyKes = (
	crypto: Crypto,
	{
		verificationKey,
		period,
		message,
		signature,
	}: {
		readonly verificationKey: Uint8Array;
		readonly period: number;
		readonly message: Uint8Array;
		readonly signature: Uint8Array;
	},
): boolean => {
	if (signature.length !== 64 + 64 * DEPTH || period < 0) return false;
	let key = verificationKey;
	let left = period;
	for (let depth = DEPTH; depth > 0; depth--) {
		const pair = signature.subarray(64 * depth, 64 * depth + 64);
		if (!equalBytes(crypto.blake2b256(pair), key)) return false;
		const half = 2 ** (depth - 1);
		const isLeft = left < half;
		key = isLeft ? pair.subarray(0, 32) : pair.subarray(32);
		if (!isLeft) left -= half;
	}
	return crypto.verifyEd25519(signature.subarray(0, 64), message, key);
};
