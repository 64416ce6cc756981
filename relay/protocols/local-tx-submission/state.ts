import type {StateTable} from '../protocol.ts';
import type {LocalTxSubmissionMessage} from './messages.ts';

export type LocalTxSubmissionState = 'idle' | 'busy' | 'done';

export const localTxSubmissionTable: StateTable<LocalTxSubmissionState, LocalTxSubmissionMessage> = {
	idle: {agency: 'client', on: {submitTx: 'busy', done: 'done'}},
	busy: {agency: 'server', on: {acceptTx: 'idle', rejectTx: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
