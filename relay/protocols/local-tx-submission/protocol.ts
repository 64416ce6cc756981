import type {Protocol} from '../protocol.ts';
import {localTxSubmissionCodec} from './codec.ts';
import {localTxSubmissionIngressBytesMax, localTxSubmissionLimits} from './limits.ts';
import type {LocalTxSubmissionMessage} from './messages.ts';
import {type LocalTxSubmissionState, localTxSubmissionTable} from './state.ts';

export const localTxSubmission: Protocol<LocalTxSubmissionState, LocalTxSubmissionMessage> = {
	name: 'local-tx-submission',
	id: 6,
	initial: 'idle',
	table: localTxSubmissionTable,
	limits: localTxSubmissionLimits,
	ingressBytesMax: localTxSubmissionIngressBytesMax,
	codec: localTxSubmissionCodec,
};
