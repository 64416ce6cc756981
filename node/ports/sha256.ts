/** SHA-256 in parts. */
export type Sha256 = {
	update(bytes: Uint8Array): void;
	/** 32 bytes; nothing can be added after it. */
	digest(): Uint8Array;
};
