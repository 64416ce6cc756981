import type {PoolId} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {LeaderPool, LedgerView} from '../../ledger-view.ts';

export type PoolFailure = {readonly code: 'HEADER_POOL_UNKNOWN'; readonly poolId: PoolId};

/** The issuer is a pool of the stake snapshot; gives what the snapshot says of it. */
export const checkPool = (ledgerView: LedgerView, poolId: PoolId): Result<LeaderPool, PoolFailure> => {
	const pool = ledgerView.pool(poolId);
	return pool === undefined ? err({code: 'HEADER_POOL_UNKNOWN', poolId}) : ok(pool);
};
