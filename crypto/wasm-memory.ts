/** What we use of `WebAssembly.Memory`, which the pure folders do not know. */
export type WasmMemory = {
	readonly buffer: ArrayBufferLike;
	/** By pages of 64 KiB; replaces `buffer`. */
	grow(pages: number): number;
};

const PAGE_BYTES = 65_536;

/** Grows the memory to at least `bytes` and views all of it. Views from before a growth are dead. */
export const viewMemory = (memory: WasmMemory, bytes: number): Uint8Array => {
	const missing = bytes - memory.buffer.byteLength;
	if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
	return new Uint8Array(memory.buffer);
};
