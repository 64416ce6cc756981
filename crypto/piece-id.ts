import {u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Hasher} from './crypto.ts';
import {LEAF_BYTES, type PieceTreeKernel} from './piece-tree-kernel.ts';

/** What names a piece: its length and the root of its tree. */
export type PieceId = Hash32;

const PIECE = Uint8Array.of(2);

/** blake2b256(0x02 | u64be(length in bytes) | tree root). */
export const pieceIdOf = (hasher: Hasher, length: number, treeRoot: Hash32): PieceId =>
	hasher.blake2b256(PIECE, u64be(length), treeRoot);

/** Leaves of a piece of `length` bytes; an empty piece has one. */
export const pieceLeafCount = (length: number): number => Math.max(1, Math.ceil(length / LEAF_BYTES));

/** The id of a piece that is at hand. */
export const identifyPiece = (
	hasher: Hasher,
	trees: Pick<PieceTreeKernel, 'pieceTree'>,
	piece: Uint8Array,
): PieceId => pieceIdOf(hasher, piece.length, trees.pieceTree(piece).root);
