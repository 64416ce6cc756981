import type {Protocol} from '../protocol.ts';
import {txSubmissionCodec} from './codec.ts';
import {txSubmissionIngressBytesMax, txSubmissionLimits} from './limits.ts';
import type {TxSubmissionMessage} from './messages.ts';
import {type TxSubmissionState, txSubmissionTable} from './state.ts';

export const txSubmission: Protocol<TxSubmissionState, TxSubmissionMessage> = {
	name: 'tx-submission2',
	id: 4,
	initial: 'init',
	table: txSubmissionTable,
	limits: txSubmissionLimits,
	ingressBytesMax: txSubmissionIngressBytesMax,
	codec: txSubmissionCodec,
};
