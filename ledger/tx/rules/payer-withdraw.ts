import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {EMPTY_PAYER, freeFunds} from '../../agreements/payer.ts';
import {judgedUntil} from '../../agreements/settle-agreement.ts';
import {keyOf} from '../../state/keys.ts';
import {credit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Takes back what agreements do not lock. */
export const payerWithdraw: Rule<'payer-withdraw'> = {
	signers: nobodyElse,
	apply: (context, {kind, amount}) => {
		if (amount === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		const {draft, env} = context;
		const account = senderOf(context);
		const payer = draft.get('payers', keyOf(account)) ?? EMPTY_PAYER;
		const free = freeFunds(env.parameters, payer, judgedUntil(draft));
		if (amount > free) return err({code: 'PAYER_OVERSPENDS', free, needed: amount});
		draft.set('payers', keyOf(account), {...payer, funds: Lovelace(payer.funds - amount)});
		credit(draft, account, amount);
		return ok([{kind: 'payer-withdrew', account, amount}]);
	},
};
