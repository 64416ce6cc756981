import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {decodeForestInclusion, type ForestInclusion, verifyInclusion} from '#storage-proofs/forest-piece';
import type {Agreement} from '../../agreements/agreement.ts';
import {checkSignedRevision} from '../../agreements/check-revision.ts';
import {findAgreement} from '../../agreements/find-agreement.ts';
import {type Omission, omissionKey} from '../../disputes/omission.ts';
import {forestRootKey} from '../../proofs/forest-root.ts';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import type {ActionOf} from '../action.ts';
import {credit, type Rule, type RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

type Answer = ActionOf<'omission-answer'>;
type Said = Pick<Omission, 'revisionNo' | 'root' | 'leaves'>;

const isSame = ({root, leaves, revisionNo}: ForestInclusion, said: Said): boolean =>
	equalBytes(root, said.root) && leaves === BigInt(said.leaves) && revisionNo === BigInt(said.revisionNo);

/** That the agreement stands in the forest that was committed to for that epoch. */
const checkInclusion = (
	{draft, env}: RuleContext,
	{agreementId, epoch, inclusion: bytes}: Answer,
	{provider}: Agreement,
): Result<ForestInclusion, TxError> => {
	const forest = draft.get('forestRoots', forestRootKey(epoch, provider));
	if (forest === undefined) return err({code: 'OMISSION_NOT_COMMITTED', provider, epoch});
	const inclusion = decodeForestInclusion(bytes);
	if (!inclusion.ok) return err({code: 'OMISSION_ANSWER_INVALID', error: inclusion.error});
	const commitment = {root: forest.root, totalLeaves: BigInt(forest.totalLeaves)};
	const held = verifyInclusion(env.crypto, commitment, agreementId, inclusion.value);
	return held.ok ? inclusion : err({code: 'OMISSION_ANSWER_INVALID', error: held.error});
};

/** The very revision that was claimed, or a later one that both sides have signed as well. */
const checkRevision = (
	{draft, env}: RuleContext,
	{agreementId, revision: signed}: Answer,
	{claim, agreement, inclusion}: {claim: Omission; agreement: Agreement; inclusion: ForestInclusion},
): Result<void, TxError> => {
	const {revisionNo} = inclusion;
	if (signed === null)
		return isSame(inclusion, claim)
			? ok(undefined)
			: err({code: 'OMISSION_REVISION_WRONG', agreementId, revisionNo, claimed: claim.revisionNo});
	const isLater = signed.revision.revisionNo > claim.revisionNo;
	if (
		!isLater ||
		!equalBytes(signed.revision.agreementId, agreementId) ||
		!isSame(inclusion, signed.revision)
	)
		return err({code: 'OMISSION_REVISION_WRONG', agreementId, revisionNo, claimed: claim.revisionNo});
	return checkSignedRevision(env, draft, agreement, signed);
};

/** The provider had it: the deposit is the provider's, for its trouble. Free of charge, because each claim is answered once. */
export const omissionAnswer: Rule<'omission-answer'> = {
	signers: ({draft}, {agreementId}) => {
		const found = findAgreement(draft, agreementId);
		return found.ok ? operatorOf(draft, found.value.provider) : found;
	},
	apply: (context, answer) => {
		const {draft, slot} = context;
		const {agreementId, epoch} = answer;
		const key = omissionKey({agreementId, epoch});
		const claim = draft.get('omissions', key);
		if (claim === undefined) return err({code: 'OMISSION_UNKNOWN', agreementId, epoch});
		const {answerBy, deposit} = claim;
		if (slot >= answerBy) return err({code: 'OMISSION_ANSWER_LATE', agreementId, epoch, answerBy, slot});
		const found = findAgreement(draft, agreementId);
		if (!found.ok) return found;
		const agreement = found.value;
		const inclusion = checkInclusion(context, answer, agreement);
		if (!inclusion.ok) return inclusion;
		const fits = checkRevision(context, answer, {claim, agreement, inclusion: inclusion.value});
		if (!fits.ok) return fits;
		const provider = findProvider(draft, agreement.provider);
		if (!provider.ok) return provider;
		draft.delete('omissions', key);
		credit(draft, provider.value.payoutAccount, deposit);
		return ok([{kind: 'omission-answered', agreementId, provider: agreement.provider, epoch, deposit}]);
	},
};
