/** X25519 (RFC 7748) with the keys that everybody has: an Ed25519 key's curve point in its Montgomery form. */
export type KeyAgreement = {
	/** The X25519 public key of an Ed25519 verification key; undefined when that is no point of the main subgroup. */
	publicKeyOf(verificationKey: Uint8Array): Uint8Array | undefined;
	/** What the holder of an Ed25519 seed and the holder of a public key both know; undefined for keys of small order. */
	sharedSecret(seed: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
};
