/** ChaCha20 of RFC 8439: 32-byte keys, 12-byte nonces, a 32-bit block counter. */
export type StreamCipher = {
	/**
	 * `bytes` XOR the key stream from block `counter` (64 bytes a block), as a new array or in `into`, which has the same
	 * length and may be `bytes` itself. Undoes itself.
	 */
	xorChaCha20(
		key: Uint8Array,
		nonce: Uint8Array,
		counter: number,
		bytes: Uint8Array,
		into?: Uint8Array,
	): Uint8Array;
};

export const CHACHA20_BLOCK_BYTES = 64;
