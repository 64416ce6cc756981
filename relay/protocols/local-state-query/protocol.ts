import type {Protocol} from '../protocol.ts';
import {localStateQueryCodec} from './codec.ts';
import {localStateQueryIngressBytesMax, localStateQueryLimits} from './limits.ts';
import type {LocalStateQueryMessage} from './messages.ts';
import {type LocalStateQueryState, localStateQueryTable} from './state.ts';

export const localStateQuery: Protocol<LocalStateQueryState, LocalStateQueryMessage> = {
	name: 'local-state-query',
	id: 7,
	initial: 'idle',
	table: localStateQueryTable,
	limits: localStateQueryLimits,
	ingressBytesMax: localStateQueryIngressBytesMax,
	codec: localStateQueryCodec,
};
