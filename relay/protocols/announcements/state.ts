import type {StateTable} from '../protocol.ts';
import type {AnnouncementsMessage} from './messages.ts';

export type AnnouncementsState = 'idle' | 'busy' | 'done';

export const announcementsTable: StateTable<AnnouncementsState, AnnouncementsMessage> = {
	idle: {agency: 'client', on: {request: 'busy', done: 'done'}},
	busy: {agency: 'server', on: {reply: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
