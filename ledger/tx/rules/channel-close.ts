import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {findLiveChannel} from '../../channels/channel.ts';
import {disputeEnd} from '../../channels/dispute-window.ts';
import {removeChannel} from '../../channels/end-channels.ts';
import {keyOf} from '../../state/keys.ts';
import {nobodyElse, type Rule, senderOf} from '../rule.ts';

/**
 * The payee is the only one who could lose by an early end: when it asks for it, the channel ends at once. The funder
 * waits for the dispute window, or for the channel's own end if that is sooner.
 */
export const channelClose: Rule<'channel-close'> = {
	signers: nobodyElse,
	apply: (context, {channelId}) => {
		const {draft, env, slot} = context;
		const found = findLiveChannel(draft, channelId, slot);
		if (!found.ok) return found;
		const sender = senderOf(context);
		const {funder, payee, closesAt: closing, expiry} = found.value;
		if (equalBytes(sender, payee)) return ok([removeChannel(draft, channelId, found.value, 'payee')]);
		if (!equalBytes(sender, funder)) return err({code: 'CHANNEL_PARTY_WRONG', channelId, sender});
		if (closing !== null) return err({code: 'CHANNEL_CLOSING', channelId, closesAt: closing});
		const windowEnd = disputeEnd(env, slot);
		const closesAt = windowEnd < expiry ? windowEnd : expiry;
		draft.set('channels', keyOf(channelId), {...found.value, closesAt});
		return ok([{kind: 'channel-closing', channelId, closesAt}]);
	},
};
