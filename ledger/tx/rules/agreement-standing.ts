import {ok} from '#kernel/result';
import {keyOf} from '../../state/keys.ts';
import {findOwnAgreement} from '../find-own-agreement.ts';
import type {Rule} from '../rule.ts';

/** The client's word alone: what its provider asks for within it, is agreed. */
export const agreementStanding: Rule<'agreement-standing'> = {
	signers: (context, action) => {
		const found = findOwnAgreement(context, action.agreementId);
		return found.ok ? ok([]) : found;
	},
	apply: (context, action) => {
		const {agreementId, order} = action;
		const found = findOwnAgreement(context, action.agreementId);
		if (!found.ok) return found;
		context.draft.set('agreements', keyOf(agreementId), {...found.value, standing: order});
		return ok([{kind: 'standing-order', agreementId, order}]);
	},
};
