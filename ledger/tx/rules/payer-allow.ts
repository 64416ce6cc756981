import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {findAllowance, paysItself, setAllowance} from '../../agreements/allowance.ts';
import {nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Lets another account open agreements that the sender pays: however many keys it takes to send. */
export const payerAllow: Rule<'payer-allow'> = {
	signers: nobodyElse,
	apply: (context, {client, rateMax, until}) => {
		const {draft} = context;
		const payer = senderOf(context);
		const paidFor = {payer, client};
		if (paysItself(paidFor)) return err({code: 'PAYER_ALLOWS_ITSELF', account: payer});
		const before = findAllowance(draft, paidFor);
		if (before === undefined && rateMax === 0n) return err({code: 'PAYER_ALLOWANCE_NONE', payer, client});
		const lockRate = before?.lockRate ?? Lovelace(0n);
		setAllowance(draft, paidFor, {rateMax, until, lockRate});
		return ok([{kind: 'payer-allowed', payer, client, rateMax, until}]);
	},
};
