import type {Protocol} from '../protocol.ts';
import {blockFetchCodec} from './codec.ts';
import {blockFetchIngressBytesMax, blockFetchLimits} from './limits.ts';
import type {BlockFetchMessage} from './messages.ts';
import {type BlockFetchState, blockFetchTable} from './state.ts';

export const blockFetch: Protocol<BlockFetchState, BlockFetchMessage> = {
	name: 'block-fetch',
	id: 3,
	initial: 'idle',
	table: blockFetchTable,
	limits: blockFetchLimits,
	ingressBytesMax: blockFetchIngressBytesMax,
	codec: blockFetchCodec,
};
