import {equalBytes} from '#kernel/bytes';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import {
	decodeForestPieceProof,
	type ForestInclusionError,
	verifyForestPiece,
} from '#storage-proofs/forest-piece';
import {decodePieceProof, type PieceProofError, verifyPiece} from '#storage-proofs/piece-proof';
import type {Agreement, Vacancy} from '../../agreements/agreement.ts';
import {findAgreement} from '../../agreements/find-agreement.ts';
import {type ForestRoot, forestRootKey} from '../../proofs/forest-root.ts';
import {keyOf} from '../../state/keys.ts';
import type {ActionOf} from '../action.ts';
import {credit, type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

type Claim = ActionOf<'repair-claim'>;
type Vacated = Agreement & {readonly vacancy: Vacancy};

const findVacated = ({draft}: RuleContext, agreementId: Hash32): Result<Vacated, TxError> => {
	const found = findAgreement(draft, agreementId);
	if (!found.ok) return found;
	const {vacancy} = found.value;
	return vacancy === null ? err({code: 'AGREEMENT_NOT_VACATED', agreementId}) : ok({...found.value, vacancy});
};

/** What the successor's provider has proven in that epoch. */
const findProven = (
	{draft}: RuleContext,
	{successor, vacated, epoch}: Claim,
): Result<ForestRoot, TxError> => {
	const found = findAgreement(draft, successor);
	if (!found.ok) return found;
	const {repairOf, provider, startEpoch} = found.value;
	if (repairOf === null || !equalBytes(repairOf, vacated))
		return err({code: 'REPAIR_SUCCESSOR_WRONG', successor, vacated});
	const forest = epoch < startEpoch ? undefined : draft.get('forestRoots', forestRootKey(epoch, provider));
	return forest === undefined ? err({code: 'REPAIR_NOT_PROVEN', successor, epoch}) : ok(forest);
};

/** The piece was in the last revision of the vacated agreement. */
const checkLost = (
	{env}: RuleContext,
	{root, leaves}: Vacated,
	{pieceId, pieceLeaves, vacatedProof}: Claim,
): Result<void, TxError> => {
	const invalid = (error: CborFailure | PieceProofError): Result<never, TxError> =>
		err({code: 'REPAIR_PROOF_INVALID', of: 'vacated', error});
	const proof = decodePieceProof(vacatedProof);
	if (!proof.ok) return invalid(proof.error);
	const commitment = {root, leaves: BigInt(leaves)};
	const verified = verifyPiece(env.crypto, commitment, pieceId, BigInt(pieceLeaves), proof.value);
	return verified.ok ? ok(undefined) : invalid(verified.error);
};

/** And it is in the forest that the new provider has proven, under the agreement that took over. */
const checkRepaired = (
	{env}: RuleContext,
	{root, totalLeaves}: ForestRoot,
	{successor: agreementId, pieceId, pieceLeaves, successorProof}: Claim,
): Result<void, TxError> => {
	const invalid = (error: CborFailure | PieceProofError | ForestInclusionError): Result<never, TxError> =>
		err({code: 'REPAIR_PROOF_INVALID', of: 'successor', error});
	const proof = decodeForestPieceProof(successorProof);
	if (!proof.ok) return invalid(proof.error);
	const forest = {root, totalLeaves: BigInt(totalLeaves)};
	const wanted = {agreementId, pieceId, pieceLeaves: BigInt(pieceLeaves)};
	const verified = verifyForestPiece(env.crypto, forest, wanted, proof.value);
	return verified.ok ? ok(undefined) : invalid(verified.error);
};

/** The piece's part of the bounty; rounded down, so that all parts together are never more than it. */
const shareOfBounty = ({vacancy, leaves, bounty}: Vacated, pieceLeaves: number): Lovelace => {
	const share = leaves === 0 ? 0n : (vacancy.bountyTotal * BigInt(pieceLeaves)) / BigInt(leaves);
	return Lovelace(share > bounty ? bounty : share);
};

/** Half of what was slashed is for whoever brings the pieces back, piece by piece, each once. */
export const repairClaim: Rule<'repair-claim'> = {
	signers: (context, {vacated}) => {
		const found = findVacated(context, vacated);
		return found.ok ? ok([found.value.repairerVk]) : found;
	},
	apply: (context, claim) => {
		const {draft} = context;
		const {vacated: vacatedId, successor, pieceId, pieceLeaves} = claim;
		const vacated = findVacated(context, vacatedId);
		if (!vacated.ok) return vacated;
		const proven = findProven(context, claim);
		if (!proven.ok) return proven;
		const paidKey = keyOf(vacatedId, pieceId);
		if (draft.get('repairs', paidKey) !== undefined)
			return err({code: 'REPAIR_ALREADY_PAID', vacated: vacatedId, pieceId});
		const was = checkLost(context, vacated.value, claim);
		if (!was.ok) return was;
		const is = checkRepaired(context, proven.value, claim);
		if (!is.ok) return is;
		const amount = shareOfBounty(vacated.value, pieceLeaves);
		draft.set('repairs', paidKey, {amount});
		const bounty = Lovelace(vacated.value.bounty - amount);
		draft.set('agreements', keyOf(vacatedId), {...vacated.value, bounty});
		const to = senderOf(context);
		credit(draft, to, amount);
		return ok([{kind: 'bounty-paid', vacated: vacatedId, successor, pieceId, to, amount}]);
	},
};
