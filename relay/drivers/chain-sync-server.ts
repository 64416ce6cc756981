import type {ChainSyncMessage} from '#relay/protocols/chain-sync/messages';
import {replyToFindIntersect, replyToNext} from '#relay/protocols/chain-sync/server';
import type {ChainSyncState} from '#relay/protocols/chain-sync/state';
import type {Conversation} from '../conversation.ts';
import type {ChainFollower} from '../handlers.ts';

type ChainSyncConversation = Conversation<ChainSyncState, ChainSyncMessage>;

const serveNext = async (
	conversation: ChainSyncConversation,
	follower: ChainFollower,
	signal: AbortSignal,
): Promise<void> => {
	while (conversation.state === 'canAwait' || conversation.state === 'mustReply') {
		const update = await follower.next({signal});
		const reply = replyToNext(conversation.state, update);
		if (reply !== undefined) await conversation.send(reply);
		if (update === undefined) await follower.waitForChange({signal});
	}
};

/** Lets a peer follow our chain until the connection ends. */
export const serveChainSync = async (
	conversation: ChainSyncConversation,
	follower: ChainFollower,
	signal: AbortSignal,
): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'done') conversation.restart();
		else if (message.kind === 'requestNext') await serveNext(conversation, follower, signal);
		else if (message.kind === 'findIntersect') {
			const {intersect, tip} = await follower.findIntersect(message.points.items, {signal});
			await conversation.send(replyToFindIntersect(intersect, tip));
		}
	}
};
