/** Binance's exports of spot trades, which have no ids: the older form with a column for each currency, and the newer. */
import {ok} from '#kernel/result';
import type {CsvRow} from './csv.ts';
import {
	amountOf,
	assetOf,
	cellOf,
	type Ends,
	lessFee,
	malformed,
	nameOf,
	pairOf,
	type RowResult,
} from './trade-row.ts';

type Form = {
	readonly pair: string;
	readonly side: string;
	/** Of the pair's first currency. */
	readonly base: string;
	/** Of its second. */
	readonly quote: string;
	/** undefined where currencies stand beside the amounts: `12.5STORJ`. */
	readonly feeAsset: string | undefined;
};

const TIME = 'date(utc)';
const NEWER: Form = {pair: 'pair', side: 'side', base: 'executed', quote: 'amount', feeAsset: undefined};
const OLDER: Form = {pair: 'market', side: 'type', base: 'amount', quote: 'total', feeAsset: 'fee coin'};

export const binanceForm = (headings: readonly string[]): Form | undefined =>
	[NEWER, OLDER].find(({pair, side, base, quote, feeAsset = 'fee'}) =>
		[TIME, pair, side, 'price', base, quote, 'fee', feeAsset].every(column => headings.includes(column)),
	);

type Amount = {readonly amount: bigint; readonly asset: string | undefined};

/** `12.5STORJ`, `12.5 STORJ` or `12.5`. */
const moneyOf = (text: string): Amount | undefined => {
	const [, number = '', asset = ''] = /^([\d.,]+)\s*([A-Z][A-Z0-9]{1,11})?$/.exec(text.toUpperCase()) ?? [];
	const amount = amountOf(number);
	return amount === undefined ? undefined : {amount, asset: asset === '' ? undefined : assetOf(asset)};
};

/** What changed hands, before the fee; or the column that makes no sense. */
const endsOf = (row: CsvRow, form: Form): Ends | string => {
	const [base, quote] = [moneyOf(cellOf(row, form.base)), moneyOf(cellOf(row, form.quote))];
	if (base === undefined || base.amount === 0n) return form.base;
	if (quote === undefined || quote.amount === 0n) return form.quote;
	const pair = pairOf(cellOf(row, form.pair));
	const [baseAsset, quoteAsset] = [base.asset ?? pair?.[0], quote.asset ?? pair?.[1]];
	if (baseAsset === undefined || quoteAsset === undefined || baseAsset === quoteAsset) return form.pair;
	const side = cellOf(row, form.side).toLowerCase();
	if (side !== 'buy' && side !== 'sell') return form.side;
	return side === 'sell'
		? {soldAsset: baseAsset, sold: base.amount, boughtAsset: quoteAsset, bought: quote.amount}
		: {soldAsset: quoteAsset, sold: quote.amount, boughtAsset: baseAsset, bought: base.amount};
};

/** Time, pair, side, price and amount: what tells a trade from others. Fills of one order may agree in all of them. */
const idOf = (row: CsvRow, {pair, side, base}: Form): string =>
	[TIME, pair, side, 'price', base].map(column => cellOf(row, column).replaceAll(/\s+/g, 'T')).join('/');

/**
 * `count` says of the how-many-eth row with the same id in the file this is the one: the same export read twice, or one that overlaps
 * with another, gives the same ids. A fee in a third currency, such as BNB, was paid out of other money, and what arrived is whole.
 */
export const binanceRow = (row: CsvRow, form: Form, count: (id: string) => number): RowResult => {
	const bare = idOf(row, form);
	const named = nameOf(row, {id: `${bare}/${count(bare)}`, idColumn: form.pair, timeColumn: TIME});
	if (!named.ok) return named;
	const ends = endsOf(row, form);
	if (typeof ends === 'string') return malformed(row.line, ends, cellOf(row, ends));
	const fee = moneyOf(cellOf(row, 'fee') || '0');
	const feeAsset = form.feeAsset === undefined ? fee?.asset : assetOf(cellOf(row, form.feeAsset));
	if (fee === undefined || (fee.amount > 0n && feeAsset === undefined))
		return malformed(row.line, 'fee', cellOf(row, 'fee'));
	if (feeAsset !== ends.soldAsset && feeAsset !== ends.boughtAsset) return ok({...named.value, ...ends});
	const paid = lessFee(ends, fee.amount, feeAsset);
	return paid === undefined ? malformed(row.line, 'fee', cellOf(row, 'fee')) : ok({...named.value, ...paid});
};
