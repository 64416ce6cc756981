import {err, ok} from '#kernel/result';
import {channelEnd, findChannel} from '../../channels/channel.ts';
import {removeChannel} from '../../channels/end-channels.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/** The rest goes back without a wait for the next epoch, which would bring it by itself. */
export const channelRefund: Rule<'channel-refund'> = {
	signers: nobodyElse,
	apply: ({draft, slot}, {channelId}) => {
		const found = findChannel(draft, channelId);
		if (!found.ok) return found;
		const endsAt = channelEnd(found.value);
		if (slot < endsAt) return err({code: 'CHANNEL_NOT_ENDED', endsAt, slot});
		return ok([removeChannel(draft, channelId, found.value, 'ended')]);
	},
};
