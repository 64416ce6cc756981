import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {followSolvency} from '../../agreements/judge-payers.ts';
import {EMPTY_PAYER} from '../../agreements/payer.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Puts credits where agreements are paid from. */
export const payerDeposit: Rule<'payer-deposit'> = {
	signers: nobodyElse,
	apply: (context, {kind, amount}) => {
		if (amount === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		const account = senderOf(context);
		const taken = debit(context.draft, account, amount);
		if (!taken.ok) return taken;
		const key = keyOf(account);
		const payer = context.draft.get('payers', key) ?? EMPTY_PAYER;
		context.draft.set('payers', key, {...payer, funds: Lovelace(payer.funds + amount)});
		const followed = followSolvency(context.env.parameters, context.draft, key, context.epoch);
		return ok([{kind: 'payer-funded', account, amount}, ...followed]);
	},
};
