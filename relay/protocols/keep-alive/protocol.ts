import type {MessageCodec, Protocol} from '../protocol.ts';
import {keepAliveIngressBytesMax, keepAliveLimits} from './limits.ts';
import type {KeepAliveMessage} from './messages.ts';
import {type KeepAliveState, keepAliveTable} from './state.ts';

/** The codec is handed in: nodes use the messages of a package that is not pure. */
export const createKeepAlive = (
	codec: MessageCodec<KeepAliveMessage>,
): Protocol<KeepAliveState, KeepAliveMessage> => ({
	name: 'keep-alive',
	id: 8,
	initial: 'client',
	table: keepAliveTable,
	limits: keepAliveLimits,
	ingressBytesMax: keepAliveIngressBytesMax,
	codec,
});
