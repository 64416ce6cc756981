import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {rowsOf} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import {type Channel, channelEnd, channelRest} from './channel.ts';

/** Takes a channel out of the state; the rest goes to whoever opened it. */
export const removeChannel = (
	draft: Draft,
	channelId: Hash32,
	channel: Channel,
	reason: 'payee' | 'ended',
): LedgerEvent => {
	const refund = channelRest(channel);
	draft.delete('channels', keyOf(channelId));
	credit(draft, channel.funder, refund);
	return {kind: 'channel-closed', channelId, reason, to: channel.funder, refund};
};

/** Channels that are over go by themselves at the next boundary, so that none stays for ever. O(channels). */
export const endChannels = (draft: Draft, slot: Slot): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	for (const [key, channel] of rowsOf(draft, 'channels'))
		if (channelEnd(channel) <= slot)
			events.push(removeChannel(draft, Hash32(fromHex(key)), channel, 'ended'));
	return events;
};
