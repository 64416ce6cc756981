/** The end that asks for transactions: what to ask next, and whether the peer's replies fit. */
import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {indefiniteList, type OfEra} from '../wire.ts';
import type {TxSubmissionFailure} from './failure.ts';
import {TX_BYTES_MAX, UNACKNOWLEDGED_MAX} from './limits.ts';
import type {OfferedTx, TxSubmissionMessage} from './messages.ts';

export type Inlet = {
	/** How many offered ids have not been acknowledged. */
	readonly unacknowledged: number;
	/** How many of those, oldest first, are done with. */
	readonly settled: number;
};

export const emptyInlet: Inlet = {unacknowledged: 0, settled: 0};

/** The next request for ids: acknowledges all that is settled, asks for all that the window allows. */
export const requestIds = ({
	unacknowledged,
	settled,
}: Inlet): {readonly message: TxSubmissionMessage; readonly inlet: Inlet; readonly requested: number} => {
	const left = unacknowledged - settled;
	const requested = UNACKNOWLEDGED_MAX - left;
	return {
		message: {
			kind: left === 0 ? 'requestTxIdsBlocking' : 'requestTxIdsNonBlocking',
			acknowledged: settled,
			requested,
		},
		inlet: {unacknowledged: left, settled: 0},
		requested,
	};
};

/** Judges offered ids: no more than asked for, at least one after a blocking request, each once. */
export const judgeOffered = (
	inlet: Inlet,
	request: {readonly blocking: boolean; readonly requested: number},
	offered: readonly OfferedTx[],
): Result<Inlet, TxSubmissionFailure> => {
	if (offered.length > request.requested) return err({code: 'TX_SUBMISSION_IDS_TOO_MANY'});
	if (request.blocking && offered.length === 0) return err({code: 'TX_SUBMISSION_IDS_NONE'});
	const distinct = new Set(offered.map(({id}) => toHex(id.bytes)));
	if (distinct.size < offered.length) return err({code: 'TX_SUBMISSION_ID_REPEATED'});
	if (offered.some(({sizeBytes}) => sizeBytes > TX_BYTES_MAX))
		return err({code: 'TX_SUBMISSION_TX_TOO_LONG'});
	return ok({...inlet, unacknowledged: inlet.unacknowledged + offered.length});
};

export const requestTxs = (ids: readonly OfEra[]): TxSubmissionMessage => ({
	kind: 'requestTxs',
	ids: indefiniteList(ids),
});

/** Judges delivered transactions: fewer than asked for are fine (they left the peer's mempool), more are not. */
export const judgeDelivered = (
	asked: readonly OfEra[],
	txs: readonly OfEra[],
): Result<readonly OfEra[], TxSubmissionFailure> => {
	if (txs.length > asked.length) return err({code: 'TX_SUBMISSION_TXS_TOO_MANY'});
	if (txs.some(({bytes}) => bytes.length > TX_BYTES_MAX)) return err({code: 'TX_SUBMISSION_TX_TOO_LONG'});
	return ok(txs);
};

/** All offered so far is done with: fetched, refused or not wanted. */
export const settleAll = (inlet: Inlet): Inlet => ({...inlet, settled: inlet.unacknowledged});
