/** That a forest has an agreement in a revision, and, if asked, that this revision has a piece. */
import type {Hasher} from '#crypto/crypto';
import type {PieceId} from '#crypto/piece-id';
import {equalBytes} from '#kernel/bytes';
import {bytes, type Codec, decode, encode, record, u64} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type AgreementTrie, agreementCommitment} from './agreement-trie.ts';
import {agreementPayloadOf, type ForestCommitment} from './forest.ts';
import {
	type PieceProof,
	type PieceProofError,
	pieceProofCodec,
	provePiece,
	verifyPiece,
} from './piece-proof.ts';
import {type LeafPayload, rootHash} from './trie/root-hash.ts';
import {findLeaf, type Trie, trieOf} from './trie/trie.ts';
import {
	followTriePath,
	type TriePath,
	type TriePathError,
	triePath,
	triePathCodec,
} from './trie/trie-path.ts';

/** An agreement as its leaf in a forest has it. */
export type AgreementLeaf = {
	readonly agreementId: Hash32;
	readonly root: Hash32;
	readonly leaves: bigint;
	readonly revisionNo: bigint;
};

/** Where an agreement stands in a forest. */
export type ForestInclusion = Omit<AgreementLeaf, 'agreementId'> & {readonly path: TriePath};

export type ForestInclusionError =
	| TriePathError
	| {readonly code: 'FOREST_SUM_WRONG'; readonly sum: bigint; readonly committed: bigint}
	| {readonly code: 'FOREST_ROOT_WRONG'; readonly root: Hash32; readonly committed: Hash32};

export const forestInclusionCodec: Codec<ForestInclusion> = record({
	root: bytes<Hash32>(32),
	leaves: u64,
	revisionNo: u64,
	path: triePathCodec,
});

export const encodeForestInclusion = (inclusion: ForestInclusion): Uint8Array =>
	encode(forestInclusionCodec, inclusion);
export const decodeForestInclusion = (from: Uint8Array): Result<ForestInclusion, CborFailure> =>
	decode(forestInclusionCodec, from);

const payload: LeafPayload<Uint8Array> = (_, value) => value;

/** A forest of which only roots are known; hashes as the forest with all pieces does. */
const trieOfLeaves = (leaves: readonly AgreementLeaf[]): Trie<Uint8Array> | undefined => {
	const trie = trieOf(
		leaves.map(({agreementId, root, leaves: sum, revisionNo}) => ({
			key: agreementId,
			sum,
			value: agreementPayloadOf(root, revisionNo),
		})),
	);
	return trie.ok ? trie.value : undefined;
};

/** What a forest of these agreements commits to. Ids must differ; undefined beyond 2^64 leaves. */
export const rootOfLeaves = (hasher: Hasher, leaves: readonly AgreementLeaf[]): Hash32 | undefined => {
	const trie = trieOfLeaves(leaves);
	return trie === undefined ? undefined : rootHash(hasher, payload, trie);
};

/** Undefined when the forest does not have the agreement. */
export const proveInclusion = (
	hasher: Hasher,
	leaves: readonly AgreementLeaf[],
	agreementId: Hash32,
): ForestInclusion | undefined => {
	const leaf = leaves.find(each => equalBytes(each.agreementId, agreementId));
	const trie = trieOfLeaves(leaves);
	if (leaf === undefined || trie === undefined || findLeaf(trie, agreementId) === undefined) return undefined;
	const path = triePath(hasher, payload, trie, agreementId);
	const {root, leaves: sum, revisionNo} = leaf;
	return path && {root, leaves: sum, revisionNo, path};
};

export const verifyInclusion = (
	hasher: Hasher,
	{root: committed, totalLeaves}: ForestCommitment,
	agreementId: Hash32,
	{root, leaves, revisionNo, path}: ForestInclusion,
): Result<void, ForestInclusionError> => {
	const open = {key: agreementId, sum: leaves, payload: agreementPayloadOf(root, revisionNo)};
	const end = followTriePath(hasher, open, path);
	if (!end.ok) return end;
	if (end.value.sum !== totalLeaves)
		return err({code: 'FOREST_SUM_WRONG', sum: end.value.sum, committed: totalLeaves});
	return equalBytes(end.value.root, committed)
		? ok(undefined)
		: err({code: 'FOREST_ROOT_WRONG', root: end.value.root, committed});
};

/** A piece in an agreement in a forest. */
export type ForestPieceProof = {readonly agreement: ForestInclusion; readonly piece: PieceProof};

const forestPieceProofCodec: Codec<ForestPieceProof> = record({
	agreement: forestInclusionCodec,
	piece: pieceProofCodec,
});

export const encodeForestPieceProof = (proof: ForestPieceProof): Uint8Array =>
	encode(forestPieceProofCodec, proof);
export const decodeForestPieceProof = (from: Uint8Array): Result<ForestPieceProof, CborFailure> =>
	decode(forestPieceProofCodec, from);

/** Undefined when the trie is not the one that is in the forest, or lacks the piece. */
export const proveForestPiece = (
	hasher: Hasher,
	agreement: ForestInclusion,
	trie: AgreementTrie,
	pieceId: PieceId,
): ForestPieceProof | undefined => {
	if (!equalBytes(agreementCommitment(hasher, trie).root, agreement.root)) return undefined;
	const piece = provePiece(hasher, trie, pieceId);
	return piece && {agreement, piece};
};

export const verifyForestPiece = (
	hasher: Hasher,
	forest: ForestCommitment,
	{agreementId, pieceId, pieceLeaves}: {agreementId: Hash32; pieceId: PieceId; pieceLeaves: bigint},
	{agreement, piece}: ForestPieceProof,
): Result<void, ForestInclusionError | PieceProofError> => {
	const included = verifyInclusion(hasher, forest, agreementId, agreement);
	return included.ok ? verifyPiece(hasher, agreement, pieceId, pieceLeaves, piece) : included;
};
