/** What was exchanged for what, off the CSV of an exchange. */
import {err, ok, type Result} from '#kernel/result';
import {binanceForm, binanceRow} from './binance-trades.ts';
import {type CsvRow, parseCsv} from './csv.ts';
import {KRAKEN_COLUMNS, krakenRow} from './kraken-trades.ts';
import {
	ASSET,
	amountOf,
	assetOf,
	cellOf,
	lessFee,
	malformed,
	nameOf,
	type RowResult,
	type Trade,
	type TradeFailure,
} from './trade-row.ts';

/** The names of our own form, and what they may be called in an exchange's file. */
export const TRADE_COLUMNS = [
	'time',
	'id',
	'sold',
	'sold_asset',
	'bought',
	'bought_asset',
	'fee',
	'fee_asset',
] as const;
export type TradeColumn = (typeof TRADE_COLUMNS)[number];
export type ColumnNames = Partial<Readonly<Record<TradeColumn, string>>>;

/** Our own form: a column for each end of the exchange. */
const ownRow = (row: CsvRow, names: ColumnNames): RowResult => {
	const column = (name: TradeColumn): string => (names[name] ?? name).toLowerCase();
	const read = (name: TradeColumn): string => cellOf(row, column(name));
	const wrong = (name: TradeColumn) => malformed(row.line, column(name), read(name));
	const named = nameOf(row, {id: read('id'), idColumn: column('id'), timeColumn: column('time')});
	if (!named.ok) return named;
	const amountIn = (name: TradeColumn) => amountOf(read(name) || '0');
	const sold = amountIn('sold') ?? 0n;
	const bought = amountIn('bought') ?? 0n;
	const fee = amountIn('fee');
	if (sold === 0n) return wrong('sold');
	if (bought === 0n) return wrong('bought');
	if (fee === undefined) return wrong('fee');
	const soldAsset = assetOf(read('sold_asset'));
	const boughtAsset = assetOf(read('bought_asset'));
	if (!ASSET.test(soldAsset)) return wrong('sold_asset');
	if (!ASSET.test(boughtAsset) || boughtAsset === soldAsset) return wrong('bought_asset');
	// In a third currency it cannot be told whose money it was.
	const ends = lessFee({soldAsset, sold, boughtAsset, bought}, fee, assetOf(read('fee_asset')));
	return ends === undefined ? wrong('fee_asset') : ok({...named.value, ...ends});
};

/** How to read the rows of a file with these headings; or the column of our own form that it lacks. */
const readerOf = (headings: readonly string[], names: ColumnNames): ((row: CsvRow) => RowResult) | string => {
	if (Object.keys(names).length === 0) {
		if (KRAKEN_COLUMNS.every(column => headings.includes(column))) return krakenRow;
		const form = binanceForm(headings);
		const counts = new Map<string, number>();
		const count = (id: string): number => {
			const next = (counts.get(id) ?? 0) + 1;
			counts.set(id, next);
			return next;
		};
		if (form !== undefined) return row => binanceRow(row, form, count);
	}
	const needed = TRADE_COLUMNS.slice(0, 6).map(column => (names[column] ?? column).toLowerCase());
	return needed.find(column => !headings.includes(column)) ?? (row => ownRow(row, names));
};

const byTime = (a: Trade, b: Trade): number => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1);

/** The trades of a file in our own form (`names` says which column is which), Kraken's or Binance's; oldest first. */
export const parseTrades = (
	text: string,
	names: ColumnNames = {},
): Result<readonly Trade[], TradeFailure> => {
	const table = parseCsv(text);
	if (!table.ok) return table;
	const {headings, rows} = table.value;
	const read = readerOf(headings, names);
	if (typeof read === 'string') return err({code: 'TRADES_COLUMN_MISSING', column: read, headings});
	const trades: Trade[] = [];
	const ids = new Set<string>();
	for (const row of rows) {
		const trade = read(row);
		if (!trade.ok) return trade;
		const {id} = trade.value;
		if (ids.has(id)) return err({code: 'TRADES_ID_REPEATED', line: row.line, id});
		ids.add(id);
		trades.push(trade.value);
	}
	return ok(trades.sort(byTime));
};
