import type {ChainSyncMessage} from '../chain-sync/messages.ts';
import {type ChainSyncState, chainSyncTable} from '../chain-sync/state.ts';
import type {Protocol} from '../protocol.ts';
import {localChainSyncCodec} from './codec.ts';
import {localChainSyncIngressBytesMax, localChainSyncLimits} from './limits.ts';

/** Chain-sync as a UNIX socket has it: under its own number, with whole blocks. */
export const localChainSync: Protocol<ChainSyncState, ChainSyncMessage> = {
	name: 'local-chain-sync',
	id: 5,
	initial: 'idle',
	table: chainSyncTable,
	limits: localChainSyncLimits,
	ingressBytesMax: localChainSyncIngressBytesMax,
	codec: localChainSyncCodec,
};
