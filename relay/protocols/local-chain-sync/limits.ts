import type {ChainSyncState} from '../chain-sync/state.ts';
import type {StateLimit} from '../protocol.ts';

/** The specification has no limits on a UNIX socket: a client may wait for the next block, or say nothing, for as long as it likes. */
const REQUEST: StateLimit = {bytesMax: 65_535, secondsMax: undefined};
const BLOCK: StateLimit = {bytesMax: 2_500_000, secondsMax: undefined};

export const localChainSyncLimits: {readonly [S in ChainSyncState]: StateLimit} = {
	idle: REQUEST,
	canAwait: BLOCK,
	mustReply: BLOCK,
	intersect: REQUEST,
	done: {bytesMax: 0, secondsMax: undefined},
};

export const localChainSyncIngressBytesMax = 23_068_694;
