import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {UnsignedTransaction} from '#ledger/tx/transaction';
import {type AgreementTrie, agreementCommitment} from '#storage-proofs/agreement-trie';
import {encodePieceProof, provePiece} from '#storage-proofs/piece-proof';
import {amountField, type ChainClient, hashField} from '../storage-client/chain-client.ts';
import {signingDeadline} from '../storage-client/open-agreements.ts';
import type {RepairContext} from './repair-context.ts';
import type {Successor, VacatedAgreement, VacatedPiece} from './vacated-agreements.ts';

export type ClaimedBounty = {
	readonly vacated: Hash32;
	readonly successor: Hash32;
	readonly pieceId: Hash32;
	/** The piece's share of the bounty. */
	readonly amount: Lovelace;
};

export type ClaimReport = {
	readonly claimed: readonly ClaimedBounty[];
	/** Pieces that are repaired and not proven yet: to be claimed after a later epoch. */
	readonly unproven: number;
	/** Pieces whose share is less than the fee of claiming it. */
	readonly tooSmall: number;
	/** Pieces that were paid before. */
	readonly paidBefore: number;
};

type Claim = {
	readonly vacated: VacatedAgreement;
	readonly successor: Successor;
	readonly piece: VacatedPiece;
};
type Call = {readonly signal?: AbortSignal};

/** Whether the newest revision that the successor's provider has proven is the one that we know. */
export const isProven = ({chain}: Pick<RepairContext, 'chain'>, {view, trie}: Successor): boolean => {
	const proven = view.details['proven'] as {readonly root?: unknown} | null | undefined;
	if (typeof proven?.root !== 'string') return false;
	const {root} = agreementCommitment(chain.env.crypto, trie);
	return equalBytes(hashField(proven.root, 'proven root'), root);
};

const shareOf = ({bountyTotal, view}: VacatedAgreement, leaves: number): Lovelace => {
	const all = amountField(view.leaves, 'leaves');
	return Lovelace(all === 0n ? 0n : (bountyTotal * BigInt(leaves)) / all);
};

const proofOf = (chain: ChainClient, trie: AgreementTrie, pieceId: Hash32): Uint8Array => {
	const proof = provePiece(chain.env.crypto, trie, pieceId);
	if (proof === undefined) throw new NodeError({code: 'REPAIR_TICKET_INCOMPLETE'});
	return encodePieceProof(proof);
};

const claimTransaction = (
	chain: ChainClient,
	{vacated, successor, piece}: Claim,
	place: {readonly sequence: number; readonly validUntil: UnsignedTransaction['body']['validUntil'] & number},
): UnsignedTransaction => {
	if (vacated.trie === undefined)
		throw new NodeError({
			code: 'REPAIR_TICKET_INCOMPLETE',
			message:
				'The tickets do not name all pieces of the vacated agreement: ask the customer for the others.',
		});
	const {pieceId, leaves} = piece;
	return chain.prepare(
		{
			kind: 'repair-claim',
			vacated: vacated.agreementId,
			successor: successor.agreementId,
			pieceId,
			pieceLeaves: leaves,
			vacatedProof: proofOf(chain, vacated.trie, pieceId),
			successorProof: proofOf(chain, successor.trie, pieceId),
		},
		{sequence: place.sequence, validUntil: place.validUntil, witnesses: 1},
	);
};

const isPaidBefore = (error: unknown): boolean =>
	error instanceof NodeError && error.detail['reason'] === 'REPAIR_ALREADY_PAID';

/** Claims the bounty of every piece whose new provider has proven it. The bounties go to the repairer's account. */
export const claimBounties = async (
	{chain}: RepairContext,
	vacated: readonly VacatedAgreement[],
	call: Call = {},
): Promise<ClaimReport> => {
	const claims = vacated.flatMap(agreement =>
		agreement.successors.flatMap(successor =>
			successor.held.map((piece): Claim => ({vacated: agreement, successor, piece})),
		),
	);
	const proven = claims.filter(({successor}) => isProven({chain}, successor));
	const claimed: ClaimedBounty[] = [];
	const sent: UnsignedTransaction[] = [];
	let tooSmall = 0;
	let paidBefore = 0;
	const validUntil = await signingDeadline(chain, call);
	let sequence = await chain.nextSequence(call);
	for (const claim of proven) {
		const {vacated: agreement, successor, piece} = claim;
		const amount = shareOf(agreement, piece.leaves);
		const unsigned = claimTransaction(chain, claim, {sequence, validUntil});
		if (amount <= unsigned.body.fee) {
			tooSmall++;
			continue;
		}
		try {
			await chain.submit(unsigned, [], call);
			sequence++;
			sent.push(unsigned);
			const {agreementId} = agreement;
			claimed.push({vacated: agreementId, successor: successor.agreementId, pieceId: piece.pieceId, amount});
		} catch (error) {
			if (!isPaidBefore(error)) throw error;
			paidBefore++;
		}
	}
	await chain.included(sent, call);
	return {claimed, unproven: claims.length - proven.length, tooSmall, paidBefore};
};
