/**
 * The stake that leaders of an epoch are drawn by, as other programs print it:
 * Ogmios's `queryLedgerState/liveStakeDistribution`, cardano-cli's `query stake-distribution` and `query stake-snapshot`.
 */
import {toHex} from '#kernel/bytes';
import {Hash32, type PoolId} from '#kernel/hash';
import {parseRatio, Ratio} from '#kernel/ratio';
import type {Result} from '#kernel/result';
import {exactIntegers} from './exact-integers.ts';
import {fieldsOf, hexField, type JsonFieldFailure, readJsonText, wrongField} from './json-fields.ts';
import {parsePoolId} from './pool-id-text.ts';

export type CardanoPoolStake = {
	/** The pool's share of all active stake. */
	readonly stake: Ratio;
	/** Undefined where the program that was asked does not tell it. */
	readonly vrfKeyHash: Hash32 | undefined;
};

/** Who leads slots of one epoch. */
export type CardanoStake = {
	readonly pool: (poolId: PoolId) => CardanoPoolStake | undefined;
};

/** Of the epoch in which the file was made; snapshots know the epochs before and after it, too. */
export type CardanoStakes = {
	readonly before?: CardanoStake;
	readonly current: CardanoStake;
	readonly after?: CardanoStake;
};

/** Of all stake a snapshot lists so much, or it is of some pools only. */
const LISTED_PERCENT_MIN = 99n;

const amountField = (value: unknown, field: string): bigint => {
	if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
	if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
	return wrongField(field, 'a whole number');
};

/** `"12/345"` of Ogmios, `{numerator, denominator}` of cardano-cli; a rounded share decides no leader. */
const shareField = (value: unknown, field: string): Ratio => {
	const expected = 'an exact share of all stake such as "12/345" or {"numerator": 12, "denominator": 345}';
	if (typeof value === 'string') return parseRatio(value) ?? wrongField(field, expected);
	if (typeof value !== 'object') return wrongField(field, expected);
	const {numerator, denominator} = fieldsOf(value, field);
	const parts = amountField(denominator, `${field}.denominator`);
	if (parts === 0n) return wrongField(`${field}.denominator`, 'a whole number above 0');
	return Ratio(amountField(numerator, `${field}.numerator`), parts);
};

/** An entry of Ogmios, of cardano-cli's pool distribution with VRF keys, or a bare share of `query stake-distribution`. */
const poolField = (value: unknown, field: string): CardanoPoolStake => {
	if (typeof value !== 'object' || value === null || 'numerator' in value)
		return {stake: shareField(value, field), vrfKeyHash: undefined};
	const fields = fieldsOf(value, field);
	const names =
		fields['individualPoolStake'] === undefined
			? {stake: 'stake', vrf: 'vrf'}
			: {stake: 'individualPoolStake', vrf: 'individualPoolStakeVrf'};
	return {
		stake: shareField(fields[names.stake], `${field}.${names.stake}`),
		vrfKeyHash: Hash32(hexField(fields[names.vrf], `${field}.${names.vrf}`, 32)),
	};
};

const idField = (name: string): PoolId => parsePoolId(name) ?? wrongField(name, 'a pool id');

const stakeOf = (pools: ReadonlyMap<string, CardanoPoolStake>): CardanoStake => {
	let total = Ratio(0n, 1n);
	for (const {stake} of pools.values())
		total = Ratio(
			total.numerator * stake.denominator + stake.numerator * total.denominator,
			total.denominator * stake.denominator,
		);
	if (total.numerator > total.denominator) return wrongField('stake', 'shares that are at most 1 together');
	return {pool: poolId => pools.get(toHex(poolId))};
};

const readShares = (json: unknown): CardanoStakes => {
	const whole = fieldsOf(json, 'stake distribution');
	const inner = whole['result'] ?? whole['unPoolDistr'] ?? whole;
	const pools = new Map<string, CardanoPoolStake>();
	for (const [name, value] of Object.entries(fieldsOf(inner, 'stake distribution')))
		pools.set(toHex(idField(name)), poolField(value, name));
	return {current: stakeOf(pools)};
};

/** One of the three snapshots: `stakeGo` led the epoch before the file was made, `stakeSet` that one, `stakeMark` the next. */
const readSnapshot = (
	{pools: listed, total}: {readonly pools: unknown; readonly total: unknown},
	name: 'stakeGo' | 'stakeSet' | 'stakeMark',
): CardanoStake => {
	const active = amountField(fieldsOf(total, 'total')[name], `total.${name}`);
	const pools = new Map<string, CardanoPoolStake>();
	let sum = 0n;
	for (const [id, value] of Object.entries(fieldsOf(listed, 'pools'))) {
		const lovelace = amountField(fieldsOf(value, id)[name], `${id}.${name}`);
		sum += lovelace;
		if (lovelace > 0n && lovelace <= active)
			pools.set(toHex(idField(id)), {stake: Ratio(lovelace, active), vrfKeyHash: undefined});
	}
	if (sum > active) return wrongField(`total.${name}`, 'as much as the stake of all pools');
	if (100n * sum < LISTED_PERCENT_MIN * active)
		return wrongField('pools', 'all pools: ask with --all-stake-pools');
	return {pool: poolId => pools.get(toHex(poolId))};
};

/** Shares by pool, pools in bech32 or hexadecimal; or a snapshot of all pools. */
export const parseStakeDistribution = (text: string): Result<CardanoStakes, JsonFieldFailure> =>
	readJsonText(exactIntegers(text), json => {
		const {pools, total} = fieldsOf(json, 'stake distribution');
		if (pools === undefined || total === undefined) return readShares(json);
		const snapshot = {pools, total};
		return {
			before: readSnapshot(snapshot, 'stakeGo'),
			current: readSnapshot(snapshot, 'stakeSet'),
			after: readSnapshot(snapshot, 'stakeMark'),
		};
	});
