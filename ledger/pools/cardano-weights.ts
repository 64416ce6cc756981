import {compareBytes, equalBytes, fromHex} from '#kernel/bytes';
import {Hash28, type PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';
import type {Epoch} from '#kernel/slot';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import {SINGLE} from '../state/singles.ts';
import type {CardanoWeights} from './cardano-stake.ts';
import type {Snapshot} from './snapshot.ts';

/** Epochs that an answer of the committee counts: a month of Cardano's. */
export const ATTESTED_EPOCHS_MAX = 6;

/**
 * What lovelace staked on Cardano weigh here, each pool's for itself: `weight` for one, rounded down; and all of them together
 * less than half of the side-chain's own stake. So they are less than a third of the whole, and can neither certify anything
 * nor keep the others from it; what they weigh can never come to rest on themselves.
 */
export const weighStake = <K>(
	staked: ReadonlyMap<K, bigint>,
	{ownStake, weight: {numerator, denominator}}: {readonly ownStake: bigint; readonly weight: Ratio},
): ReadonlyMap<K, bigint> => {
	const weighed = [...staked].map(([key, stake]): [K, bigint] => [key, (stake * numerator) / denominator]);
	const sum = weighed.reduce((total, [, weight]) => total + weight, 0n);
	const sumMax = ownStake === 0n ? 0n : (ownStake - 1n) / 2n;
	const scaled =
		sum <= sumMax ? weighed : weighed.map(([key, weight]): [K, bigint] => [key, (weight * sumMax) / sum]);
	return new Map(scaled.filter(([, weight]) => weight > 0n));
};

/** Stake on Cardano by the pool of ours that it counts for as bindings stand; empty when nobody has told lately. */
const stakedByPool = (reader: LedgerReader, epoch: Epoch, {pools}: Snapshot): ReadonlyMap<string, bigint> => {
	const attested = reader.get('attestedStake', SINGLE);
	const staked = new Map<string, bigint>();
	if (attested === undefined || attested.epoch + ATTESTED_EPOCHS_MAX < epoch) return staked;
	const known = new Set(pools.map(({pool}) => keyOf(pool)));
	for (const {cardanoPool, stake} of attested.stakes) {
		const pool = reader.get('cardanoPools', keyOf(cardanoPool))?.pool ?? null;
		const key = pool === null ? '' : keyOf(pool);
		if (known.has(key)) staked.set(key, (staked.get(key) ?? 0n) + stake);
	}
	return staked;
};

/** What Cardano's stake adds to a snapshot that is taken at the start of an epoch. */
export const cardanoWeightsOf = (
	reader: LedgerReader,
	epoch: Epoch,
	snapshot: Snapshot,
	weight: Ratio,
): CardanoWeights => {
	const weighed = weighStake(stakedByPool(reader, epoch, snapshot), {
		ownStake: snapshot.totalStake,
		weight,
	});
	return [...weighed]
		.map(([key, added]) => ({pool: Hash28(fromHex(key)), weight: Lovelace(added)}))
		.sort((a, b) => compareBytes(a.pool, b.pool));
};

export const sumOfWeights = (weights: CardanoWeights): bigint =>
	weights.reduce((sum, {weight}) => sum + weight, 0n);

/** What Cardano's stake adds to one pool. */
export const weightOf = (weights: CardanoWeights, pool: PoolId): bigint =>
	weights.find(each => equalBytes(each.pool, pool))?.weight ?? 0n;

/** The snapshot as it elects the committee: rewards go by the side-chain's own stake. */
export const withWeights = (snapshot: Snapshot, weights: CardanoWeights): Snapshot => ({
	totalStake: Lovelace(snapshot.totalStake + sumOfWeights(weights)),
	pools: snapshot.pools.map(pool => ({
		...pool,
		stake: Lovelace(pool.stake + weightOf(weights, pool.pool)),
	})),
});
