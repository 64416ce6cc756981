import {defined} from '#kernel/assert';
import {err, ok} from '#kernel/result';
import {keyOf} from '../../state/keys.ts';
import {nobodyElse, type Rule, senderOf} from '../rule.ts';

/** The sender's balance counts for a pool from the next stake snapshot on. */
export const delegate: Rule<'delegate'> = {
	signers: nobodyElse,
	apply: (context, {pool}) => {
		const {draft} = context;
		if (pool !== null && draft.get('pools', keyOf(pool)) === undefined)
			return err({code: 'POOL_UNKNOWN', pool});
		const account = senderOf(context);
		const before = defined(draft.get('accounts', keyOf(account)), 'a sender has an account');
		draft.set('accounts', keyOf(account), {...before, pool});
		return ok([{kind: 'delegated', account, pool}]);
	},
};
