import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import {type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

/** The operator; and the repairer, when it is not the client who sends. */
const signersOf = (context: RuleContext, agreementId: Hash32): Result<readonly Uint8Array[], TxError> => {
	const found = findActiveAgreement(context.draft, agreementId);
	if (!found.ok) return found;
	const {client, provider, repairOf, repairerVk} = found.value;
	const operator = operatorOf(context.draft, provider);
	const sender = senderOf(context);
	if (!operator.ok || equalBytes(sender, client)) return operator;
	if (repairOf === null) return err({code: 'AGREEMENT_CLIENT_WRONG', client, sender});
	return ok([...operator.value, repairerVk]);
};

/** Both sides say which pieces there are now. */
export const agreementRevise: Rule<'agreement-revise'> = {
	signers: (context, {agreementId}) => signersOf(context, agreementId),
	apply: ({draft}, {agreementId, revisionNo, root, leaves}) => {
		const found = findActiveAgreement(draft, agreementId);
		if (!found.ok) return found;
		const {revisionNo: current, capacityLeaves} = found.value;
		if (revisionNo <= current) return err({code: 'REVISION_STALE', revisionNo, current});
		if (leaves > capacityLeaves) return err({code: 'REVISION_TOO_LARGE', leaves, capacityLeaves});
		draft.set('agreements', keyOf(agreementId), {...found.value, revisionNo, root, leaves});
		return ok([{kind: 'agreement-revised', agreementId, revisionNo, root, leaves}]);
	},
};
