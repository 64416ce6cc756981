/** At a period's end, what governance set aside for storage is promised to providers as payout leaves. */
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {rowsOf} from '../state/reader.ts';
import {shareSubsidy} from './share-subsidy.ts';
import {NO_SUBSIDY} from './subsidy.ts';

/** The protocol fee of a settlement is counted for its provider. Follows from events, as track records do. */
export const countSubsidyFees = (draft: Draft, events: readonly LedgerEvent[]): void => {
	for (const event of events) {
		if (event.kind !== 'storage-paid' || event.fee === 0n) continue;
		const key = keyOf(event.provider);
		const before = draft.get('subsidies', key) ?? NO_SUBSIDY;
		draft.set('subsidies', key, {...before, fees: Lovelace(before.fees + event.fee)});
	}
};

/** Shares out a period's subsidy; the count of fees begins anew. Whoever has left by then gets nothing of this period. */
export const closeSubsidies = (
	{
		subsidyPerPeriod,
		poolShare,
		bondMin,
	}: Pick<LedgerParameters, 'subsidyPerPeriod' | 'poolShare' | 'bondMin'>,
	draft: Draft,
): readonly LedgerEvent[] => {
	const rows = [...rowsOf(draft, 'subsidies')].filter(([, {fees}]) => fees > 0n);
	const subsidised = rows.map(([key, {fees}]) => {
		const provider = draft.get('providers', key);
		return {
			fees: provider === undefined ? 0n : fees,
			bond: provider?.bond ?? 0n,
			bondNeeded: bondMin + (provider?.collateral ?? 0n),
		};
	});
	const shares = shareSubsidy(subsidyPerPeriod, poolShare, subsidised);
	const events: LedgerEvent[] = [];
	for (const [index, [key, row]] of rows.entries()) {
		const amount = shares[index] ?? Lovelace(0n);
		const cumulative = Lovelace(row.cumulative + amount);
		draft.set('subsidies', key, {...row, fees: Lovelace(0n), cumulative});
		if (amount > 0n) events.push({kind: 'subsidised', provider: Hash32(fromHex(key)), amount, cumulative});
	}
	return events;
};
