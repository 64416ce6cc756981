import type {Protocol} from '../protocol.ts';
import {announcementsCodec} from './codec.ts';
import {announcementsIngressBytesMax, announcementsLimits} from './limits.ts';
import type {AnnouncementsMessage} from './messages.ts';
import {type AnnouncementsState, announcementsTable} from './state.ts';

/** Only between nodes of our own network; 40 is far from the numbers that Cardano uses. */
export const announcements: Protocol<AnnouncementsState, AnnouncementsMessage> = {
	name: 'announcements',
	id: 40,
	initial: 'idle',
	table: announcementsTable,
	limits: announcementsLimits,
	ingressBytesMax: announcementsIngressBytesMax,
	codec: announcementsCodec,
};
