/**
 * The binary Merkle tree that both chains check: leaf = H(0x00 | payload), node = H(0x01 | left | right),
 * leaves padded with 32 zero bytes to a power of two, so that an index is used up exactly by its path
 * (no aliases; onchain/validators/std). The root of no leaves is 32 zero bytes.
 */
import {assert, defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import type {Hasher} from './crypto.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** What stands where no leaf is. */
export const EMPTY_ROOT: Hash32 = Hash32(new Uint8Array(32));

export const leafHash = (hasher: Hasher, ...payload: readonly Uint8Array[]): Hash32 =>
	hasher.blake2b256(LEAF, ...payload);

const levelsOver = (hasher: Hasher, leaves: readonly Hash32[]): Hash32[][] => {
	let width = 1;
	while (width < leaves.length) width *= 2;
	const levels: Hash32[][] = [[...leaves, ...Array.from({length: width - leaves.length}, () => EMPTY_ROOT)]];
	for (let level = levels[0] as Hash32[]; level.length > 1; levels.push(level)) {
		const above: Hash32[] = [];
		for (let index = 0; index < level.length; index += 2)
			above.push(hasher.blake2b256(NODE, level[index] as Hash32, level[index + 1] as Hash32));
		level = above;
	}
	return levels;
};

/** The root over hashes from `leafHash`. */
export const merkleRoot = (hasher: Hasher, leaves: readonly Hash32[]): Hash32 =>
	leaves.length === 0 ? EMPTY_ROOT : defined(levelsOver(hasher, leaves).at(-1)?.[0], 'a tree has a root');

/** The siblings of each of the leaves `indexes`, from the bottom up. */
export const merklePaths = (
	hasher: Hasher,
	leaves: readonly Hash32[],
	indexes: readonly number[],
): readonly (readonly Hash32[])[] => {
	assert(
		indexes.every(index => index >= 0 && index < leaves.length),
		'no such leaf',
	);
	const levels = levelsOver(hasher, leaves).slice(0, -1);
	return indexes.map(index =>
		levels.map((level, height) => defined(level[(index >> height) ^ 1], 'a node has a sibling')),
	);
};

/** The siblings of leaf `index`, from the bottom up. */
export const merklePath = (hasher: Hasher, leaves: readonly Hash32[], index: number): readonly Hash32[] =>
	defined(merklePaths(hasher, leaves, [index])[0], 'one path was asked for');

/** The root that `leaf` at `index` leads to, or undefined when the index does not fit the path. */
export const rootOfPath = (
	hasher: Hasher,
	leaf: Hash32,
	index: number,
	path: readonly Uint8Array[],
): Hash32 | undefined => {
	if (!Number.isSafeInteger(index) || index < 0 || path.length > 40 || index >= 2 ** path.length)
		return undefined;
	let node = leaf;
	let rest = index;
	for (const sibling of path) {
		node = rest % 2 === 0 ? hasher.blake2b256(NODE, node, sibling) : hasher.blake2b256(NODE, sibling, node);
		rest = Math.floor(rest / 2);
	}
	return node;
};
