import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, type Rule, senderOf} from '../rule.ts';

/** New terms for new agreements, and more bond. */
export const providerUpdate: Rule<'provider-update'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: (context, {provider, storePrice, minTermEpochs, capacityLeaves, accepting, bondAdded}) => {
		const {draft} = context;
		const found = findProvider(draft, provider);
		if (!found.ok) return found;
		if (found.value.exitFrom !== null) return err({code: 'PROVIDER_EXITING', provider});
		const taken = debit(draft, senderOf(context), bondAdded);
		if (!taken.ok) return taken;
		draft.set('providers', keyOf(provider), {
			...found.value,
			storePrice,
			minTermEpochs,
			capacityLeaves,
			accepting,
			bond: Lovelace(found.value.bond + bondAdded),
		});
		return ok([{kind: 'provider-updated', provider, bondAdded}]);
	},
};
