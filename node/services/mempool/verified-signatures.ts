import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';

/** More than the mempool holds: each of its transactions has hardly more than one. */
const SIGNATURES_MAX = 4_096;

/**
 * Crypto that verifies a signature once: to look at a transaction again after each change of the chain costs no more
 * than applying it. What did not hold is not remembered.
 */
export const rememberingSignatures = <C extends Crypto>(
	crypto: C,
	signaturesMax: number = SIGNATURES_MAX,
): C => {
	const good = new Set<string>();
	return {
		...crypto,
		verifyEd25519: (signature, message, verificationKey) => {
			// Two lengths are fixed where it holds, so that no other three can make the same text.
			const key = `${toHex(signature)}${toHex(verificationKey)}${toHex(message)}`;
			if (good.has(key)) return true;
			if (!crypto.verifyEd25519(signature, message, verificationKey)) return false;
			const [oldest] = good.size < signaturesMax ? [] : good;
			if (oldest !== undefined) good.delete(oldest);
			good.add(key);
			return true;
		},
	};
};
