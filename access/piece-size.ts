/** Sealing adds a tag to every 64 KiB, and pieces are padded to a whole number of leaves. */
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
const LEAF_BYTES = 1024;

/** The longest piece that an object of `size` bytes can have, whatever it is coded with. */
export const pieceBytesMax = (size: number): number => {
	const sealed = size + TAG_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES));
	return Math.ceil(sealed / LEAF_BYTES) * LEAF_BYTES;
};
