import type {StateLimit} from '../protocol.ts';
import type {TxSubmissionState} from './state.ts';

export const txSubmissionLimits: {readonly [S in TxSubmissionState]: StateLimit} = {
	init: {bytesMax: 65_535, secondsMax: undefined},
	idle: {bytesMax: 65_535, secondsMax: undefined},
	txIdsBlocking: {bytesMax: 2_500_000, secondsMax: undefined},
	txIdsNonBlocking: {bytesMax: 2_500_000, secondsMax: 10},
	txs: {bytesMax: 2_500_000, secondsMax: 10},
	done: {bytesMax: 0, secondsMax: undefined},
};

/** Ids that may be offered and not yet acknowledged. */
export const UNACKNOWLEDGED_MAX = 10;

/** Longest transaction that is asked for, in bytes, as on Cardano. */
export const TX_BYTES_MAX = 65_540;

const TX_ID_BYTES = 44;

/** All that may be unacknowledged, ids and transactions, and a tenth more. */
export const txSubmissionIngressBytesMax: number = Math.ceil(
	(UNACKNOWLEDGED_MAX * (TX_ID_BYTES + TX_BYTES_MAX) * 11) / 10,
);
