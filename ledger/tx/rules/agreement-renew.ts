import {ok} from '#kernel/result';
import {changeTerms} from '../../agreements/change-agreement.ts';
import {renewedAgreement} from '../../agreements/renewal.ts';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import {findOwnAgreement} from '../find-own-agreement.ts';
import type {Rule} from '../rule.ts';

/** Longer, larger, at another rate, with objects locked for longer: from now on, because both sides sign. */
export const agreementRenew: Rule<'agreement-renew'> = {
	signers: (context, action) => {
		const found = findOwnAgreement(context, action.agreementId);
		return found.ok ? operatorOf(context.draft, found.value.provider) : found;
	},
	apply: (context, action) => {
		const {draft, env} = context;
		const {agreementId, capacityLeaves, rate, endEpoch, lockedUntil} = action;
		const found = findOwnAgreement(context, action.agreementId);
		if (!found.ok) return found;
		const agreement = found.value;
		const provider = findProvider(draft, agreement.provider);
		if (!provider.ok) return provider;
		const renewed = {agreementId, agreement, provider: provider.value};
		const terms = {capacityLeaves, rate, endEpoch, lockedUntil};
		const after = renewedAgreement(draft, env.parameters, renewed, terms);
		if (!after.ok) return after;
		const settled = changeTerms(env.parameters, draft, agreementId, after.value);
		const {provider: id} = agreement;
		return ok([
			...settled,
			{kind: 'agreement-renewed', agreementId, provider: id, rate, capacityLeaves, endEpoch},
		]);
	},
};
