import {bytes, type Codec, list, lovelace, ratio, record} from '#kernel/cbor/codec';
import type {AccountId, Hash32, PoolId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';

export type Delegator = {readonly account: AccountId; readonly stake: Lovelace};

export type SnapshotPool = {
	readonly pool: PoolId;
	readonly vrfKeyHash: Hash32;
	readonly checkpointVk: Uint8Array;
	readonly rewardAccount: AccountId;
	readonly cost: Lovelace;
	readonly margin: Ratio;
	readonly stake: Lovelace;
	/** In the order of their ids. */
	readonly delegators: readonly Delegator[];
};

/**
 * Stake as it was at an epoch boundary. Snapshots are kept by the epoch at whose start they were taken, so that
 * mark, set and go of epoch e are those of e, e-1 and e-2, and rotating them moves nothing.
 */
export type Snapshot = {
	/** Stake of all pools together. */
	readonly totalStake: Lovelace;
	/** In the order of their ids. */
	readonly pools: readonly SnapshotPool[];
};

const COUNT_MAX = 2 ** 32;

export const snapshotCodec: Codec<Snapshot> = record({
	totalStake: lovelace,
	pools: list(
		record({
			pool: bytes<PoolId>(28),
			vrfKeyHash: bytes<Hash32>(32),
			checkpointVk: bytes(32),
			rewardAccount: bytes<AccountId>(28),
			cost: lovelace,
			margin: ratio,
			stake: lovelace,
			delegators: list(record({account: bytes<AccountId>(28), stake: lovelace}), COUNT_MAX),
		}),
		COUNT_MAX,
	),
});
