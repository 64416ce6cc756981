import type {Hasher} from '#crypto/crypto';
import {LEAF_BYTES, type PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {concat} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {LEAF, NODE} from './piece-tags.ts';

const leavesOf = (hasher: Hasher, data: Uint8Array): Hash32[] => {
	const leaves = [hasher.blake2b256(LEAF, data.subarray(0, LEAF_BYTES))];
	for (let at = LEAF_BYTES; at < data.length; at += LEAF_BYTES)
		leaves.push(hasher.blake2b256(LEAF, data.subarray(at, at + LEAF_BYTES)));
	return leaves;
};

const levelAbove = (hasher: Hasher, level: readonly Hash32[]): Hash32[] => {
	const above: Hash32[] = [];
	for (let index = 0; index < level.length; index += 2) {
		const left = level[index] as Hash32;
		const right = level[index + 1];
		above.push(right === undefined ? left : hasher.blake2b256(NODE, left, right));
	}
	return above;
};

/** The piece tree in its plainest form: one hash at a time. What the fast kernel must equal. */
export const createReferencePieceTree = (hasher: Hasher): PieceTreeKernel => {
	const levelsOf = (data: Uint8Array): Hash32[][] => {
		let level = leavesOf(hasher, data);
		const levels = [level];
		while (level.length > 1) {
			level = levelAbove(hasher, level);
			levels.push(level);
		}
		return levels;
	};
	return {
		pieceTree: data => {
			const levels = levelsOf(data);
			return {root: levels.at(-1)?.[0] as Hash32, leaves: levels[0]?.length ?? 0};
		},
		treeLevels: data => levelsOf(data).map(level => concat(...level)),
	};
};
