/** Unpredictable bytes, for keys, nonces and tokens. */
export type Entropy = {
	bytes(length: number): Uint8Array;
};
