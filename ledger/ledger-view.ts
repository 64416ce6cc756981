import {compareBytes} from '#kernel/bytes';
import type {Hash32, PoolId} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, type Slot} from '#kernel/slot';
import {openBlockDraft} from './block/build-body.ts';
import {epochOf, type LedgerEnv} from './environment.ts';
import {hasSetSnapshot, setSnapshot, setWeights} from './epoch/snapshots.ts';
import type {CardanoWeights} from './pools/cardano-stake.ts';
import {sumOfWeights, weightOf} from './pools/cardano-weights.ts';
import type {Snapshot, SnapshotPool} from './pools/snapshot.ts';
import {single} from './state/reader.ts';
import {type LedgerState, readerOf} from './state/state.ts';

/** What consensus asks of the ledger (`#consensus/ledger-view`). */
export type StakeView = {
	/** Undefined for a pool that has no say in the epoch. */
	pool(poolId: PoolId): {readonly stake: Ratio; readonly vrfKeyHash: Hash32} | undefined;
};

const findPool = ({pools}: Snapshot, poolId: PoolId): SnapshotPool | undefined => {
	let [low, high] = [0, pools.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		const pool = pools[middle] as SnapshotPool;
		const order = compareBytes(pool.pool, poolId);
		if (order === 0) return pool;
		if (order < 0) low = middle + 1;
		else high = middle;
	}
	return undefined;
};

const viewOf = (snapshot: Snapshot, weights: CardanoWeights): StakeView => {
	const totalStake = snapshot.totalStake + sumOfWeights(weights);
	return {
		pool: poolId => {
			const found = findPool(snapshot, poolId);
			if (found === undefined || totalStake === 0n) return undefined;
			const stake = found.stake + weightOf(weights, poolId);
			return {stake: Ratio(stake, totalStake), vrfKeyHash: found.vrfKeyHash};
		},
	};
};

/**
 * Who may lead in a slot after `state`: the `set` snapshot of its epoch. Up to the end of the next epoch it stands in the
 * state; further on (a chain that was silent for an epoch) the boundaries between are worked out first.
 */
export const ledgerViewAt = (env: LedgerEnv, state: LedgerState, slot: Slot): StakeView => {
	const reader = readerOf(state);
	const epoch = epochOf(env.genesis, slot);
	const isThere = epoch <= epochOf(env.genesis, single(reader, 'chain').slot) + 1;
	const ticked = isThere
		? reader
		: openBlockDraft(env, state, {slot, blockNo: BlockNo(0), prevHash: null, praosRoot: null});
	return viewOf(setSnapshot(ticked, epoch), setWeights(ticked, epoch));
};

/**
 * Who may lead in a slot of an epoch that `state` has reached or passed; undefined when it passed it too long ago and
 * the snapshot went. Only where there were next to no blocks do forks of k blocks reach back so far.
 */
export const pastLedgerViewAt = (env: LedgerEnv, state: LedgerState, slot: Slot): StakeView | undefined =>
	hasSetSnapshot(readerOf(state), epochOf(env.genesis, slot)) ? ledgerViewAt(env, state, slot) : undefined;
