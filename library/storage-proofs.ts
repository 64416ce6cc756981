/** `dcloud/storage-proofs`: that bytes are still held, shown and checked. */
export {
	type AgreementCommitment,
	type AgreementTrie,
	addPiece,
	agreementCommitment,
	agreementTrieOf,
	EMPTY_AGREEMENT,
	type HeldPiece,
	removePiece,
} from '#storage-proofs/agreement-trie';
export {buildProof, leavesWanted, type PieceDamaged} from '#storage-proofs/build-proof';
export {CHALLENGES, type ChallengeInput, challengeIndexes, challengeSeed} from '#storage-proofs/challenge';
export {
	EMPTY_FOREST,
	type Forest,
	type ForestCommitment,
	forestCommitment,
	putAgreement,
	removeAgreement,
	type WantedLeaf,
} from '#storage-proofs/forest';
export {
	decodeForestProof,
	encodeForestProof,
	FOREST_PROOF_BYTES_MAX,
	type ForestProof,
	type LeafOpening,
} from '#storage-proofs/forest-proof';
export {
	openPieceLeaf,
	type PieceOpening,
	verifyPieceOpening,
} from '#storage-proofs/piece/piece-opening';
export {
	decodePieceProof,
	encodePieceProof,
	type PieceProof,
	provePiece,
	verifyPiece,
} from '#storage-proofs/piece-proof';
export {
	type ForestProofError,
	type ProvenAgreement,
	verifyForestProof,
} from '#storage-proofs/verify-forest-proof';
export {type ProofTimetable, proofTimetable} from '#storage-proofs/window';
