import {err, ok} from '#kernel/result';
import {addWithdrawal} from '../../main-chain/add-withdrawal.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Burns credits before their payout leaf appears. */
export const withdraw: Rule<'withdraw'> = {
	signers: nobodyElse,
	apply: (context, {kind, claimId, amount}) => {
		const {draft} = context;
		if (amount === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		if (draft.get('claims', keyOf(claimId)) === undefined) return err({code: 'CLAIM_UNKNOWN', claimId});
		const account = senderOf(context);
		const taken = debit(draft, account, amount);
		if (!taken.ok) return taken;
		const cumulative = addWithdrawal(draft, claimId, amount);
		return ok([{kind: 'withdrawn', account, claimId, amount, cumulative}]);
	},
};
