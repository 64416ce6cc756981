/** All that a provider holds: a trie of its agreements, each with its trie of pieces. Persistent, as its tries are. */
import type {Hasher} from '#crypto/crypto';
import type {PieceId} from '#crypto/piece-id';
import {concat, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {type AgreementTrie, piecePayload} from './agreement-trie.ts';
import {type LeafPayload, rootHash} from './trie/root-hash.ts';
import {
	findLeaf,
	leafAt,
	putLeaf,
	removeLeaf,
	sumOf,
	type Trie,
	type TrieNode,
	type TrieSumOverflow,
} from './trie/trie.ts';

export type AgreementInForest = {
	readonly pieces: AgreementTrie;
	/** The number of the revision that `pieces` are. In [0, 2^64). */
	readonly revisionNo: bigint;
};

export type Forest = Trie<AgreementInForest>;

/** What a provider commits to once an epoch. */
export type ForestCommitment = {readonly root: Hash32; readonly totalLeaves: bigint};

export const EMPTY_FOREST: Forest = null;

/** What an agreement's leaf in the forest covers: its root and revision number. */
export const agreementPayloadOf = (root: Hash32, revisionNo: bigint): Uint8Array =>
	concat(root, u64be(revisionNo));

export const agreementPayload: LeafPayload<AgreementInForest> = (hasher, {pieces, revisionNo}) =>
	agreementPayloadOf(rootHash(hasher, piecePayload, pieces), revisionNo);

/** Puts an agreement in its newest revision; an agreement without pieces may be put too and counts nothing. */
export const putAgreement = (
	forest: Forest,
	agreementId: Hash32,
	agreement: AgreementInForest,
): Result<TrieNode<AgreementInForest>, TrieSumOverflow> =>
	putLeaf(forest, {key: agreementId, sum: sumOf(agreement.pieces), value: agreement});

export const removeAgreement = (forest: Forest, agreementId: Hash32): Forest =>
	removeLeaf(forest, agreementId);

export const agreementInForest = (forest: Forest, agreementId: Hash32): AgreementInForest | undefined =>
	findLeaf(forest, agreementId)?.value;

export const forestCommitment = (hasher: Hasher, forest: Forest): ForestCommitment => ({
	root: rootHash(hasher, agreementPayload, forest),
	totalLeaves: sumOf(forest),
});

/** One leaf of a piece that a challenge asks for. */
export type WantedLeaf = {
	readonly agreementId: Hash32;
	readonly pieceId: PieceId;
	/** Leaves of the whole piece. */
	readonly pieceLeaves: number;
	/** Which of them. */
	readonly leafIndex: number;
};

/** The leaf that stands at `index` among all leaves of the forest, counted in key order; undefined beyond the end. */
export const locateLeaf = (forest: Forest, index: bigint): WantedLeaf | undefined => {
	const agreement = leafAt(forest, index);
	const piece = agreement && leafAt(agreement.leaf.value.pieces, agreement.offset);
	return (
		piece && {
			agreementId: agreement.leaf.key as Hash32,
			pieceId: piece.leaf.key as PieceId,
			pieceLeaves: Number(piece.leaf.sum),
			leafIndex: Number(piece.offset),
		}
	);
};
