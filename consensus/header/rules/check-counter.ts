import {toHex} from '#kernel/bytes';
import type {PoolId} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {LedgerView} from '../../ledger-view.ts';
import type {PraosState} from '../../praos-state.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type CounterFailure =
	| {
			readonly code: 'OPCERT_COUNTER_TOO_SMALL' | 'OPCERT_COUNTER_TOO_LARGE';
			readonly counter: bigint;
			/** The last one seen of this pool on this chain; 0 before its first block. */
			readonly last: bigint;
	  }
	| {readonly code: 'OPCERT_COUNTER_UNKNOWN'; readonly poolId: PoolId};

/** last <= n <= last + 1: a new certificate outdates the one before, and numbers are not skipped. */
export const checkCounter = (
	{counters}: Pick<PraosState, 'counters'>,
	ledgerView: LedgerView,
	poolId: PoolId,
	{operationalCertificate: {counter}}: Pick<WireHeader, 'operationalCertificate'>,
): Result<undefined, CounterFailure> => {
	const last = counters.get(toHex(poolId)) ?? (ledgerView.pool(poolId) === undefined ? undefined : 0n);
	if (last === undefined) return err({code: 'OPCERT_COUNTER_UNKNOWN', poolId});
	if (counter < last) return err({code: 'OPCERT_COUNTER_TOO_SMALL', counter, last});
	return counter <= last + 1n ? accepted : err({code: 'OPCERT_COUNTER_TOO_LARGE', counter, last});
};
