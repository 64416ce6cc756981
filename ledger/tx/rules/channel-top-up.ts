import {Lovelace} from '#kernel/lovelace';
import {err, ok} from '#kernel/result';
import {findLiveChannel} from '../../channels/channel.ts';
import {keyOf} from '../../state/keys.ts';
import {debit, nobodyElse, type Rule, senderOf} from '../rule.ts';

/** Adds to what a channel can pay. */
export const channelTopUp: Rule<'channel-top-up'> = {
	signers: nobodyElse,
	apply: (context, {kind, channelId, amount}) => {
		if (amount === 0n) return err({code: 'TX_AMOUNT_ZERO', action: kind});
		const {draft, slot} = context;
		const found = findLiveChannel(draft, channelId, slot);
		if (!found.ok) return found;
		const {closesAt, deposit} = found.value;
		if (closesAt !== null) return err({code: 'CHANNEL_CLOSING', channelId, closesAt});
		const taken = debit(draft, senderOf(context), amount);
		if (!taken.ok) return taken;
		draft.set('channels', keyOf(channelId), {...found.value, deposit: Lovelace(deposit + amount)});
		return ok([{kind: 'channel-topped-up', channelId, amount}]);
	},
};
