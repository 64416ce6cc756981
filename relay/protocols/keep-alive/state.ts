import type {StateTable} from '../protocol.ts';
import type {KeepAliveMessage} from './messages.ts';

export type KeepAliveState = 'client' | 'server' | 'done';

export const keepAliveTable: StateTable<KeepAliveState, KeepAliveMessage> = {
	client: {agency: 'client', on: {keepAlive: 'server', done: 'done'}},
	server: {agency: 'server', on: {response: 'client'}},
	done: {agency: 'nobody', on: {}},
};
