import type {Hash28, Hash32} from '#kernel/hash';

/**
 * The primitives that rules need, handed in by whoever runs the rules: libsodium and WASM in the node,
 * libsodium-wrappers in the browser, ideal stand-ins in the simulator. All of it is deterministic.
 */
export type Hasher = {
	/** blake2b with 32 bytes of output over the concatenation of `parts` (RFC 7693). */
	blake2b256(...parts: readonly Uint8Array[]): Hash32;
	/** blake2b with 28 bytes of output: key hashes, as on Cardano. Not a truncated blake2b-256. */
	blake2b224(...parts: readonly Uint8Array[]): Hash28;
};

export type Crypto = Hasher & {
	/** Exactly libsodium 1.0.18's `crypto_sign_verify_detached`; wrong lengths are false. */
	verifyEd25519(signature: Uint8Array, message: Uint8Array, verificationKey: Uint8Array): boolean;
	/**
	 * ECVRF-ED25519-SHA512-Elligator2, draft-03, as cardano-crypto-praos does it.
	 * `proof` 80 bytes; returns beta (64 bytes) or undefined when the proof does not hold.
	 */
	verifyVrf(verificationKey: Uint8Array, proof: Uint8Array, alpha: Uint8Array): Uint8Array | undefined;
};

/** What the holder of secrets can do besides; constant time where the secret is touched. */
export type SecretCrypto = {
	/** The 32-byte verification key of a 32-byte Ed25519 seed. The VRF uses the same keys. */
	ed25519VerificationKey(seed: Uint8Array): Uint8Array;
	/** 64 bytes. */
	signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array;
	/** An 80-byte draft-03 proof by the key of `seed`. */
	proveVrf(seed: Uint8Array, alpha: Uint8Array): Uint8Array;
	/** beta (64 bytes) of a proof of one's own; the proof is not verified. */
	vrfOutput(proof: Uint8Array): Uint8Array;
};
