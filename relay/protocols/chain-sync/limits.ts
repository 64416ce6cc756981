import type {StateLimit} from '../protocol.ts';
import type {ChainSyncState} from './state.ts';

const BYTES_MAX = 65_535;

export const chainSyncLimits: {readonly [S in ChainSyncState]: StateLimit} = {
	idle: {bytesMax: BYTES_MAX, secondsMax: 3_373},
	canAwait: {bytesMax: BYTES_MAX, secondsMax: 10},
	// Drawn at random, so that a quiet chain does not lose all its connections at once.
	mustReply: {bytesMax: BYTES_MAX, secondsMax: [601, 911]},
	intersect: {bytesMax: BYTES_MAX, secondsMax: 10},
	done: {bytesMax: 0, secondsMax: undefined},
};

/** 300 headers in flight of 1,400 bytes, and a tenth more. */
export const chainSyncIngressBytesMax = 462_000;

/** Fewer requests in flight than this are filled up again. */
export const PIPELINE_LOW = 200;
export const PIPELINE_HIGH = 300;
