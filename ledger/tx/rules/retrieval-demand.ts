import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import {decodePieceProof, verifyPiece} from '#storage-proofs/piece-proof';
import type {Agreement} from '../../agreements/agreement.ts';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {epochOf} from '../../environment.ts';
import type {LedgerEvent} from '../../events.ts';
import {isInMaintenance} from '../../providers/maintenance.ts';
import {answerDeadline, type ServiceClass} from '../../service/service-class.ts';
import {demandDeposit} from '../../service/service-terms.ts';
import {keyOf} from '../../state/keys.ts';
import type {ActionOf} from '../action.ts';
import {debit, nobodyElse, type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';
import {revisionPost} from './revision-post.ts';

type Demand = ActionOf<'retrieval-demand'>;

/** The chain has to know a revision with the piece: the demand may bring it. */
const bringRevision = (
	context: RuleContext,
	{agreementId, revision}: Demand,
): Result<readonly LedgerEvent[], TxError> => {
	if (revision === null) return ok([]);
	return equalBytes(revision.revision.agreementId, agreementId)
		? revisionPost.apply(context, {kind: 'revision-post', revision})
		: err({code: 'RETRIEVAL_REVISION_FOREIGN', agreementId});
};

/** While the agreement is paid for and the provider has not announced that it would be away. */
const deadlineOf = (
	{draft, env, slot, epoch}: RuleContext,
	{provider, startEpoch, endEpoch}: Agreement,
	name: ServiceClass,
): Result<Slot, TxError> => {
	if (epoch < startEpoch) return err({code: 'RETRIEVAL_TOO_EARLY', startEpoch});
	const deadline = answerDeadline(env.genesis, name, slot);
	const endsAt = Slot(endEpoch * env.genesis.epochLength);
	if (deadline > endsAt) return err({code: 'RETRIEVAL_TOO_LATE', deadline, endsAt});
	for (const each of new Set([epoch, epochOf(env.genesis, deadline)]))
		if (isInMaintenance(draft, provider, each))
			return err({code: 'RETRIEVAL_IN_MAINTENANCE', provider, epoch: each});
	return ok(deadline);
};

const checkPiece = (
	{env}: RuleContext,
	{root, leaves}: Agreement,
	{pieceId, pieceLeaves, leafIndex, pieceProof}: Demand,
): Result<void, TxError> => {
	if (leafIndex >= pieceLeaves) return err({code: 'RETRIEVAL_LEAF_OUTSIDE', leafIndex, pieceLeaves});
	const proof = decodePieceProof(pieceProof);
	if (!proof.ok) return err({code: 'RETRIEVAL_PIECE_INVALID', error: proof.error});
	const commitment = {root, leaves: BigInt(leaves)};
	const verified = verifyPiece(env.crypto, commitment, pieceId, BigInt(pieceLeaves), proof.value);
	return verified.ok ? ok(undefined) : err({code: 'RETRIEVAL_PIECE_INVALID', error: verified.error});
};

/** A client that its provider does not give a piece asks for it before everybody. */
export const retrievalDemand: Rule<'retrieval-demand'> = {
	signers: nobodyElse,
	apply: (context, demand) => {
		const {draft, env, blockNo} = context;
		const {agreementId, pieceId, leafIndex} = demand;
		const key = keyOf(agreementId);
		const terms = draft.get('serviceClasses', key);
		const sender = senderOf(context);
		const before = findActiveAgreement(draft, agreementId);
		if (!before.ok) return before;
		const {client, provider} = before.value;
		if (!equalBytes(sender, client)) return err({code: 'AGREEMENT_CLIENT_WRONG', client, sender});
		if (terms === undefined) return err({code: 'SERVICE_CLASS_NONE', agreementId});
		if (draft.get('retrievalDemands', key) !== undefined)
			return err({code: 'RETRIEVAL_DEMAND_OPEN', agreementId});
		const {serviceClass} = terms;
		const deadline = deadlineOf(context, before.value, serviceClass);
		if (!deadline.ok) return deadline;
		const seen = bringRevision(context, demand);
		if (!seen.ok) return seen;
		const agreement = findActiveAgreement(draft, agreementId);
		if (!agreement.ok) return agreement;
		const holds = checkPiece(context, agreement.value, demand);
		if (!holds.ok) return holds;
		const deposit = demandDeposit(env.parameters);
		const paid = debit(draft, client, deposit);
		if (!paid.ok) return paid;
		const row = {
			provider,
			client,
			pieceId,
			leafIndex,
			serviceClass,
			deadline: deadline.value,
			blockNo,
			deposit,
		};
		draft.set('retrievalDemands', key, row);
		const {value: until} = deadline;
		return ok([
			...seen.value,
			{kind: 'retrieval-demanded', agreementId, provider, pieceId, leafIndex, deadline: until},
		]);
	},
};
