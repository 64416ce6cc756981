import {err, ok} from '#kernel/result';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/** No new agreements; the rest happens at epoch boundaries. */
export const providerExit: Rule<'provider-exit'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: ({draft, epoch}, {provider}) => {
		const found = findProvider(draft, provider);
		if (!found.ok) return found;
		if (found.value.exitFrom !== null) return err({code: 'PROVIDER_EXITING', provider});
		draft.set('providers', keyOf(provider), {...found.value, accepting: false, exitFrom: epoch});
		return ok([{kind: 'provider-exiting', provider}]);
	},
};
