import type {BlockFetchMessage, BlockRange} from '#relay/protocols/block-fetch/messages';
import {isServableRange} from '#relay/protocols/block-fetch/server';
import type {BlockFetchState} from '#relay/protocols/block-fetch/state';
import type {Conversation} from '../conversation.ts';
import type {BlockSource} from '../handlers.ts';

type BlockFetchConversation = Conversation<BlockFetchState, BlockFetchMessage>;

const serveRange = async (
	conversation: BlockFetchConversation,
	source: BlockSource,
	range: BlockRange,
	signal: AbortSignal,
): Promise<void> => {
	const blocks = isServableRange(range) ? await source.range(range, {signal}) : undefined;
	if (blocks === undefined) {
		await conversation.send({kind: 'noBlocks'});
		return;
	}
	await conversation.send({kind: 'startBatch'});
	for await (const block of blocks) await conversation.send({kind: 'block', block});
	await conversation.send({kind: 'batchDone'});
};

/** Serves ranges of blocks until the connection ends; a slow reader is waited for. */
export const serveBlockFetch = async (
	conversation: BlockFetchConversation,
	source: BlockSource,
	signal: AbortSignal,
): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'clientDone') conversation.restart();
		else if (message.kind === 'requestRange')
			await serveRange(conversation, source, {from: message.from, to: message.to}, signal);
	}
};
