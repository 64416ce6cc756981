import type {Hash32} from '#kernel/hash';

/** Bytes under one leaf of a piece tree. */
export const LEAF_BYTES = 1024;

/**
 * The tree over a piece, fast: leaf = blake2b256(0x00 | up to 1024 bytes as they are),
 * node = blake2b256(0x01 | left | right), an odd node goes up unchanged.
 * No bytes have one leaf, blake2b256(0x00). The root is without the length wrap of a piece id.
 */
export type PieceTreeKernel = {
	pieceTree(data: Uint8Array): {readonly root: Hash32; readonly leaves: number};
	/** The 32-byte hashes of each level, concatenated; leaves first, the root alone last. */
	treeLevels(data: Uint8Array): Uint8Array[];
};
