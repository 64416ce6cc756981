/**
 * A path-compressed binary trie over 32-byte keys that adds up what its leaves count. Its shape depends on the keys
 * alone, never on the order of changes. It is persistent: a change copies the path to the root and shares the rest,
 * so a committed snapshot stays as it was. Hashes are computed when asked for (`root-hash.ts`) and kept in the branches.
 *
 * A large trie is not in memory as a whole: stubs stand for what is elsewhere. Before a function here goes down a way,
 * whoever calls it has opened that way (`open-way.ts`); a stub in it is a bug.
 */
import {assert} from '#kernel/assert';
import {compareBytes, equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';

export const KEY_BITS = 256;
export const SUM_MAX: bigint = 2n ** 64n - 1n;

export type TrieLeaf<V> = {
	readonly kind: 'leaf';
	/** 32 bytes. */
	readonly key: Uint8Array;
	/** What this leaf adds to the sums above it, in [0, 2^64). */
	readonly sum: bigint;
	readonly value: V;
};

export type TrieBranch<V> = {
	readonly kind: 'branch';
	/** The first bit, from the most significant one, in which keys below differ: 0 goes left, 1 right. */
	readonly depth: number;
	readonly left: TrieNode<V>;
	readonly right: TrieNode<V>;
	readonly sum: bigint;
	/** Filled in by `nodeHash`; a cache of what the other fields say. Leaves have none: millions of them would fill memory. */
	hash: Hash32 | undefined;
	/** The page that keeps exactly this subtree, if one does (`trie-page.ts`). */
	readonly page: number | undefined;
};

/** A subtree that is kept elsewhere: what the rest of the trie has to know of it, and the page where it begins. */
export type TrieStub = {
	readonly kind: 'stub';
	readonly sum: bigint;
	readonly hash: Hash32;
	readonly page: number;
};

export type TrieNode<V> = TrieLeaf<V> | TrieBranch<V> | TrieStub;
/** Null is the trie without leaves. */
export type Trie<V> = TrieNode<V> | null;

export type TrieSumOverflow = {readonly code: 'TRIE_SUM_OVERFLOW'; readonly sum: bigint};

export const bitOf = (key: Uint8Array, depth: number): 0 | 1 =>
	(((key[depth >> 3] as number) >> (7 - (depth & 7))) & 1) as 0 | 1;

/** The first bit in which two keys differ; KEY_BITS when none does. */
export const firstDifference = (a: Uint8Array, b: Uint8Array): number => {
	for (let index = 0; index < 32; index++) {
		const difference = (a[index] as number) ^ (b[index] as number);
		if (difference !== 0) return 8 * index + Math.clz32(difference) - 24;
	}
	return KEY_BITS;
};

const WAY_OPEN = 'the way through a trie is open';

export const sumOf = <V>(trie: Trie<V>): bigint => (trie === null ? 0n : trie.sum);

const branch = <V>(depth: number, left: TrieNode<V>, right: TrieNode<V>): TrieBranch<V> => ({
	kind: 'branch',
	depth,
	left,
	right,
	sum: left.sum + right.sum,
	hash: undefined,
	page: undefined,
});

/** The leaf that the bits of `key` lead to; it has `key` if any leaf has. */
export const nearestLeaf = <V>(trie: TrieNode<V>, key: Uint8Array): TrieLeaf<V> => {
	let node = trie;
	while (node.kind === 'branch') node = bitOf(key, node.depth) === 0 ? node.left : node.right;
	assert(node.kind === 'leaf', WAY_OPEN);
	return node;
};

export const findLeaf = <V>(trie: Trie<V>, key: Uint8Array): TrieLeaf<V> | undefined => {
	const leaf = trie === null ? undefined : nearestLeaf(trie, key);
	return leaf !== undefined && equalBytes(leaf.key, key) ? leaf : undefined;
};

/** `depth`: where the new key leaves the keys that are there. At most KEY_BITS levels deep. */
const putAt = <V>(node: TrieNode<V>, leaf: TrieLeaf<V>, depth: number): TrieNode<V> => {
	if (node.kind === 'branch' && node.depth < depth)
		return bitOf(leaf.key, node.depth) === 0
			? branch(node.depth, putAt(node.left, leaf, depth), node.right)
			: branch(node.depth, node.left, putAt(node.right, leaf, depth));
	if (depth === KEY_BITS) return leaf;
	return bitOf(leaf.key, depth) === 0 ? branch(depth, leaf, node) : branch(depth, node, leaf);
};

/** The trie with this leaf; a leaf of the same key is replaced. `sum` in [0, 2^64). */
export const putLeaf = <V>(
	trie: Trie<V>,
	{key, sum, value}: {readonly key: Uint8Array; readonly sum: bigint; readonly value: V},
): Result<TrieNode<V>, TrieSumOverflow> => {
	assert(key.length === 32, 'a trie key has 32 bytes');
	assert(sum >= 0n && sum <= SUM_MAX, 'a sum is a u64');
	const leaf: TrieLeaf<V> = {kind: 'leaf', key: key.slice(), sum, value};
	if (trie === null) return ok(leaf);
	const changed = putAt(trie, leaf, firstDifference(nearestLeaf(trie, key).key, key));
	// Sums never get less on the way up, so the top one tells for all.
	return changed.sum > SUM_MAX ? err({code: 'TRIE_SUM_OVERFLOW', sum: changed.sum}) : ok(changed);
};

/** The trie without `key`; the same trie when it is not there. */
export const removeLeaf = <V>(trie: Trie<V>, key: Uint8Array): Trie<V> => {
	if (trie === null) return null;
	if (trie.kind === 'leaf') return equalBytes(trie.key, key) ? null : trie;
	assert(trie.kind === 'branch', WAY_OPEN);
	const goesLeft = bitOf(key, trie.depth) === 0;
	const before = goesLeft ? trie.left : trie.right;
	const after = removeLeaf(before, key);
	if (after === before) return trie;
	if (after === null) return goesLeft ? trie.right : trie.left;
	return goesLeft ? branch(trie.depth, after, trie.right) : branch(trie.depth, trie.left, after);
};

/** The leaf that holds item `index` when the items of all leaves are counted in key order, and its number in there. */
export const leafAt = <V>(
	trie: Trie<V>,
	index: bigint,
): {readonly leaf: TrieLeaf<V>; readonly offset: bigint} | undefined => {
	if (trie === null || index < 0n || index >= trie.sum) return undefined;
	let node = trie;
	let offset = index;
	while (node.kind === 'branch') {
		const goesLeft: boolean = offset < node.left.sum;
		if (!goesLeft) offset -= node.left.sum;
		node = goesLeft ? node.left : node.right;
	}
	assert(node.kind === 'leaf', WAY_OPEN);
	return {leaf: node, offset};
};

/** All leaves in key order. */
export function* leavesOf<V>(trie: Trie<V>): Generator<TrieLeaf<V>, void, undefined> {
	const open: TrieNode<V>[] = trie === null ? [] : [trie];
	for (let node = open.pop(); node !== undefined; node = open.pop())
		if (node.kind === 'leaf') yield node;
		else {
			assert(node.kind === 'branch', WAY_OPEN);
			open.push(node.right, node.left);
		}
}

/** A trie of many leaves at once, O(n log n) without copies. Keys must differ. */
export const trieOf = <V>(
	leaves: readonly {readonly key: Uint8Array; readonly sum: bigint; readonly value: V}[],
): Result<Trie<V>, TrieSumOverflow> => {
	const sorted = leaves
		.map((leaf): TrieLeaf<V> => {
			assert(leaf.key.length === 32 && leaf.sum >= 0n && leaf.sum <= SUM_MAX, 'not a trie leaf');
			return {kind: 'leaf', key: leaf.key.slice(), sum: leaf.sum, value: leaf.value};
		})
		.sort((a, b) => compareBytes(a.key, b.key));
	/** Subtrees from the root down the right edge, each with the depth at which the next one leaves it. */
	const edge: {readonly node: TrieNode<V>; readonly depth: number}[] = [];
	let last: TrieNode<V> | null = null;
	const close = (depth: number, node: TrieNode<V>): TrieNode<V> => {
		let closed = node;
		for (let top = edge.at(-1); top !== undefined && top.depth > depth; top = edge.at(-1)) {
			edge.pop();
			closed = branch(top.depth, top.node, closed);
		}
		return closed;
	};
	for (const [index, leaf] of sorted.entries()) {
		const next = sorted[index + 1];
		const depth: number = next === undefined ? -1 : firstDifference(leaf.key, next.key);
		assert(depth < KEY_BITS, 'two leaves of one key');
		last = close(depth, leaf);
		edge.push({node: last, depth});
	}
	return sumOf(last) > SUM_MAX ? err({code: 'TRIE_SUM_OVERFLOW', sum: sumOf(last)}) : ok(last);
};
