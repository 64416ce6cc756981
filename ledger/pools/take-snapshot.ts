import {fromHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {keyOf} from '../state/keys.ts';
import {type LedgerReader, rowsOf} from '../state/reader.ts';
import type {Delegator, Snapshot, SnapshotPool} from './snapshot.ts';

/** Stake as it stands: the balances of the accounts that delegate to each pool. O(accounts). */
export const takeSnapshot = (reader: LedgerReader): Snapshot => {
	const delegators = new Map<string, Delegator[]>();
	for (const [key, {balance, pool}] of rowsOf(reader, 'accounts')) {
		if (pool === null || balance === 0n) continue;
		const poolKey = keyOf(pool);
		const list = delegators.get(poolKey) ?? [];
		list.push({account: Hash28(fromHex(key)), stake: balance});
		delegators.set(poolKey, list);
	}
	let totalStake = 0n;
	const pools: SnapshotPool[] = [];
	for (const [key, {vrfKeyHash, checkpointVk, rewardAccount, cost, margin}] of rowsOf(reader, 'pools')) {
		const own = delegators.get(key) ?? [];
		const stake = Lovelace(own.reduce((sum, delegator) => sum + delegator.stake, 0n));
		totalStake += stake;
		pools.push({
			pool: Hash28(fromHex(key)),
			vrfKeyHash,
			checkpointVk,
			rewardAccount,
			cost,
			margin,
			stake,
			delegators: own,
		});
	}
	return {totalStake: Lovelace(totalStake), pools};
};
