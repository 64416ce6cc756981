import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import {verifyPieceOpening} from '#storage-proofs/piece/piece-opening';
import {verifyAbsence} from '#storage-proofs/trie/trie-path';
import {findAgreement} from '../../agreements/find-agreement.ts';
import type {LedgerEvent} from '../../events.ts';
import {addToPot} from '../../pots.ts';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import {decodeRetrievalProof, type RetrievalProof} from '../../service/retrieval-proof.ts';
import {answerFee, type RetrievalDemand} from '../../service/service-terms.ts';
import {keyOf} from '../../state/keys.ts';
import type {LedgerReader} from '../../state/reader.ts';
import type {ActionOf} from '../action.ts';
import {credit, type Rule, type RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';
import {revisionPost} from './revision-post.ts';

type Answer = ActionOf<'retrieval-answer'>;

const findDemand = (reader: LedgerReader, agreementId: Hash32): Result<RetrievalDemand, TxError> => {
	const found = reader.get('retrievalDemands', keyOf(agreementId));
	return found === undefined ? err({code: 'RETRIEVAL_DEMAND_NONE', agreementId}) : ok(found);
};

/** A newer revision that the chain has not seen, without the piece. */
const bringRevision = (
	context: RuleContext,
	{agreementId, revision}: Answer,
): Result<readonly LedgerEvent[], TxError> => {
	if (revision === null) return ok([]);
	return equalBytes(revision.revision.agreementId, agreementId)
		? revisionPost.apply(context, {kind: 'revision-post', revision})
		: err({code: 'RETRIEVAL_REVISION_FOREIGN', agreementId});
};

const checkProof = (
	{draft, env: {crypto}}: RuleContext,
	agreementId: Hash32,
	{pieceId, leafIndex}: RetrievalDemand,
	proof: RetrievalProof,
): Result<void, TxError> => {
	if (proof.kind === 'leaf')
		return verifyPieceOpening(crypto, pieceId, proof.opening, leafIndex)
			? ok(undefined)
			: err({code: 'RETRIEVAL_LEAF_WRONG', pieceId, leafIndex});
	const agreement = findAgreement(draft, agreementId);
	if (!agreement.ok) return agreement;
	const {root, leaves} = agreement.value;
	const absent = verifyAbsence(crypto, {root, sum: BigInt(leaves)}, pieceId, proof.absence);
	return absent.ok ? ok(undefined) : err({code: 'RETRIEVAL_PROOF_INVALID', error: absent.error});
};

/** A provider gives what was demanded before everybody, or shows that it need not. The deposit pays it for that. */
export const retrievalAnswer: Rule<'retrieval-answer'> = {
	signers: ({draft}, {agreementId}) => {
		const demand = findDemand(draft, agreementId);
		return demand.ok ? operatorOf(draft, demand.value.provider) : demand;
	},
	apply: (context, answer) => {
		const {draft, env, slot} = context;
		const {agreementId} = answer;
		const found = findDemand(draft, agreementId);
		if (!found.ok) return found;
		const {provider: id, deadline, deposit, pieceId} = found.value;
		if (slot >= deadline) return err({code: 'RETRIEVAL_ANSWER_LATE', deadline, slot});
		const proof = decodeRetrievalProof(answer.proof);
		if (!proof.ok) return err({code: 'RETRIEVAL_PROOF_INVALID', error: proof.error});
		const seen = bringRevision(context, answer);
		if (!seen.ok) return seen;
		const holds = checkProof(context, agreementId, found.value, proof.value);
		if (!holds.ok) return holds;
		const provider = findProvider(draft, id);
		if (!provider.ok) return provider;
		// Governance may have raised fees since the client paid its deposit.
		const wanted = answerFee(env.parameters);
		const fee = wanted < deposit ? wanted : deposit;
		addToPot(draft, 'fees', fee);
		credit(draft, provider.value.payoutAccount, Lovelace(deposit - fee));
		const key = keyOf(agreementId);
		draft.delete('retrievalDemands', key);
		const terms = draft.get('serviceClasses', key);
		if (terms !== undefined) draft.set('serviceClasses', key, {...terms, answered: terms.answered + 1});
		const {kind: how} = proof.value;
		return ok([...seen.value, {kind: 'retrieval-answered', agreementId, provider: id, pieceId, how}]);
	},
};
