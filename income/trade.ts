/** What was exchanged for what, off the CSV of an exchange. */
import {err, ok, type Result} from '#kernel/result';
import {type CsvFailure, type CsvRow, parseCsv} from './csv.ts';
import {parseDecimal} from './decimal.ts';
import {parseUtc} from './utc-time.ts';

export const TRADE_DECIMALS = 12;

export type Trade = {
	readonly id: string;
	readonly timeMs: number;
	readonly soldAsset: string;
	/** What was given away, fees included; in 10^-12 of the asset. */
	readonly sold: bigint;
	readonly boughtAsset: string;
	/** What arrived, fees deducted. */
	readonly bought: bigint;
};

export type TradeFailure =
	| CsvFailure
	| {readonly code: 'TRADES_COLUMN_MISSING'; readonly column: string; readonly headings: readonly string[]}
	| {
			readonly code: 'TRADES_ROW_MALFORMED';
			readonly line: number;
			readonly column: string;
			readonly value: string;
	  }
	| {readonly code: 'TRADES_ID_REPEATED'; readonly line: number; readonly id: string};

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

type Read = (column: string) => string;
type RowResult = Result<Trade, TradeFailure>;

const TEXT_MAX = 100;
const ASSET = /^[A-Z0-9.]{2,12}$/;
/** Kraken's own names for old assets. */
const assetOf = (text: string): string => {
	const name = text.toUpperCase();
	return /^[XZ][A-Z]{3}$/.test(name) ? name.slice(1) : name;
};

const malformed = (line: number, column: string, value: string) =>
	err({code: 'TRADES_ROW_MALFORMED' as const, line, column, value: value.slice(0, TEXT_MAX)});

const nameOf = (row: CsvRow, read: Read, idColumn: string, timeColumn: string) => {
	const id = read(idColumn);
	if (id === '' || id.length > TEXT_MAX || /\s/.test(id)) return malformed(row.line, idColumn, id);
	const timeMs = parseUtc(read(timeColumn));
	return timeMs === undefined ? malformed(row.line, timeColumn, read(timeColumn)) : ok({id, timeMs});
};

type Ends = Pick<Trade, 'soldAsset' | 'sold' | 'boughtAsset' | 'bought'>;

/** Fees make more of what was given away, or less of what arrived; in a third currency they cannot be told apart. */
const lessFee = (ends: Ends, fee: bigint, feeAsset: string): Ends | undefined => {
	if (fee === 0n) return ends;
	if (feeAsset === ends.soldAsset) return {...ends, sold: ends.sold + fee};
	return feeAsset === ends.boughtAsset && ends.bought > fee
		? {...ends, bought: ends.bought - fee}
		: undefined;
};

/** Our own form: a column for each end of the exchange. */
const ownRow = (row: CsvRow, names: ColumnNames): RowResult => {
	const column = (name: TradeColumn): string => (names[name] ?? name).toLowerCase();
	const read = (name: string): string => row.cells.get(name) ?? '';
	const wrong = (name: TradeColumn) => malformed(row.line, column(name), read(column(name)));
	const named = nameOf(row, read, column('id'), column('time'));
	if (!named.ok) return named;
	const amountIn = (name: TradeColumn) => parseDecimal(read(column(name)) || '0', TRADE_DECIMALS);
	const sold = amountIn('sold') ?? 0n;
	const bought = amountIn('bought') ?? 0n;
	const fee = amountIn('fee');
	if (sold === 0n) return wrong('sold');
	if (bought === 0n) return wrong('bought');
	if (fee === undefined) return wrong('fee');
	const soldAsset = assetOf(read(column('sold_asset')));
	const boughtAsset = assetOf(read(column('bought_asset')));
	if (!ASSET.test(soldAsset)) return wrong('sold_asset');
	if (!ASSET.test(boughtAsset) || boughtAsset === soldAsset) return wrong('bought_asset');
	const ends = lessFee({soldAsset, sold, boughtAsset, bought}, fee, assetOf(read(column('fee_asset'))));
	return ends === undefined ? wrong('fee_asset') : ok({...named.value, ...ends});
};

/** `XMR/EUR`, or as Kraken writes it, `XXMRZEUR` and `ADAEUR`. */
const pairOf = (text: string): readonly [base: string, quote: string] | undefined => {
	const [, base, quote] =
		/^([A-Z0-9.]{2,12})\/([A-Z0-9.]{2,12})$/.exec(text) ??
		/^(XXMR|XMR|STORJ|ADA)([A-Z0-9]{3,5})$/.exec(text) ??
		[];
	return base === undefined || quote === undefined ? undefined : [assetOf(base), assetOf(quote)];
};

const KRAKEN_COLUMNS = ['txid', 'pair', 'time', 'type', 'cost', 'fee', 'vol'];

/** Kraken's export of trades: fees are in the quote currency, beside `cost`. */
const krakenRow = (row: CsvRow): RowResult => {
	const read = (name: string): string => row.cells.get(name) ?? '';
	const named = nameOf(row, read, 'txid', 'time');
	if (!named.ok) return named;
	const pair = pairOf(read('pair').toUpperCase());
	if (pair === undefined) return malformed(row.line, 'pair', read('pair'));
	const [base, quote] = pair;
	const amounts: bigint[] = [];
	for (const name of ['vol', 'cost', 'fee']) {
		const amount = parseDecimal(read(name), TRADE_DECIMALS);
		if (amount === undefined || (amount === 0n && name !== 'fee'))
			return malformed(row.line, name, read(name));
		amounts.push(amount);
	}
	const [vol = 0n, cost = 0n, fee = 0n] = amounts;
	const type = read('type');
	if (type === 'buy')
		return ok({...named.value, soldAsset: quote, sold: cost + fee, boughtAsset: base, bought: vol});
	if (type !== 'sell') return malformed(row.line, 'type', type);
	if (fee >= cost) return malformed(row.line, 'fee', read('fee'));
	return ok({...named.value, soldAsset: base, sold: vol, boughtAsset: quote, bought: cost - fee});
};

const byTime = (a: Trade, b: Trade): number => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1);

/** The trades of a file in our own form (`names` says which column is which) or Kraken's; oldest first. */
export const parseTrades = (
	text: string,
	names: ColumnNames = {},
): Result<readonly Trade[], TradeFailure> => {
	const table = parseCsv(text);
	if (!table.ok) return table;
	const {headings, rows} = table.value;
	const isKraken =
		Object.keys(names).length === 0 && KRAKEN_COLUMNS.every(column => headings.includes(column));
	const needed = TRADE_COLUMNS.slice(0, 6).map(column => (names[column] ?? column).toLowerCase());
	const missing = isKraken ? undefined : needed.find(column => !headings.includes(column));
	if (missing !== undefined) return err({code: 'TRADES_COLUMN_MISSING', column: missing, headings});
	const trades: Trade[] = [];
	const ids = new Set<string>();
	for (const row of rows) {
		const trade = isKraken ? krakenRow(row) : ownRow(row, names);
		if (!trade.ok) return trade;
		const {id} = trade.value;
		if (ids.has(id)) return err({code: 'TRADES_ID_REPEATED', line: row.line, id});
		ids.add(id);
		trades.push(trade.value);
	}
	return ok(trades.sort(byTime));
};
