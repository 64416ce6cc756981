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
	/** For sinks that can go on where an earlier try broke off. */
	readonly partial?: {
		/**
		 * Bytes that an earlier try has left of the content that is named so; they may be spoilt. To be called first; what is
		 * written then comes after them.
		 */
		begin(name: Uint8Array): Promise<number>;
		/** Reads them again. */
		read(offset: number, into: Uint8Array): Promise<void>;
		/** It broke off: what was written is kept for the next try. */
		keep(): Promise<void>;
	};
};

/** Part of a file, in bytes; not empty. */
export type FileRange = {readonly from: number; readonly until: number};
