import type {StateLimit} from '../protocol.ts';
import type {AnnouncementsState} from './state.ts';

/** As long as providers may make them (`#transport/protocols/announcement`). */
export const ANNOUNCEMENT_BYTES_MAX = 2_048;
export const ANNOUNCEMENTS_MAX = 64;

/** 64 of the longest announcements with their heads. */
const REPLY_BYTES_MAX = 132_000;

export const announcementsLimits: {readonly [S in AnnouncementsState]: StateLimit} = {
	idle: {bytesMax: 64, secondsMax: undefined},
	busy: {bytesMax: REPLY_BYTES_MAX, secondsMax: 60},
	done: {bytesMax: 0, secondsMax: undefined},
};

export const announcementsIngressBytesMax: number = (REPLY_BYTES_MAX * 11) / 10;

/** How long a server holds a request when it has nothing new. */
export const HOLD_SECONDS_MAX = 20;
