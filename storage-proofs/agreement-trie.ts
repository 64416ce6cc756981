/** The pieces of one agreement: a trie by piece id that counts leaves of 1 KiB. Its root is what a revision signs. */
import type {Hasher} from '#crypto/crypto';
import type {PieceId} from '#crypto/piece-id';
import type {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {type LeafPayload, rootHash} from './trie/root-hash.ts';
import {
	putLeaf,
	removeLeaf,
	sumOf,
	type Trie,
	type TrieNode,
	type TrieSumOverflow,
	trieOf,
} from './trie/trie.ts';

export type AgreementTrie = Trie<null>;

/** What is signed and put on chain of an agreement's pieces. */
export type AgreementCommitment = {readonly root: Hash32; readonly leaves: bigint};

export type HeldPiece = {readonly pieceId: PieceId; readonly leaves: number};

const NOTHING = new Uint8Array(0);
/** A piece's leaf says no more than its key and sum. */
export const piecePayload: LeafPayload<null> = () => NOTHING;

export const EMPTY_AGREEMENT: AgreementTrie = null;

/** Adding a piece that is there changes nothing. */
export const addPiece = (
	trie: AgreementTrie,
	{pieceId, leaves}: HeldPiece,
): Result<TrieNode<null>, TrieSumOverflow> => putLeaf(trie, {key: pieceId, sum: BigInt(leaves), value: null});

export const removePiece = (trie: AgreementTrie, pieceId: PieceId): AgreementTrie =>
	removeLeaf(trie, pieceId);

/** Many pieces at once; their ids must differ. */
export const agreementTrieOf = (pieces: readonly HeldPiece[]): Result<AgreementTrie, TrieSumOverflow> =>
	trieOf(pieces.map(({pieceId, leaves}) => ({key: pieceId, sum: BigInt(leaves), value: null})));

export const agreementCommitment = (hasher: Hasher, trie: AgreementTrie): AgreementCommitment => ({
	root: rootHash(hasher, piecePayload, trie),
	leaves: sumOf(trie),
});
