/** Shamir's secret sharing over GF(2^8): any `threshold` of the shares give the secret back, fewer say nothing of it. */
export type SecretSharing = {
	/** `total` shares; 2 <= threshold <= total <= 255. Fresh randomness each time. */
	split(
		secret: Uint8Array,
		shape: {readonly threshold: number; readonly total: number},
	): Promise<readonly Uint8Array[]>;
	/** Always gives some bytes for well-formed shares, whether they belong together or not; else undefined. */
	combine(shares: readonly Uint8Array[]): Promise<Uint8Array | undefined>;
};
