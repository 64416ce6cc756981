/** What we use of sodium-native, which brings no types. Every function throws on a wrong length. */
declare module 'sodium-native' {
	const sodium: {
		sodium_memzero(buffer: Uint8Array): void;
		crypto_generichash(output: Uint8Array, input: Uint8Array): void;
		crypto_hash_sha512(output: Uint8Array, input: Uint8Array): void;
		crypto_sign_seed_keypair(verificationKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
		crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
		crypto_sign_verify_detached(
			signature: Uint8Array,
			message: Uint8Array,
			verificationKey: Uint8Array,
		): boolean;
		crypto_sign_ed25519_pk_to_curve25519(x25519: Uint8Array, verificationKey: Uint8Array): void;
		/** Takes a seed of 32 bytes as well as a secret key of 64. */
		crypto_sign_ed25519_sk_to_curve25519(x25519: Uint8Array, secret: Uint8Array): void;
		crypto_scalarmult(product: Uint8Array, scalar: Uint8Array, point: Uint8Array): void;
		crypto_core_ed25519_from_uniform(point: Uint8Array, uniform: Uint8Array): void;
		crypto_core_ed25519_add(sum: Uint8Array, p: Uint8Array, q: Uint8Array): void;
		crypto_core_ed25519_scalar_reduce(scalar: Uint8Array, wide: Uint8Array): void;
		crypto_scalarmult_ed25519_noclamp(product: Uint8Array, scalar: Uint8Array, point: Uint8Array): void;
		crypto_scalarmult_ed25519_base_noclamp(product: Uint8Array, scalar: Uint8Array): void;
		crypto_stream_chacha20_ietf_xor_ic(
			output: Uint8Array,
			input: Uint8Array,
			nonce: Uint8Array,
			counter: number,
			key: Uint8Array,
		): void;
	};
	export = sodium;
}
