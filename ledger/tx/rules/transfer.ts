import {err, ok} from '#kernel/result';
import {credit, debit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Moves credits between accounts. */
export const transfer: Rule<'transfer'> = {
	signers: nobodyElse,
	apply: (context, {kind, to, amount}) => {
		if (amount === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		const from = senderOf(context);
		const taken = debit(context.draft, from, amount);
		if (!taken.ok) return taken;
		credit(context.draft, to, amount);
		return ok([{kind: 'transferred', from, to, amount}]);
	},
};
