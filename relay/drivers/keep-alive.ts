import {judgeResponse, keepAliveRequest, nextCookie} from '#relay/protocols/keep-alive/client';
import type {KeepAliveMessage} from '#relay/protocols/keep-alive/messages';
import {keepAliveResponse} from '#relay/protocols/keep-alive/server';
import type {KeepAliveState} from '#relay/protocols/keep-alive/state';
import type {Conversation} from '../conversation.ts';
import {sleep, type Timer} from '../timer.ts';

type KeepAliveConversation = Conversation<KeepAliveState, KeepAliveMessage>;

/** The server waits 97 s for the next request. */
export const KEEP_ALIVE_INTERVAL_MS = 10_000;

/** Asks now and then whether the peer is there, and measures how long the answer takes. */
export const keepAlive = async (
	conversation: KeepAliveConversation,
	timer: Timer,
	measured: (rttMs: number) => void,
	signal: AbortSignal,
): Promise<void> => {
	for (let cookie = 0; ; cookie = nextCookie(cookie)) {
		const sentMs = timer.nowMs();
		await conversation.send(keepAliveRequest(cookie));
		const judged = judgeResponse(cookie, await conversation.receive());
		if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
		measured(timer.nowMs() - sentMs);
		await sleep(timer, KEEP_ALIVE_INTERVAL_MS, signal);
	}
};

export const serveKeepAlive = async (conversation: KeepAliveConversation): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'done') conversation.restart();
		else if (message.kind === 'keepAlive') await conversation.send(keepAliveResponse(message.cookie));
	}
};
