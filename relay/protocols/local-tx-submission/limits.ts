import type {StateLimit} from '../protocol.ts';
import type {LocalTxSubmissionState} from './state.ts';

/** The specification has no limits on a UNIX socket; a transaction has 16,384 bytes at most. */
const LIMIT: StateLimit = {bytesMax: 65_535, secondsMax: undefined};

export const localTxSubmissionLimits: {readonly [S in LocalTxSubmissionState]: StateLimit} = {
	idle: LIMIT,
	busy: LIMIT,
	done: {bytesMax: 0, secondsMax: undefined},
};

export const localTxSubmissionIngressBytesMax = 131_070;
