import type {StateTable} from '../protocol.ts';
import type {TxSubmissionMessage} from './messages.ts';

export type TxSubmissionState = 'init' | 'idle' | 'txIdsBlocking' | 'txIdsNonBlocking' | 'txs' | 'done';

/** The client has the transactions; the server asks for them. */
export const txSubmissionTable: StateTable<TxSubmissionState, TxSubmissionMessage> = {
	init: {agency: 'client', on: {init: 'idle'}},
	idle: {
		agency: 'server',
		on: {
			requestTxIdsBlocking: 'txIdsBlocking',
			requestTxIdsNonBlocking: 'txIdsNonBlocking',
			requestTxs: 'txs',
		},
	},
	txIdsBlocking: {agency: 'client', on: {replyTxIds: 'idle', done: 'done'}},
	txIdsNonBlocking: {agency: 'client', on: {replyTxIds: 'idle'}},
	txs: {agency: 'client', on: {replyTxs: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
