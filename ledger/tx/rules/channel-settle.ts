import {verifyVoucher} from '#crypto/vouchers/voucher';
import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {findLiveChannel} from '../../channels/channel.ts';
import {keyOf} from '../../state/keys.ts';
import {credit, nobodyElse, type Rule} from '../rule.ts';

/**
 * Pays what a voucher says beyond what was paid. A voucher that says more than there is pays what there is: a top-up that
 * a rollback took back costs the payee no more than that.
 */
export const channelSettle: Rule<'channel-settle'> = {
	signers: nobodyElse,
	apply: ({draft, env, slot}, {channelId, cumulative, signature}) => {
		const found = findLiveChannel(draft, channelId, slot);
		if (!found.ok) return found;
		const {payerVk, payee, deposit, paid} = found.value;
		const due = cumulative < deposit ? cumulative : deposit;
		if (due <= paid) return err({code: 'VOUCHER_STALE', cumulative, paid});
		if (!verifyVoucher(env.crypto, payerVk, {channelId, cumulative, signature}))
			return err({code: 'VOUCHER_SIGNATURE_INVALID', channelId, cumulative});
		const amount = Lovelace(due - paid);
		draft.set('channels', keyOf(channelId), {...found.value, paid: due});
		credit(draft, payee, amount);
		return ok([{kind: 'channel-settled', channelId, payee, amount, paid: due}]);
	},
};
