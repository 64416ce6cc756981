/** That a piece is in the revision of an agreement: what the repair bounty is paid on. */
import type {Hasher} from '#crypto/crypto';
import type {PieceId} from '#crypto/piece-id';
import {equalBytes} from '#kernel/bytes';
import {type Codec, decode, encode, record} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type AgreementCommitment, type AgreementTrie, piecePayload} from './agreement-trie.ts';
import {findLeaf} from './trie/trie.ts';
import {
	followTriePath,
	type TriePath,
	type TriePathError,
	triePath,
	triePathCodec,
} from './trie/trie-path.ts';

export type PieceProof = {readonly path: TriePath};

export type PieceProofError =
	| TriePathError
	| {readonly code: 'PIECE_PROOF_SUM_WRONG'; readonly leaves: bigint}
	| {readonly code: 'PIECE_PROOF_ROOT_WRONG'; readonly root: Hash32};

export const pieceProofCodec: Codec<PieceProof> = record({path: triePathCodec});

export const encodePieceProof = (proof: PieceProof): Uint8Array => encode(pieceProofCodec, proof);

export const decodePieceProof = (bytes: Uint8Array): Result<PieceProof, CborFailure> =>
	decode(pieceProofCodec, bytes);

/** Undefined when the piece is not in the agreement. */
export const provePiece = (hasher: Hasher, trie: AgreementTrie, pieceId: PieceId): PieceProof | undefined => {
	if (findLeaf(trie, pieceId) === undefined) return undefined;
	const path = triePath(hasher, piecePayload, trie, pieceId);
	return path && {path};
};

export const verifyPiece = (
	hasher: Hasher,
	{root, leaves}: AgreementCommitment,
	pieceId: PieceId,
	pieceLeaves: bigint,
	{path}: PieceProof,
): Result<void, PieceProofError> => {
	const end = followTriePath(
		hasher,
		{key: pieceId, sum: pieceLeaves, payload: piecePayload(hasher, null)},
		path,
	);
	if (!end.ok) return end;
	if (end.value.sum !== leaves) return err({code: 'PIECE_PROOF_SUM_WRONG', leaves: end.value.sum});
	if (!equalBytes(end.value.root, root)) return err({code: 'PIECE_PROOF_ROOT_WRONG', root: end.value.root});
	return ok(undefined);
};
