import type {StateLimit} from '../protocol.ts';
import type {KeepAliveState} from './state.ts';

export const keepAliveLimits: {readonly [S in KeepAliveState]: StateLimit} = {
	client: {bytesMax: 65_535, secondsMax: 97},
	server: {bytesMax: 65_535, secondsMax: 60},
	done: {bytesMax: 0, secondsMax: undefined},
};

export const keepAliveIngressBytesMax = 1_408;
