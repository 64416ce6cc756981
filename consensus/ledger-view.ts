import type {Hash32, PoolId} from '#kernel/hash';
import type {Ratio} from '#kernel/ratio';

/** What the stake snapshot in use says of a pool. */
export type LeaderPool = {
	/** The pool's share of all active stake: sigma. */
	readonly stake: Ratio;
	readonly vrfKeyHash: Hash32;
};

/**
 * All that consensus asks of a ledger: the snapshot that leaders of one epoch are drawn from
 * (taken at the start of the epoch before). Whoever validates picks the view of the header's epoch.
 */
export type LedgerView = {
	readonly pool: (poolId: PoolId) => LeaderPool | undefined;
};
