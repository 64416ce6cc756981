/** AES-256-GCM, handed in by whoever has it: node:crypto in the node. Deterministic; nonces are the caller's. */
export type Aead = {
	/** Ciphertext and then the 16-byte tag. `key` 32 bytes, `nonce` 12, never twice with one key. */
	seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
	/** Undefined when the tag does not hold. */
	open(
		key: Uint8Array,
		nonce: Uint8Array,
		associated: Uint8Array,
		sealed: Uint8Array,
	): Uint8Array | undefined;
};
