/** The stake that leaders of one epoch are drawn by, in the form of Ogmios's `queryLedgerState/liveStakeDistribution`. */
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {parseRatio, Ratio} from '#kernel/ratio';
import type {Result} from '#kernel/result';
import type {LeaderPool, LedgerView} from '../ledger-view.ts';
import {fieldsOf, hexField, type JsonFieldFailure, readJsonText, wrongField} from './json-fields.ts';
import {parsePoolId} from './pool-id-text.ts';

const stakeField = (value: unknown, field: string): Ratio => {
	const ratio = typeof value === 'string' ? parseRatio(value) : undefined;
	if (ratio !== undefined && ratio.numerator <= ratio.denominator) return ratio;
	return wrongField(field, 'a share of all stake such as "12/345"');
};

/** `{pool: {stake: "numerator/denominator", vrf: hash}}`, pools in bech32 or hexadecimal. */
export const parseStakeDistribution = (text: string): Result<LedgerView, JsonFieldFailure> =>
	readJsonText(text, json => {
		const whole = fieldsOf(json, 'stake distribution');
		const pools = whole['result'] === undefined ? whole : fieldsOf(whole['result'], 'result');
		const byId = new Map<string, LeaderPool>();
		for (const [name, value] of Object.entries(pools)) {
			const id = parsePoolId(name) ?? wrongField(name, 'a pool id');
			const {stake, vrf} = fieldsOf(value, name);
			byId.set(toHex(id), {
				stake: stakeField(stake, `${name}.stake`),
				vrfKeyHash: Hash32(hexField(vrf, `${name}.vrf`, 32)),
			});
		}
		let total = Ratio(0n, 1n);
		for (const {stake} of byId.values())
			total = Ratio(
				total.numerator * stake.denominator + stake.numerator * total.denominator,
				total.denominator * stake.denominator,
			);
		if (total.numerator > total.denominator) return wrongField('stake', 'shares that are at most 1 together');
		return {pool: poolId => byId.get(toHex(poolId))};
	});
