import type {StateTable} from '../protocol.ts';
import type {ChainSyncMessage} from './messages.ts';

export type ChainSyncState = 'idle' | 'canAwait' | 'mustReply' | 'intersect' | 'done';

export const chainSyncTable: StateTable<ChainSyncState, ChainSyncMessage> = {
	idle: {agency: 'client', on: {requestNext: 'canAwait', findIntersect: 'intersect', done: 'done'}},
	canAwait: {
		agency: 'server',
		on: {awaitReply: 'mustReply', rollForward: 'idle', rollBackward: 'idle'},
	},
	mustReply: {agency: 'server', on: {rollForward: 'idle', rollBackward: 'idle'}},
	intersect: {agency: 'server', on: {intersectFound: 'idle', intersectNotFound: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
