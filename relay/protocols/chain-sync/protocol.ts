import type {Protocol} from '../protocol.ts';
import {chainSyncCodec} from './codec.ts';
import {chainSyncIngressBytesMax, chainSyncLimits} from './limits.ts';
import type {ChainSyncMessage} from './messages.ts';
import {type ChainSyncState, chainSyncTable} from './state.ts';

export const chainSync: Protocol<ChainSyncState, ChainSyncMessage> = {
	name: 'chain-sync',
	id: 2,
	initial: 'idle',
	table: chainSyncTable,
	limits: chainSyncLimits,
	ingressBytesMax: chainSyncIngressBytesMax,
	codec: chainSyncCodec,
};
