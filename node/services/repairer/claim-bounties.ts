import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import type {UnsignedTransaction} from '#ledger/tx/transaction';
import {type AgreementTrie, agreementCommitment} from '#storage-proofs/agreement-trie';
import {
	decodeForestInclusion,
	encodeForestPieceProof,
	type ForestInclusion,
	proveForestPiece,
} from '#storage-proofs/forest-piece';
import {encodePieceProof, provePiece} from '#storage-proofs/piece-proof';
import type {ChainClient} from '../storage-client/chain-client.ts';
import {signingDeadline} from '../storage-client/open-agreements.ts';
import type {RepairContext} from './repair-context.ts';
import type {Successor, VacatedPiece} from './successors.ts';
import type {VacatedAgreement} from './vacated-agreements.ts';

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
	/** Pieces of vacated agreements that the tickets do not name all pieces of: of these nobody can show that they were in them. */
	readonly incomplete: number;
	/** Pieces whose share is less than the fee of claiming it. */
	readonly tooSmall: number;
	/** Pieces that were paid before. */
	readonly paidBefore: number;
};

/** All pieces of its last revision are known. */
type Complete = VacatedAgreement & {readonly trie: AgreementTrie};
type Claim = {
	readonly vacated: Complete;
	readonly successor: Successor;
	readonly piece: VacatedPiece;
	readonly proven: Proven;
};
type Call = {readonly signal?: AbortSignal};

/** Epochs before the running one in which a provider that proves has done so. */
const EPOCHS_LOOKED_BACK = 2;

/** A forest that a successor's provider has proven and that has the successor with the pieces we know. */
type Proven = {readonly epoch: Epoch; readonly inclusion: ForestInclusion};

/**
 * The newest proven forest with the successor in it, as its provider tells. What it tells is checked by the ledger, which
 * knows the root of that forest.
 */
export const findProven = async (
	{chain}: Pick<RepairContext, 'chain'>,
	{agreementId, provider: {peer}, trie}: Successor,
	call: Call,
): Promise<Proven | undefined> => {
	const {root} = agreementCommitment(chain.env.crypto, trie);
	const now = epochOf(chain.env.genesis, await chain.currentSlot(call));
	for (let back = 0; back <= Math.min(now, EPOCHS_LOOKED_BACK); back++) {
		const epoch = Epoch(now - back);
		try {
			const bytes = await peer.inclusion({agreementId, epoch}, call);
			const inclusion = decodeForestInclusion(bytes);
			if (inclusion.ok && equalBytes(inclusion.value.root, root)) return {epoch, inclusion: inclusion.value};
		} catch (error) {
			call.signal?.throwIfAborted();
			if (!(error instanceof NodeError)) throw error;
		}
	}
	return undefined;
};

const shareOf = ({bountyTotal, leaves: all}: VacatedAgreement, leaves: number): Lovelace =>
	Lovelace(all === 0 ? 0n : (bountyTotal * BigInt(leaves)) / BigInt(all));

/** Shows the chain the last revisions that it has not seen: without them it knows of no piece that was lost. */
const postUnseen = async (chain: ChainClient, claims: readonly Claim[], call: Call): Promise<void> => {
	const revisions = new Set(claims.flatMap(({vacated: {unposted}}) => unposted ?? []));
	for (const revision of revisions) await chain.send({kind: 'revision-post', revision}, call);
};

const proofOf = (chain: ChainClient, trie: AgreementTrie, pieceId: Hash32): Uint8Array => {
	const proof = provePiece(chain.env.crypto, trie, pieceId);
	if (proof === undefined) throw new NodeError({code: 'REPAIR_TICKET_INCOMPLETE'});
	return encodePieceProof(proof);
};

const forestProofOf = (
	chain: ChainClient,
	trie: AgreementTrie,
	pieceId: Hash32,
	{inclusion}: Proven,
): Uint8Array => {
	const proof = proveForestPiece(chain.env.crypto, inclusion, trie, pieceId);
	if (proof === undefined) throw new NodeError({code: 'REPAIR_TICKET_INCOMPLETE'});
	return encodeForestPieceProof(proof);
};

const claimTransaction = (
	chain: ChainClient,
	{vacated, successor, piece, proven}: Claim,
	place: {readonly sequence: number; readonly validUntil: UnsignedTransaction['body']['validUntil'] & number},
): UnsignedTransaction => {
	const {pieceId, leaves} = piece;
	return chain.prepare(
		{
			kind: 'repair-claim',
			vacated: vacated.agreementId,
			successor: successor.agreementId,
			pieceId,
			pieceLeaves: leaves,
			vacatedProof: proofOf(chain, vacated.trie, pieceId),
			successorProof: forestProofOf(chain, successor.trie, pieceId, proven),
			epoch: proven.epoch,
		},
		{sequence: place.sequence, validUntil: place.validUntil, witnesses: 1},
	);
};

const isPaidBefore = (error: unknown): boolean =>
	error instanceof NodeError && error.detail['reason'] === 'REPAIR_ALREADY_PAID';

const isComplete = (agreement: VacatedAgreement): agreement is Complete => agreement.trie !== undefined;

/** A claim for each piece that is proven; how many are not yet, and of how many it cannot be shown that they were lost. */
const sortOut = async (
	chain: ChainClient,
	vacated: readonly VacatedAgreement[],
	call: Call,
): Promise<{readonly proven: readonly Claim[]; readonly unproven: number; readonly incomplete: number}> => {
	const proven: Claim[] = [];
	let unproven = 0;
	let incomplete = 0;
	const pairs = vacated.flatMap(agreement =>
		agreement.successors.map(successor => [agreement, successor] as const),
	);
	for (const [agreement, successor] of pairs.filter(([, {held}]) => held.length > 0)) {
		if (!isComplete(agreement)) {
			incomplete += successor.held.length;
			continue;
		}
		const had = new Set(agreement.pieces.map(({pieceId}) => toHex(pieceId)));
		const theirs = successor.held.filter(({pieceId}) => had.has(toHex(pieceId)));
		incomplete += successor.held.length - theirs.length;
		const found = await findProven({chain}, successor, call);
		if (found === undefined) unproven += theirs.length;
		else proven.push(...theirs.map(piece => ({vacated: agreement, successor, piece, proven: found})));
	}
	return {proven, unproven, incomplete};
};

/** Claims the bounty of every piece whose new provider has proven it. The bounties go to the repairer's account. */
export const claimBounties = async (
	{chain}: RepairContext,
	vacated: readonly VacatedAgreement[],
	call: Call = {},
): Promise<ClaimReport> => {
	const {proven, unproven, incomplete} = await sortOut(chain, vacated, call);
	if (incomplete > 0 && proven.length + unproven === 0)
		throw new NodeError({
			code: 'REPAIR_TICKET_INCOMPLETE',
			message:
				'The tickets do not name all pieces of the vacated agreements: ask the customer for the others.',
		});
	const claimed: ClaimedBounty[] = [];
	const sent: UnsignedTransaction[] = [];
	let tooSmall = 0;
	let paidBefore = 0;
	await postUnseen(chain, proven, call);
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
	return {claimed, unproven, incomplete, tooSmall, paidBefore};
};
