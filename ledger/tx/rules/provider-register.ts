import {equalBytes} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {judgedUntil} from '../../agreements/settle-agreement.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, type Rule, senderOf} from '../rule.ts';

/** Whoever opened a claim on Cardano with an operator key may keep pieces under that key, with a bond. */
export const providerRegister: Rule<'provider-register'> = {
	signers: (_, {operatorVk}) => ok([operatorVk]),
	apply: (context, {provider, operatorVk, payoutAccount, bond, ...terms}) => {
		const {draft, env, epoch} = context;
		const key = keyOf(provider);
		const claim = draft.get('claims', key);
		if (claim === undefined) return err({code: 'CLAIM_UNKNOWN', claimId: provider});
		if (!equalBytes(claim.operatorVk, operatorVk))
			return err({code: 'PROVIDER_OPERATOR_WRONG', operatorVk, expected: claim.operatorVk});
		if (draft.get('providers', key) !== undefined) return err({code: 'PROVIDER_EXISTS', provider});
		const {bondMin} = env.parameters;
		if (bond < bondMin) return err({code: 'PROVIDER_BOND_TOO_SMALL', bond, bondMin});
		const taken = debit(draft, senderOf(context), bond);
		if (!taken.ok) return taken;
		draft.set('providers', key, {
			operatorVk,
			payoutAccount,
			bond,
			collateral: Lovelace(0n),
			storePrice: terms.storePrice,
			minTermEpochs: terms.minTermEpochs,
			capacityLeaves: terms.capacityLeaves,
			usedLeaves: 0,
			accepting: true,
			exitFrom: null,
			registeredAt: epoch,
			misses: [],
			provenEpochs: 0,
			lastProvenEpoch: null,
			provenBits: 0n,
			settledFrom: judgedUntil(draft),
			earned: Lovelace(0n),
			penalties: [],
		});
		return ok([{kind: 'provider-registered', provider, bond}]);
	},
};
