import {list, u64, uint, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {messageCodec, viewBetween} from '../wire.ts';
import {ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENTS_MAX} from './limits.ts';
import type {AnnouncementsMessage} from './messages.ts';

export const announcementsCodec: MessageCodec<AnnouncementsMessage> = messageCodec(
	variant({
		request: [0, {cursor: u64, listeningPort: uint(0xff_ff)}],
		reply: [1, {cursor: u64, items: list(viewBetween(1, ANNOUNCEMENT_BYTES_MAX), ANNOUNCEMENTS_MAX)}],
		done: [2, {}],
	}),
);
