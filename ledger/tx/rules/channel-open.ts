import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {type Channel, ledgerChannelId} from '../../channels/channel.ts';
import {disputeEnd} from '../../channels/dispute-window.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Puts credits aside for a payee. The channel lives for a dispute window at least: the payee must have time to settle. */
export const channelOpen: Rule<'channel-open'> = {
	signers: nobodyElse,
	apply: (context, {kind, payerVk, payee, lane, expiry, deposit}) => {
		if (deposit === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		const {draft, env, slot, transaction} = context;
		const expiryMin = disputeEnd(env, slot);
		if (expiry < expiryMin) return err({code: 'CHANNEL_EXPIRY_TOO_EARLY', expiry, expiryMin});
		const funder = senderOf(context);
		const terms = {payerVk, payee, lane, expiry};
		const channelId = ledgerChannelId(env, transaction.body.sequence, terms);
		if (draft.get('channels', keyOf(channelId)) !== undefined)
			return err({code: 'CHANNEL_EXISTS', channelId});
		const taken = debit(draft, funder, deposit);
		if (!taken.ok) return taken;
		const channel: Channel = {funder, ...terms, deposit, paid: Lovelace(0n), closesAt: null};
		draft.set('channels', keyOf(channelId), channel);
		return ok([{kind: 'channel-opened', channelId, funder, payee, deposit, expiry}]);
	},
};
