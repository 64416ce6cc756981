/**
 * One leaf of a piece shown to belong to its piece id: the leaf's bytes and the siblings up to the root.
 * A node without a right sibling goes up unchanged, so index and leaf count alone fix the length of the path.
 */
import type {Hasher} from '#crypto/crypto';
import {type PieceId, pieceIdOf, pieceLeafCount} from '#crypto/piece-id';
import {LEAF_BYTES, type PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, list, record, uint} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {LEAF, NODE} from './piece-tags.ts';

/** No piece is longer: 2^48 bytes. */
export const PIECE_BYTES_MAX: number = 2 ** 48;
/** Levels over the leaves of the longest piece. */
export const PIECE_PATH_MAX = 38;

export type PieceOpening = {
	/** Bytes of the whole piece. */
	readonly pieceLength: number;
	/** 1024 bytes; what is left over for the last leaf; none for the empty piece. */
	readonly leaf: Uint8Array;
	/** Siblings from the leaf up. */
	readonly path: readonly Hash32[];
};

export const pieceOpeningCodec: Codec<PieceOpening> = record({
	pieceLength: uint(PIECE_BYTES_MAX),
	leaf: bytesBetween(0, LEAF_BYTES),
	path: list(bytes<Hash32>(32), PIECE_PATH_MAX),
});

/** Bytes under leaf `index` of a piece of `length` bytes. */
export const leafLength = (length: number, index: number): number =>
	Math.min(LEAF_BYTES, length - index * LEAF_BYTES);

/** The opening of leaf `index`. `levels` are `treeLevels` of the piece, if they are at hand already. */
export const openPieceLeaf = (
	trees: Pick<PieceTreeKernel, 'treeLevels'>,
	piece: Uint8Array,
	index: number,
	levels: readonly Uint8Array[] = trees.treeLevels(piece),
): PieceOpening => {
	assert(index >= 0 && index < pieceLeafCount(piece.length), 'the piece has no such leaf');
	const path: Hash32[] = [];
	let at = index;
	for (const level of levels.slice(0, -1)) {
		const sibling = at % 2 === 0 ? at + 1 : at - 1;
		if (32 * sibling < level.length) path.push(Hash32(level.slice(32 * sibling, 32 * sibling + 32)));
		at = Math.floor(at / 2);
	}
	const start = index * LEAF_BYTES;
	return {
		pieceLength: piece.length,
		leaf: piece.slice(start, start + leafLength(piece.length, index)),
		path,
	};
};

/** Siblings that the path of leaf `index` among `leaves` has. */
const pathLength = (index: number, leaves: number): number => {
	let length = 0;
	for (let at = index, width = leaves; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2))
		if (at % 2 === 1 || at + 1 < width) length++;
	return length;
};

/** The piece id that an opening of leaf `index` leads to, or undefined when its shape does not fit. */
export const pieceIdOfOpening = (
	hasher: Hasher,
	{pieceLength, leaf, path}: PieceOpening,
	index: number,
): PieceId | undefined => {
	const leaves = pieceLeafCount(pieceLength);
	if (!Number.isSafeInteger(index) || index < 0 || index >= leaves) return undefined;
	if (leaf.length !== leafLength(pieceLength, index) || path.length !== pathLength(index, leaves))
		return undefined;
	let node = hasher.blake2b256(LEAF, leaf);
	let used = 0;
	for (let at = index, width = leaves; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2)) {
		if (at % 2 === 0 && at + 1 >= width) continue;
		const sibling = defined(path[used++], 'the path has its length');
		node = at % 2 === 0 ? hasher.blake2b256(NODE, node, sibling) : hasher.blake2b256(NODE, sibling, node);
	}
	return pieceIdOf(hasher, pieceLength, node);
};

/** Whether the opening shows leaf `index` of the piece called `pieceId`. */
export const verifyPieceOpening = (
	hasher: Hasher,
	pieceId: PieceId,
	opening: PieceOpening,
	index: number,
): boolean => {
	const found = pieceIdOfOpening(hasher, opening, index);
	return found !== undefined && equalBytes(found, pieceId);
};
