import {fromHex} from '#kernel/bytes';
import {type AccountId, Hash28, type PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {SnapshotPool} from '../pools/snapshot.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {rowsOf, single} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import {goSnapshot} from './snapshots.ts';

type Share = {readonly account: AccountId; readonly amount: bigint};

/** Cost first, then the margin, then delegators by their stake. Everything is rounded down. */
export const shareOut = (pool: SnapshotPool, reward: bigint): readonly Share[] => {
	const cost = reward < pool.cost ? reward : pool.cost;
	const rest = reward - cost;
	const margin = (rest * pool.margin.numerator) / pool.margin.denominator;
	const forDelegators = rest - margin;
	const shares: Share[] = [{account: pool.rewardAccount, amount: cost + margin}];
	if (pool.stake > 0n)
		for (const {account, stake} of pool.delegators)
			shares.push({account, amount: (forDelegators * stake) / pool.stake});
	return shares;
};

const payPool = (
	draft: Draft,
	pool: SnapshotPool,
	reward: bigint,
	epoch: Epoch,
): {readonly paid: bigint; readonly events: readonly LedgerEvent[]} => {
	let paid = 0n;
	const events: LedgerEvent[] = [];
	for (const {account, amount} of shareOut(pool, reward)) {
		if (amount === 0n) continue;
		paid += amount;
		credit(draft, account, Lovelace(amount));
		events.push({kind: 'rewarded', account, pool: pool.pool, epoch, amount: Lovelace(amount)});
	}
	return {paid, events};
};

/** Blocks of the epoch that ended, by pool; the count starts anew. */
const takeBlocksMade = (draft: Draft): readonly {readonly pool: PoolId; readonly blocks: bigint}[] => {
	const made = [...rowsOf(draft, 'blocksMade')];
	for (const [key] of made) draft.delete('blocksMade', key);
	return made.map(([key, blocks]) => ({pool: Hash28(fromHex(key)), blocks: BigInt(blocks)}));
};

/**
 * Shares out the fees of the epoch that ended: the pools' part by blocks made, the rest and every rounding to the
 * treasury. An epoch without blocks leaves its fees to the next one.
 */
export const payRewards = ({parameters}: RulesEnv, draft: Draft, epoch: Epoch): readonly LedgerEvent[] => {
	const made = takeBlocksMade(draft);
	const {fees} = single(draft, 'pots');
	const blocksAll = made.reduce((sum, {blocks}) => sum + blocks, 0n);
	if (blocksAll === 0n || fees === 0n) return [];
	const {numerator, denominator} = parameters.poolShare;
	const forPools = (fees * numerator) / denominator;
	const pools = new Map(goSnapshot(draft, epoch).pools.map(pool => [keyOf(pool.pool), pool]));
	const ended = Epoch(epoch - 1);
	const events: LedgerEvent[] = [];
	let paid = 0n;
	for (const {pool, blocks} of made) {
		const known = pools.get(keyOf(pool));
		if (known === undefined) continue;
		const rewards = payPool(draft, known, (forPools * blocks) / blocksAll, ended);
		paid += rewards.paid;
		events.push(...rewards.events);
	}
	const pots = single(draft, 'pots');
	const rest = Lovelace(fees - paid);
	draft.setSingle('pots', {...pots, fees: Lovelace(0n), treasury: Lovelace(pots.treasury + rest)});
	events.push({kind: 'treasury-credited', epoch: ended, amount: rest});
	return events;
};
