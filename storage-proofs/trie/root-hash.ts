import type {Hasher} from '#crypto/crypto';
import {u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Trie, TrieNode} from './trie.ts';

const TRIE_LEAF = Uint8Array.of(3);
const TRIE_BRANCH = 4;

/** The root of a trie without leaves. */
export const EMPTY_TRIE_ROOT: Hash32 = Hash32(new Uint8Array(32));

/** The bytes of a leaf's value that its hash covers; always of one length for one kind of trie. */
export type LeafPayload<V> = (hasher: Hasher, value: V) => Uint8Array;

/** blake2b256(0x03 | key | u64be sum | payload). */
export const trieLeafHash = (
	hasher: Hasher,
	{key, sum, payload}: {readonly key: Uint8Array; readonly sum: bigint; readonly payload: Uint8Array},
): Hash32 => hasher.blake2b256(TRIE_LEAF, key, u64be(sum), payload);

export type BranchSide = {readonly hash: Hash32; readonly sum: bigint};

/**
 * blake2b256(0x04 | depth | left | u64be left sum | right | u64be right sum). Depth is part of the tag: without it one
 * branch could be shown as if it stood at several depths, and a key could be shown to be in two places.
 */
export const trieBranchHash = (hasher: Hasher, depth: number, left: BranchSide, right: BranchSide): Hash32 =>
	hasher.blake2b256(
		Uint8Array.of(TRIE_BRANCH, depth),
		left.hash,
		u64be(left.sum),
		right.hash,
		u64be(right.sum),
	);

/** O(nodes changed since it was last asked). One trie must always be hashed with the same hasher and payload. */
export const nodeHash = <V>(hasher: Hasher, payload: LeafPayload<V>, node: TrieNode<V>): Hash32 => {
	if (node.kind === 'stub') return node.hash;
	if (node.kind === 'leaf')
		return trieLeafHash(hasher, {key: node.key, sum: node.sum, payload: payload(hasher, node.value)});
	node.hash ??= trieBranchHash(
		hasher,
		node.depth,
		{hash: nodeHash(hasher, payload, node.left), sum: node.left.sum},
		{hash: nodeHash(hasher, payload, node.right), sum: node.right.sum},
	);
	return node.hash;
};

export const rootHash = <V>(hasher: Hasher, payload: LeafPayload<V>, trie: Trie<V>): Hash32 =>
	trie === null ? EMPTY_TRIE_ROOT : nodeHash(hasher, payload, trie);
