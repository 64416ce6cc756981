/** ChaCha20 of RFC 8439, handed in by whoever has it: libsodium in the node. */
export type StreamCipher = {
	/**
	 * `bytes` XOR the key stream from block `counter` (64 bytes each) on; a new array.
	 * `key` 32 bytes, `nonce` 12, `counter` in [0, 2^32).
	 */
	xorChaCha20(key: Uint8Array, nonce: Uint8Array, counter: number, bytes: Uint8Array): Uint8Array;
};
