/** Showing that a key is in a trie, or is not, to somebody who knows only its root and sum. */
import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, list, nullable, record, u64, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {EMPTY_TRIE_ROOT, type LeafPayload, nodeHash, trieBranchHash, trieLeafHash} from './root-hash.ts';
import {bitOf, firstDifference, KEY_BITS, nearestLeaf, SUM_MAX, type Trie} from './trie.ts';

export type TrieStep = {
	/** The bit at which the branch divides, in [0, 256). */
	readonly depth: number;
	/** The side that the key does not take. */
	readonly sibling: Hash32;
	readonly siblingSum: bigint;
};

/** From the root down. */
export type TriePath = readonly TrieStep[];

export const triePathCodec: Codec<TriePath> = list(
	record({depth: uint(KEY_BITS - 1), sibling: bytes<Hash32>(32), siblingSum: u64}),
	KEY_BITS,
);

/** A leaf as its hash sees it. */
export type OpenLeaf = {readonly key: Uint8Array; readonly sum: bigint; readonly payload: Uint8Array};

export type TriePathError =
	| {readonly code: 'TRIE_PATH_MALFORMED'; readonly step: number}
	| {readonly code: 'TRIE_SUM_OVERFLOW'; readonly sum: bigint};

export type TriePathEnd = {
	readonly root: Hash32;
	readonly sum: bigint;
	/** What the leaves before this one add up to, in key order. */
	readonly offset: bigint;
};

/** The path to the leaf that `key` leads to, which has `key` if any leaf has; undefined in an empty trie. */
export const triePath = <V>(
	hasher: Hasher,
	payload: LeafPayload<V>,
	trie: Trie<V>,
	key: Uint8Array,
): TriePath | undefined => {
	if (trie === null) return undefined;
	const path: TrieStep[] = [];
	for (let node = trie; node.kind === 'branch'; ) {
		const [taken, other] = bitOf(key, node.depth) === 0 ? [node.left, node.right] : [node.right, node.left];
		path.push({depth: node.depth, sibling: nodeHash(hasher, payload, other), siblingSum: other.sum});
		node = taken;
	}
	return path;
};

/**
 * Where a leaf and its path lead. Depths must grow on the way down, and each side is the key's own bit, so that
 * under one root a key has one place only.
 */
export const followTriePath = (
	hasher: Hasher,
	leaf: OpenLeaf,
	path: TriePath,
): Result<TriePathEnd, TriePathError> => {
	let node = {hash: trieLeafHash(hasher, leaf), sum: leaf.sum};
	let offset = 0n;
	let below = KEY_BITS;
	for (let step = path.length - 1; step >= 0; step--) {
		const {depth, sibling, siblingSum} = defined(path[step], 'the path has this step');
		if (depth >= below || depth < 0) return err({code: 'TRIE_PATH_MALFORMED', step});
		below = depth;
		const sum = node.sum + siblingSum;
		if (sum > SUM_MAX) return err({code: 'TRIE_SUM_OVERFLOW', sum});
		const other = {hash: sibling, sum: siblingSum};
		if (bitOf(leaf.key, depth) === 0) node = {hash: trieBranchHash(hasher, depth, node, other), sum};
		else {
			node = {hash: trieBranchHash(hasher, depth, other, node), sum};
			offset += siblingSum;
		}
	}
	return ok({root: node.hash, sum: node.sum, offset});
};

/** Shows that a key is not there: the leaf that stands where it would be; null for a trie without leaves. */
export type AbsenceProof = {readonly leaf: OpenLeaf; readonly path: TriePath} | null;

export const absenceProofCodec: Codec<AbsenceProof> = nullable(
	record({leaf: record({key: bytes(32), sum: u64, payload: bytesBetween(0, 64)}), path: triePathCodec}),
);

export type AbsenceError =
	| TriePathError
	| {readonly code: 'TRIE_KEY_PRESENT'}
	| {readonly code: 'TRIE_SUM_WRONG'; readonly sum: bigint}
	| {readonly code: 'TRIE_ROOT_WRONG'; readonly root: Hash32};

/** Undefined when the key is there. */
export const proveAbsence = <V>(
	hasher: Hasher,
	payload: LeafPayload<V>,
	trie: Trie<V>,
	key: Uint8Array,
): AbsenceProof | undefined => {
	if (trie === null) return null;
	const {key: other, sum, value} = nearestLeaf(trie, key);
	if (equalBytes(other, key)) return undefined;
	return {
		leaf: {key: other, sum, payload: payload(hasher, value)},
		path: defined(triePath(hasher, payload, trie, other), 'a leaf was found'),
	};
};

/**
 * A key of the trie parts from every other key at a branch of exactly the depth where they differ. So a leaf whose
 * path has no branch at that depth shows that the key is not there.
 */
export const verifyAbsence = (
	hasher: Hasher,
	{root, sum}: {readonly root: Hash32; readonly sum: bigint},
	key: Uint8Array,
	proof: AbsenceProof,
): Result<void, AbsenceError> => {
	if (proof === null)
		return equalBytes(root, EMPTY_TRIE_ROOT) && sum === 0n
			? ok(undefined)
			: err({code: 'TRIE_ROOT_WRONG', root: EMPTY_TRIE_ROOT});
	const end = followTriePath(hasher, proof.leaf, proof.path);
	if (!end.ok) return end;
	if (end.value.sum !== sum) return err({code: 'TRIE_SUM_WRONG', sum: end.value.sum});
	if (!equalBytes(end.value.root, root)) return err({code: 'TRIE_ROOT_WRONG', root: end.value.root});
	const parting = firstDifference(proof.leaf.key, key);
	return parting === KEY_BITS || proof.path.some(({depth}) => depth === parting)
		? err({code: 'TRIE_KEY_PRESENT'})
		: ok(undefined);
};
