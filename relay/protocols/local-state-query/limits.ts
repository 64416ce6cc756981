import type {StateLimit} from '../protocol.ts';
import type {LocalStateQueryState} from './state.ts';

/** The specification has no limits on a UNIX socket. Queries that we answer have a dozen bytes, results a few hundred. */
const LIMIT: StateLimit = {bytesMax: 65_535, secondsMax: undefined};

export const localStateQueryLimits: {readonly [S in LocalStateQueryState]: StateLimit} = {
	idle: LIMIT,
	acquiring: LIMIT,
	acquired: LIMIT,
	querying: LIMIT,
	done: {bytesMax: 0, secondsMax: undefined},
};

/** The longest message and some that were sent ahead. */
export const localStateQueryIngressBytesMax = 131_070;
