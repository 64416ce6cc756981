import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {judgedUntil, settleAgreement} from '../../agreements/settle-agreement.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {NO_TERMS} from '../../service/service-terms.ts';
import {keyOf} from '../../state/keys.ts';
import {type Rule, senderOf} from '../rule.ts';

/** Both sides of an agreement agree on how soon pieces are given back. They may change it, unless an answer is due. */
export const serviceClass: Rule<'service-class'> = {
	signers: (context, {agreementId}) => {
		const found = findActiveAgreement(context.draft, agreementId);
		if (!found.ok) return found;
		const {client, provider} = found.value;
		const sender = senderOf(context);
		return equalBytes(sender, client)
			? operatorOf(context.draft, provider)
			: err({code: 'AGREEMENT_CLIENT_WRONG', client, sender});
	},
	apply: ({draft, env}, {agreementId, serviceClass: wanted}) => {
		const found = findActiveAgreement(draft, agreementId);
		if (!found.ok) return found;
		const key = keyOf(agreementId);
		if (draft.get('retrievalDemands', key) !== undefined)
			return err({code: 'RETRIEVAL_DEMAND_OPEN', agreementId});
		const known = draft.get('serviceClasses', key);
		// What was proven before the first promise is paid before it: no later payment is for epochs on both sides of it.
		const settled = known === undefined ? settleAgreement(env.parameters, draft, agreementId) : [];
		const terms = known ?? {...NO_TERMS, since: judgedUntil(draft)};
		draft.set('serviceClasses', key, {...terms, serviceClass: wanted});
		const {provider} = found.value;
		return ok([...settled, {kind: 'service-class-agreed', agreementId, provider, serviceClass: wanted}]);
	},
};
