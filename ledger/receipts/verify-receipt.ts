import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import {type PieceProofError, verifyPiece} from '#storage-proofs/piece-proof';
import {type AbsenceError, verifyAbsence} from '#storage-proofs/trie/trie-path';
import {
	type RevisionForged,
	revisionHash,
	type SignedRevision,
	verifyRevision,
} from '../agreements/revision.ts';
import {
	type DeletionReceipt,
	deletionMessage,
	type FreedAgreement,
	type FreedPiece,
} from './deletion-receipt.ts';

export type ReceiptRejected =
	/** The customer's own, under the whole. */
	| {readonly code: 'RECEIPT_SIGNATURE_INVALID'}
	| {readonly code: 'RECEIPT_REVISION_INVALID'; readonly error: RevisionForged}
	/** Not of this agreement or client, or not on top of the one before. */
	| {
			readonly code: 'RECEIPT_REVISIONS_BROKEN';
			readonly agreementId: Hash32;
			/** Its place in the receipt; 0 too when there is none at all. */
			readonly index: number;
	  }
	| {
			readonly code: 'RECEIPT_PIECE_NOT_HELD';
			readonly pieceId: Hash32;
			/** null: nothing is shown. */
			readonly error: PieceProofError | null;
	  }
	| {readonly code: 'RECEIPT_PIECE_NOT_FREED'; readonly pieceId: Hash32; readonly error: AbsenceError};

export type VerifiedReceipt = {
	readonly agreements: number;
	readonly pieces: number;
	/** Pieces of which only the end is shown, not that they were there. */
	readonly piecesWithoutBefore: number;
	/** The first epoch in which no provider has to have any of them any more; null when nothing was freed. */
	readonly freedFrom: Epoch | null;
	readonly left: number;
};

type Domain = {readonly crypto: Crypto; readonly genesisHash: DeletionReceipt['statement']['genesisHash']};

const checkRevisions = (
	domain: Domain,
	clientVk: Uint8Array,
	{agreementId, operatorVk, revisions}: FreedAgreement,
): Result<void, ReceiptRejected> => {
	if (revisions.length === 0) return err({code: 'RECEIPT_REVISIONS_BROKEN', agreementId, index: 0});
	let before: SignedRevision | undefined;
	for (const [index, signed] of revisions.entries()) {
		const {revision} = signed;
		const follows =
			before === undefined ||
			(revision.prevHash !== null &&
				equalBytes(revision.prevHash, revisionHash(domain, before.revision)) &&
				revision.revisionNo > before.revision.revisionNo);
		// The first may be a repairer's; what frees is the client's.
		const isClients = (before === undefined && revisions.length > 1) || equalBytes(signed.clientVk, clientVk);
		if (!follows || !isClients || !equalBytes(revision.agreementId, agreementId))
			return err({code: 'RECEIPT_REVISIONS_BROKEN', agreementId, index});
		const verified = verifyRevision(domain, operatorVk, signed);
		if (!verified.ok) return err({code: 'RECEIPT_REVISION_INVALID', error: verified.error});
		before = signed;
	}
	return ok(undefined);
};

const commitmentOf = ({revision: {root, leaves}}: SignedRevision) => ({root, leaves: BigInt(leaves)});

const checkPiece = (
	{crypto}: Domain,
	{first, last}: {readonly first: SignedRevision; readonly last: SignedRevision},
	{pieceId, leaves, held, freed}: FreedPiece,
): Result<void, ReceiptRejected> => {
	if (first !== last) {
		if (held === null) return err({code: 'RECEIPT_PIECE_NOT_HELD', pieceId, error: null});
		const was = verifyPiece(crypto, commitmentOf(first), pieceId, BigInt(leaves), held);
		if (!was.ok) return err({code: 'RECEIPT_PIECE_NOT_HELD', pieceId, error: was.error});
	}
	const {root, leaves: sum} = commitmentOf(last);
	const isNot = verifyAbsence(crypto, {root, sum}, pieceId, freed);
	return isNot.ok ? ok(undefined) : err({code: 'RECEIPT_PIECE_NOT_FREED', pieceId, error: isNot.error});
};

/** Whether the receipt shows what it says. Whose keys these are is on the chain. */
export const verifyReceipt = (
	crypto: Crypto,
	{statement, signature}: DeletionReceipt,
): Result<VerifiedReceipt, ReceiptRejected> => {
	const {clientVk, agreements, left, genesisHash} = statement;
	if (!crypto.verifyEd25519(signature, deletionMessage(crypto, statement), clientVk))
		return err({code: 'RECEIPT_SIGNATURE_INVALID'});
	const domain = {crypto, genesisHash};
	let [pieces, piecesWithoutBefore] = [0, 0];
	let freedFrom: Epoch | null = null;
	for (const agreement of agreements) {
		const sound = checkRevisions(domain, clientVk, agreement);
		if (!sound.ok) return sound;
		const [first, last] = [agreement.revisions[0], agreement.revisions.at(-1)] as [
			SignedRevision,
			SignedRevision,
		];
		for (const piece of agreement.pieces) {
			const gone = checkPiece(domain, {first, last}, piece);
			if (!gone.ok) return gone;
		}
		pieces += agreement.pieces.length;
		if (first === last) piecesWithoutBefore += agreement.pieces.length;
		const {validFrom} = last.revision;
		if (freedFrom === null || validFrom > freedFrom) freedFrom = validFrom;
	}
	return ok({agreements: agreements.length, pieces, piecesWithoutBefore, freedFrom, left: left.length});
};
