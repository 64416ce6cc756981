import sodium from 'sodium-native';
import type {KeyAgreement} from '#crypto/key-agreement';

const SCALAR_BYTES = 32;

/** What libsodium refuses (a point of small order, no point at all) is undefined. */
const unlessRefused = (work: (output: Uint8Array) => void): Uint8Array | undefined => {
	const output = new Uint8Array(SCALAR_BYTES);
	try {
		work(output);
		return output;
	} catch {
		return undefined;
	}
};

/** libsodium's X25519. Nothing is sent to a peer before both sides have checked for small orders. */
export const createKeyAgreement = (): KeyAgreement => ({
	publicKeyOf: verificationKey =>
		unlessRefused(output => sodium.crypto_sign_ed25519_pk_to_curve25519(output, verificationKey)),
	sharedSecret: (seed, publicKey) => {
		const scalar = new Uint8Array(SCALAR_BYTES);
		sodium.crypto_sign_ed25519_sk_to_curve25519(scalar, seed);
		try {
			return unlessRefused(output => sodium.crypto_scalarmult(output, scalar, publicKey));
		} finally {
			sodium.sodium_memzero(scalar);
		}
	},
});
