/** AES-256-GCM (NIST SP 800-38D) with 32-byte keys, 12-byte nonces and 16-byte tags. A nonce must never repeat under a key. */
export type Aead = {
	/**
	 * Ciphertext, as long as `plaintext`, and then the tag: in new memory or in `into`, which has just that length and may
	 * overlap `plaintext`.
	 */
	seal(
		key: Uint8Array,
		nonce: Uint8Array,
		associated: Uint8Array,
		plaintext: Uint8Array,
		into?: Uint8Array,
	): Uint8Array;
	/**
	 * The plaintext, or undefined when `sealed` was not sealed with exactly these. It may be a view of memory that is used for
	 * nothing else.
	 */
	open(
		key: Uint8Array,
		nonce: Uint8Array,
		associated: Uint8Array,
		sealed: Uint8Array,
	): Uint8Array | undefined;
};

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;
