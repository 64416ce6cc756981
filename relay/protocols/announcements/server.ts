import {assert} from '#kernel/assert';
import {ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENTS_MAX} from './limits.ts';
import type {AnnouncementsMessage} from './messages.ts';

/** `news` is what lies behind `asked`; undefined when nothing does. */
export const replyTo = (
	asked: bigint,
	news: {readonly cursor: bigint; readonly items: readonly Uint8Array[]} | undefined,
): AnnouncementsMessage => {
	if (news === undefined || news.items.length === 0) return {kind: 'reply', cursor: asked, items: []};
	assert(news.items.length <= ANNOUNCEMENTS_MAX, 'more announcements than fit into a reply');
	assert(
		news.items.every(item => item.length <= ANNOUNCEMENT_BYTES_MAX),
		'an announcement is too long',
	);
	return {kind: 'reply', cursor: news.cursor, items: news.items};
};
