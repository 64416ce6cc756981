import type {StateLimit} from '../protocol.ts';
import type {BlockFetchState} from './state.ts';

export const blockFetchLimits: {readonly [S in BlockFetchState]: StateLimit} = {
	idle: {bytesMax: 65_535, secondsMax: undefined},
	busy: {bytesMax: 65_535, secondsMax: 60},
	streaming: {bytesMax: 2_500_000, secondsMax: 60},
	done: {bytesMax: 0, secondsMax: undefined},
};

export const blockFetchIngressBytesMax = 23_068_694;

/** Ranges that a client asks for before the first of them is answered. */
export const RANGES_IN_FLIGHT_MAX = 100;
