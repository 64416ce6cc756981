/** The operator's book as JSON: big numbers as decimal texts. Reading refuses whatever writing would not have written. */
import {err, ok, type Result} from '#kernel/result';
import {EARNING_SOURCES, type EarningSource, earningKey} from './earning.ts';
import type {BookDeposit, BookEarning, IncomeBook, Lot} from './income-book.ts';

export type BookFailure = {readonly code: 'INCOME_BOOK_MALFORMED'; readonly place: string};

export const BOOK_FORMAT = 'dcloud-income-book/1';

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const DIGITS_MAX = 40;
const TEXT_MAX = 300;

const bigOf = (value: unknown): bigint | undefined =>
	typeof value === 'string' && /^\d+$/.test(value) && value.length <= DIGITS_MAX ? BigInt(value) : undefined;
const textOf = (value: unknown, max: number = TEXT_MAX): string | undefined =>
	typeof value === 'string' && value !== '' && value.length <= max ? value : undefined;
const sourceOf = (value: unknown): EarningSource | undefined =>
	EARNING_SOURCES.find(source => source === value);

const earningOf = (json: Json): BookEarning | undefined => {
	const source = sourceOf(json['source']);
	const reference = textOf(json['reference']);
	const timeMs = json['timeMs'];
	const unsold = bigOf(json['unsold']);
	const amount = json['amount'] === null ? undefined : bigOf(json['amount']);
	const microUsd = json['microUsd'] === null ? undefined : bigOf(json['microUsd']);
	if (source === undefined || reference === undefined || unsold === undefined) return undefined;
	if (!Number.isSafeInteger(timeMs) || (timeMs as number) < 0 || unsold > (amount ?? 0n)) return undefined;
	if (
		(amount === undefined && json['amount'] !== null) ||
		(microUsd === undefined && json['microUsd'] !== null)
	)
		return undefined;
	return {source, reference, timeMs: timeMs as number, amount, microUsd, unsold};
};

const lotOf = (json: Json): Lot | undefined => {
	const asset = textOf(json['asset']);
	const parts = bigOf(json['parts']);
	const source = sourceOf(json['source']);
	const units = bigOf(json['units']);
	const {trail} = json;
	if (asset === undefined || parts === undefined || source === undefined || units === undefined)
		return undefined;
	if (!Array.isArray(trail) || !trail.every(line => textOf(line) !== undefined)) return undefined;
	return {asset, parts, source, units, trail};
};

const STATUSES = ['planned', 'drafted', 'submitting', 'made'] as const;
const STATEMENT_MAX = 16 * 1024 * 1024;

const depositOf = (json: Json): BookDeposit | undefined => {
	const source = sourceOf(json['source']);
	const [units, lovelace, rate] = [bigOf(json['units']), bigOf(json['lovelace']), bigOf(json['rate'])];
	const reference = textOf(json['reference']);
	const statement = textOf(json['statement'], STATEMENT_MAX);
	const status = STATUSES.find(known => known === json['status']);
	const txId = textOf(json['txId']);
	if (source === undefined || units === undefined || lovelace === undefined || rate === undefined)
		return undefined;
	if (reference === undefined || !/^[0-9a-f]{64}$/.test(reference)) return undefined;
	if (statement === undefined || status === undefined) return undefined;
	const deposit = {source, units, lovelace, rate, reference, statement, status};
	return txId === undefined ? deposit : {...deposit, txId};
};

const listOf = <T>(
	json: Json,
	name: string,
	one: (item: Json) => T | undefined,
): Result<readonly T[], BookFailure> => {
	const list = json[name];
	if (!Array.isArray(list)) return err({code: 'INCOME_BOOK_MALFORMED', place: name});
	const items: T[] = [];
	for (const [index, item] of list.entries()) {
		const read = isJson(item) ? one(item) : undefined;
		if (read === undefined) return err({code: 'INCOME_BOOK_MALFORMED', place: `${name}[${index}]`});
		items.push(read);
	}
	return ok(items);
};

export const parseIncomeBook = (json: unknown): Result<IncomeBook, BookFailure> => {
	if (!isJson(json) || json['format'] !== BOOK_FORMAT)
		return err({code: 'INCOME_BOOK_MALFORMED', place: 'format'});
	const earnings = listOf(json, 'earnings', earningOf);
	if (!earnings.ok) return earnings;
	if (new Set(earnings.value.map(earningKey)).size !== earnings.value.length)
		return err({code: 'INCOME_BOOK_MALFORMED', place: 'earnings: one stands there twice'});
	const lots = listOf(json, 'lots', lotOf);
	if (!lots.ok) return lots;
	const deposits = listOf(json, 'deposits', depositOf);
	if (!deposits.ok) return deposits;
	const {tradeIds} = json;
	if (!Array.isArray(tradeIds) || !tradeIds.every(id => textOf(id) !== undefined))
		return err({code: 'INCOME_BOOK_MALFORMED', place: 'tradeIds'});
	return ok({earnings: earnings.value, lots: lots.value, deposits: deposits.value, tradeIds});
};

const plain = (_name: string, value: unknown): unknown =>
	typeof value === 'bigint' ? value.toString() : value;

export const incomeBookText = ({earnings, lots, tradeIds, deposits}: IncomeBook): string => {
	const whole = earnings.map(({amount = null, microUsd = null, ...earning}) => ({
		...earning,
		amount,
		microUsd,
	}));
	return `${JSON.stringify({format: BOOK_FORMAT, earnings: whole, lots, tradeIds, deposits}, plain, '\t')}\n`;
};
