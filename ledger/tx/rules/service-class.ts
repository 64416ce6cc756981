import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
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
	apply: ({draft}, {agreementId, serviceClass: wanted}) => {
		const found = findActiveAgreement(draft, agreementId);
		if (!found.ok) return found;
		const key = keyOf(agreementId);
		if (draft.get('retrievalDemands', key) !== undefined)
			return err({code: 'RETRIEVAL_DEMAND_OPEN', agreementId});
		const terms = draft.get('serviceClasses', key) ?? NO_TERMS;
		draft.set('serviceClasses', key, {...terms, serviceClass: wanted});
		const {provider} = found.value;
		return ok([{kind: 'service-class-agreed', agreementId, provider, serviceClass: wanted}]);
	},
};
