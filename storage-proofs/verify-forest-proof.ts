/** What every node checks of a provider's answer. About 300 hashes. Whether it is late is the ledger's to say. */
import type {Hasher} from '#crypto/crypto';
import {type PieceId, pieceLeafCount} from '#crypto/piece-id';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {piecePayload} from './agreement-trie.ts';
import {agreementPayloadOf, type ForestCommitment} from './forest.ts';
import type {ForestProof, LeafOpening} from './forest-proof.ts';
import {leafLength, pieceIdOfOpening} from './piece/piece-opening.ts';
import {followTriePath, type OpenLeaf, type TriePath, type TriePathEnd} from './trie/trie-path.ts';

/** `challenge`: which of the indexes, from 0. */
export type ForestProofError =
	| {readonly code: 'PROOF_OPENINGS_MISCOUNTED'; readonly openings: number; readonly challenges: number}
	| {readonly code: 'PROOF_PATH_MALFORMED'; readonly challenge: number; readonly tree: ProofTree}
	| {readonly code: 'PROOF_SUM_OVERFLOW'; readonly challenge: number; readonly tree: ProofTree}
	| {
			readonly code: 'PROOF_SUM_WRONG';
			readonly challenge: number;
			readonly tree: ProofTree;
			readonly sum: bigint;
			readonly committed: bigint;
	  }
	| {
			readonly code: 'PROOF_ROOT_WRONG';
			readonly challenge: number;
			readonly tree: ProofTree;
			readonly root: Hash32;
			readonly committed: Hash32;
	  }
	| {
			readonly code: 'PROOF_LEAF_WRONG';
			readonly challenge: number;
			readonly wanted: bigint;
			/** The global number of the first leaf of the piece that was shown. */
			readonly pieceFrom: bigint;
			readonly pieceLeaves: number;
	  }
	| {readonly code: 'PROOF_LEAF_LENGTH_WRONG'; readonly challenge: number; readonly length: number}
	| {readonly code: 'PROOF_PIECE_WRONG'; readonly challenge: number; readonly pieceId: PieceId};

export type ProofTree = 'forest' | 'agreement' | 'piece';

/** The agreement in which a challenged leaf was found; the ledger compares it with the revision on chain. */
export type ProvenAgreement = {
	readonly agreementId: Hash32;
	readonly root: Hash32;
	readonly leaves: bigint;
	readonly revisionNo: bigint;
};

type Ascent = {
	readonly challenge: number;
	readonly tree: ProofTree;
	readonly leaf: OpenLeaf;
	readonly path: TriePath;
};

const ascend = (
	hasher: Hasher,
	{challenge, tree, leaf, path}: Ascent,
): Result<TriePathEnd, ForestProofError> => {
	const end = followTriePath(hasher, leaf, path);
	if (end.ok) return end;
	switch (end.error.code) {
		case 'TRIE_PATH_MALFORMED':
			return err({code: 'PROOF_PATH_MALFORMED', challenge, tree});
		case 'TRIE_SUM_OVERFLOW':
			return err({code: 'PROOF_SUM_OVERFLOW', challenge, tree});
	}
};

const checkPiece = (
	hasher: Hasher,
	{pieceId, piece}: LeafOpening,
	challenge: number,
	leafIndex: number,
): Result<void, ForestProofError> => {
	if (piece.leaf.length !== leafLength(piece.pieceLength, leafIndex))
		return err({code: 'PROOF_LEAF_LENGTH_WRONG', challenge, length: piece.leaf.length});
	const found = pieceIdOfOpening(hasher, piece, leafIndex);
	if (found === undefined) return err({code: 'PROOF_PATH_MALFORMED', challenge, tree: 'piece'});
	return equalBytes(found, pieceId) ? ok(undefined) : err({code: 'PROOF_PIECE_WRONG', challenge, pieceId});
};

const checkForest = (
	{root, totalLeaves}: ForestCommitment,
	end: TriePathEnd,
	challenge: number,
): Result<void, ForestProofError> => {
	if (end.sum !== totalLeaves)
		return err({code: 'PROOF_SUM_WRONG', challenge, tree: 'forest', sum: end.sum, committed: totalLeaves});
	return equalBytes(end.root, root)
		? ok(undefined)
		: err({code: 'PROOF_ROOT_WRONG', challenge, tree: 'forest', root: end.root, committed: root});
};

const verifyOpening = (
	hasher: Hasher,
	commitment: ForestCommitment,
	opening: LeafOpening,
	{challenge, index}: {readonly challenge: number; readonly index: bigint},
): Result<ProvenAgreement, ForestProofError> => {
	const {agreementId, agreementRoot, revisionNo, pieceId} = opening;
	const pieceLeaves = pieceLeafCount(opening.piece.pieceLength);
	const pieceLeaf = {key: pieceId, sum: BigInt(pieceLeaves), payload: piecePayload(hasher, null)};
	const inAgreement = ascend(hasher, {
		challenge,
		tree: 'agreement',
		leaf: pieceLeaf,
		path: opening.piecePath,
	});
	if (!inAgreement.ok) return inAgreement;
	const {sum: leaves, root} = inAgreement.value;
	const agreementLeaf = {
		key: agreementId,
		sum: leaves,
		payload: agreementPayloadOf(agreementRoot, revisionNo),
	};
	const inForest = ascend(hasher, {
		challenge,
		tree: 'forest',
		leaf: agreementLeaf,
		path: opening.agreementPath,
	});
	if (!inForest.ok) return inForest;
	const forest = checkForest(commitment, inForest.value, challenge);
	if (!forest.ok) return forest;
	if (!equalBytes(root, agreementRoot))
		return err({code: 'PROOF_ROOT_WRONG', challenge, tree: 'agreement', root, committed: agreementRoot});
	const pieceFrom = inForest.value.offset + inAgreement.value.offset;
	const leafIndex = index - pieceFrom;
	if (leafIndex < 0n || leafIndex >= BigInt(pieceLeaves))
		return err({code: 'PROOF_LEAF_WRONG', challenge, wanted: index, pieceFrom, pieceLeaves});
	const piece = checkPiece(hasher, opening, challenge, Number(leafIndex));
	return piece.ok ? ok({agreementId, root, leaves, revisionNo}) : piece;
};

/**
 * Whether `proof` shows every leaf of `indexes` (`challengeIndexes`) under the commitment. The agreements found are
 * returned, one for each index; they must be the revisions that the ledger knows, or the provider has committed to pieces
 * of its own making.
 */
export const verifyForestProof = (
	hasher: Hasher,
	{root, totalLeaves, indexes}: ForestCommitment & {readonly indexes: readonly bigint[]},
	{openings}: ForestProof,
): Result<readonly ProvenAgreement[], ForestProofError> => {
	if (openings.length !== indexes.length)
		return err({
			code: 'PROOF_OPENINGS_MISCOUNTED',
			openings: openings.length,
			challenges: indexes.length,
		});
	const proven: ProvenAgreement[] = [];
	for (const [challenge, index] of indexes.entries()) {
		const opening = defined(openings[challenge], 'one opening for each challenge');
		const agreement = verifyOpening(hasher, {root, totalLeaves}, opening, {challenge, index});
		if (!agreement.ok) return agreement;
		proven.push(agreement.value);
	}
	return ok(proven);
};
