/** The end that has the transactions: what the peer may ask of us, given what we have offered. */
import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import type {OfEra} from '../wire.ts';
import type {TxSubmissionFailure} from './failure.ts';
import {UNACKNOWLEDGED_MAX} from './limits.ts';
import type {OfferedTx, TxSubmissionMessage} from './messages.ts';

/** Offered and not yet acknowledged, oldest first. */
export type Outlet = {readonly unacknowledged: readonly OfferedTx[]};

export const emptyOutlet: Outlet = {unacknowledged: []};

const keyOf = ({era, bytes}: OfEra): string => `${era}:${toHex(bytes)}`;

export type TxIdsRequest = Extract<
	TxSubmissionMessage,
	{kind: 'requestTxIdsBlocking' | 'requestTxIdsNonBlocking'}
>;

/**
 * Judges a request for ids: it acknowledges no more than was offered, leaves at most ten unacknowledged, and blocks
 * exactly when nothing is left unacknowledged.
 */
export const acknowledge = (
	{unacknowledged}: Outlet,
	{kind, acknowledged, requested}: TxIdsRequest,
): Result<Outlet, TxSubmissionFailure> => {
	const blocking = kind === 'requestTxIdsBlocking';
	if (acknowledged > unacknowledged.length) return err({code: 'TX_SUBMISSION_ACKNOWLEDGED_TOO_MANY'});
	const left = unacknowledged.slice(acknowledged);
	if (left.length + requested > UNACKNOWLEDGED_MAX) return err({code: 'TX_SUBMISSION_REQUESTED_TOO_MANY'});
	if (blocking ? requested === 0 : requested === 0 && acknowledged === 0)
		return err({code: 'TX_SUBMISSION_NOTHING_REQUESTED'});
	if (blocking !== (left.length === 0)) return err({code: 'TX_SUBMISSION_BLOCKING_WRONG'});
	return ok({unacknowledged: left});
};

export const offer = ({unacknowledged}: Outlet, offered: readonly OfferedTx[]): Outlet => ({
	unacknowledged: [...unacknowledged, ...offered],
});

/** Judges a request for transactions: only what is offered, each once. */
export const judgeRequestedTxs = (
	{unacknowledged}: Outlet,
	ids: readonly OfEra[],
): Result<readonly OfEra[], TxSubmissionFailure> => {
	if (ids.length === 0) return err({code: 'TX_SUBMISSION_NOTHING_REQUESTED'});
	const offered = new Set(unacknowledged.map(({id}) => keyOf(id)));
	const seen = new Set<string>();
	for (const id of ids) {
		const key = keyOf(id);
		if (seen.has(key)) return err({code: 'TX_SUBMISSION_ID_REPEATED'});
		if (!offered.has(key)) return err({code: 'TX_SUBMISSION_ID_NOT_OFFERED'});
		seen.add(key);
	}
	return ok(ids);
};
