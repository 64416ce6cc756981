import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {Agreement} from '../../agreements/agreement.ts';
import {checkSignedRevision} from '../../agreements/check-revision.ts';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {omissionDeposit, omissionKey} from '../../disputes/omission.ts';
import {forestRootKey} from '../../proofs/forest-root.ts';
import type {ActionOf} from '../action.ts';
import {debit, nobodyElse, type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

/** An agreement whose provider had to commit to that revision, or a later one, for that epoch, and has proven its forest. */
const findClaimed = (
	{draft, env}: RuleContext,
	{epoch, revision: signed}: ActionOf<'omission-claim'>,
): Result<Agreement, TxError> => {
	const {agreementId, validFrom} = signed.revision;
	const found = findActiveAgreement(draft, agreementId);
	if (!found.ok) return found;
	const {startEpoch, endEpoch, provider} = found.value;
	const isDue = startEpoch <= epoch && epoch < endEpoch && validFrom <= epoch;
	if (!isDue) return err({code: 'OMISSION_NOT_DUE', agreementId, epoch, validFrom});
	if (draft.get('forestRoots', forestRootKey(epoch, provider)) === undefined)
		return err({code: 'OMISSION_NOT_COMMITTED', provider, epoch});
	const holds = checkSignedRevision(env, draft, found.value, signed);
	return holds.ok ? found : holds;
};

/** Anyone with a deposit. Whoever is right gets its deposit back; the provider has an epoch to show that it is not. */
export const omissionClaim: Rule<'omission-claim'> = {
	signers: nobodyElse,
	apply: (context, claim) => {
		const {draft, env, slot} = context;
		const {epoch, revision: signed} = claim;
		const {agreementId, revisionNo, root, leaves} = signed.revision;
		const found = findClaimed(context, claim);
		if (!found.ok) return found;
		const key = omissionKey({agreementId, epoch});
		if (draft.get('omissions', key) !== undefined) return err({code: 'OMISSION_CLAIMED', agreementId, epoch});
		const claimant = senderOf(context);
		const deposit = omissionDeposit(env.parameters);
		const taken = debit(draft, claimant, deposit);
		if (!taken.ok) return taken;
		const answerBy = Slot(slot + env.genesis.epochLength);
		draft.set('omissions', key, {claimant, deposit, revisionNo, root, leaves, answerBy});
		const {provider} = found.value;
		return ok([
			{kind: 'omission-claimed', agreementId, provider, epoch, revisionNo, claimant, deposit, answerBy},
		]);
	},
};
