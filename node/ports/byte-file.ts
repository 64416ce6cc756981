/** A file to be stored, read in parts. */
export type ByteSource = {
	/** In bytes. */
	readonly length: number;
	/** Exactly `into.length` bytes from `offset` on. Throws FILE_UNREADABLE, FILE_CHANGED. */
	read(offset: number, into: Uint8Array): Promise<void>;
};

/** Where a file comes back to, in order. What was written counts only after `finish`. */
export type ByteSink = {
	write(bytes: Uint8Array): Promise<void>;
	/** The whole file is there and checked. */
	finish(): Promise<void>;
	/** It could not be brought back; nothing is left of it. */
	discard(): Promise<void>;
};
