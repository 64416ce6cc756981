/** Going down a trie of which parts are elsewhere: the core says which stub is in the way, the shell brings its page. */
import {bitOf, type Trie, type TrieBranch, type TrieNode, type TrieStub} from './trie.ts';

/** Which side of a branch is gone down; asked once for each branch, from the root on. */
type Way = <V>(branch: TrieBranch<V>) => 'left' | 'right';

const wayTowards =
	(key: Uint8Array): Way =>
	({depth}) =>
		bitOf(key, depth) === 0 ? 'left' : 'right';

const wayToIndex = (index: bigint): Way => {
	let offset = index;
	return ({left}) => {
		if (offset < left.sum) return 'left';
		offset -= left.sum;
		return 'right';
	};
};

const stubOn = <V>(trie: Trie<V>, way: Way): TrieStub | undefined => {
	let node = trie;
	while (node?.kind === 'branch') node = node[way(node)];
	return node?.kind === 'stub' ? node : undefined;
};

/** What a branch says of itself stays true: its subtree is the same, only that more of it is here. */
const graftOn = <V>(node: TrieNode<V>, way: Way, subtree: TrieNode<V>): TrieNode<V> => {
	if (node.kind !== 'branch') return subtree;
	const side = way(node);
	return {...node, [side]: graftOn(node[side], way, subtree)};
};

/** The stub in which the way to `key` ends; undefined when it is open. */
export const stubTowards = <V>(trie: Trie<V>, key: Uint8Array): TrieStub | undefined =>
	stubOn(trie, wayTowards(key));

/** The same for the way to item `index`, counted as `leafAt` does. */
export const stubAtIndex = <V>(trie: Trie<V>, index: bigint): TrieStub | undefined =>
	stubOn(trie, wayToIndex(index));

/** The same trie with `subtree` where `stubTowards` found the stub that stands for it. */
export const graftTowards = <V>(trie: TrieNode<V>, key: Uint8Array, subtree: TrieNode<V>): TrieNode<V> =>
	graftOn(trie, wayTowards(key), subtree);

export const graftAtIndex = <V>(trie: TrieNode<V>, index: bigint, subtree: TrieNode<V>): TrieNode<V> =>
	graftOn(trie, wayToIndex(index), subtree);

/** The stubs that a part of a trie ends in. */
export const stubsOf = <V>(node: TrieNode<V>): readonly TrieStub[] => {
	if (node.kind === 'stub') return [node];
	return node.kind === 'leaf' ? [] : [...stubsOf(node.left), ...stubsOf(node.right)];
};
