import {COMMITTEE_MEMBERS_MAX} from '#crypto/checkpoint-message';
import {compareBytes} from '#kernel/bytes';
import type {Snapshot, SnapshotPool} from '../pools/snapshot.ts';
import {keyOf} from '../state/keys.ts';
import type {Committee} from './checkpoint.ts';

const byStake = (a: SnapshotPool, b: SnapshotPool): number => {
	if (a.stake !== b.stake) return a.stake > b.stake ? -1 : 1;
	return compareBytes(a.pool, b.pool);
};

/**
 * The hundred pools with the most stake, by their checkpoint keys. Pools that name the same key are one member with
 * the stake of both: keys must be unique on Cardano, and whoever copies a key only adds to its owner's weight.
 */
export const committeeOf = ({pools}: Snapshot): Committee => {
	const top = pools
		.filter(({stake}) => stake > 0n)
		.sort(byStake)
		.slice(0, COMMITTEE_MEMBERS_MAX);
	const members = new Map<string, {verificationKey: Uint8Array; weight: bigint}>();
	for (const {checkpointVk, stake} of top) {
		const key = keyOf(checkpointVk);
		const weight = (members.get(key)?.weight ?? 0n) + stake;
		members.set(key, {verificationKey: checkpointVk, weight});
	}
	return [...members.values()].sort((a, b) => compareBytes(a.verificationKey, b.verificationKey));
};
