import {assert} from '#kernel/assert';
import {judgeReply} from '#relay/protocols/announcements/client';
import {HOLD_SECONDS_MAX} from '#relay/protocols/announcements/limits';
import type {AnnouncementsMessage} from '#relay/protocols/announcements/messages';
import {replyTo} from '#relay/protocols/announcements/server';
import type {AnnouncementsState} from '#relay/protocols/announcements/state';
import {endsWith} from '../abort.ts';
import type {Conversation} from '../conversation.ts';
import type {AnnouncementFeed, AnnouncementSink} from '../handlers.ts';
import {sleep, type Timer} from '../timer.ts';

type AnnouncementsConversation = Conversation<AnnouncementsState, AnnouncementsMessage>;

/** A server that does not hold our request is not asked more often than this. */
const PAUSE_MS = 200;

/** Pulls a peer's announcements until the connection ends. */
export const pullAnnouncements = async (
	conversation: AnnouncementsConversation,
	sink: AnnouncementSink,
	listeningPort: number,
	timer: Timer,
	signal: AbortSignal,
): Promise<void> => {
	let cursor = 0n;
	for (;;) {
		await conversation.send({kind: 'request', cursor, listeningPort});
		const reply = await conversation.receive();
		assert(reply.kind === 'reply', 'the state table lied');
		const judged = judgeReply(cursor, reply);
		if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
		cursor = judged.value;
		if (reply.items.length > 0) await sink.add(reply.items, {signal});
		await sleep(timer, PAUSE_MS, signal);
	}
};

/** Waits for a change, but no longer than a request is held. */
const waitForNews = async (feed: AnnouncementFeed, timer: Timer, signal: AbortSignal): Promise<void> => {
	const either = endsWith(signal);
	try {
		await Promise.race([feed.changed(either), sleep(timer, HOLD_SECONDS_MAX * 1_000, either.signal)]);
	} finally {
		either.end();
	}
};

export const serveAnnouncements = async (
	conversation: AnnouncementsConversation,
	feed: AnnouncementFeed,
	listening: (port: number) => void,
	timer: Timer,
	signal: AbortSignal,
): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'done') conversation.restart();
		if (message.kind !== 'request') continue;
		if (message.listeningPort > 0) listening(message.listeningPort);
		if (feed.since(message.cursor) === undefined) await waitForNews(feed, timer, signal);
		await conversation.send(replyTo(message.cursor, feed.since(message.cursor)));
	}
};
