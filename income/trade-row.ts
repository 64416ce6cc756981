/** What the rows of every exchange's file have in common. */
import {err, ok, type Result} from '#kernel/result';
import type {CsvFailure, CsvRow} from './csv.ts';
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

/** The two ends of an exchange. */
export type Ends = Pick<Trade, 'soldAsset' | 'sold' | 'boughtAsset' | 'bought'>;

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

export type RowResult = Result<Trade, TradeFailure>;

const TEXT_MAX = 100;
export const ASSET: RegExp = /^[A-Z0-9.]{2,12}$/;

/** Kraken's own names for old assets, and for Bitcoin. */
export const assetOf = (text: string): string => {
	const name = text.toUpperCase();
	const plain = /^[XZ][A-Z]{3}$/.test(name) ? name.slice(1) : name;
	return plain === 'XBT' ? 'BTC' : plain;
};

/** What exchanges trade against; the longer first, since `USDT` ends on none of the others but `ZUSD` does. */
const QUOTES =
	/^([A-Z0-9.]{2,12}?)(ZEUR|ZUSD|ZGBP|ZCAD|ZAUD|ZJPY|XXBT|XETH|FDUSD|TUSD|BUSD|USDT|USDC|EURI|EURC|EUR|USD|GBP|CHF|CAD|AUD|JPY|TRY|BRL|DAI|XBT|BTC|ETH|BNB)$/;

/** `XMR/EUR`, `XMR-EUR`, or written together: `XXMRZEUR`, `ADAEUR`, `STORJBTC`. */
export const pairOf = (text: string): readonly [base: string, quote: string] | undefined => {
	const pair = text.toUpperCase();
	const [, base, quote] = /^([A-Z0-9.]{2,12})[/_-]([A-Z0-9.]{2,12})$/.exec(pair) ?? QUOTES.exec(pair) ?? [];
	return base === undefined || quote === undefined ? undefined : [assetOf(base), assetOf(quote)];
};

const THOUSANDS = /^\d{1,3}(?:,\d{3})+\.\d+$|^\d{1,3}(?:,\d{3}){2,}$/;
const DECIMAL_COMMA = /^\d+,\d+$/;
/** `1,234` may be either. */
const UNCLEAR = /^[1-9]\d{0,2},\d{3}$/;

/**
 * `1234.5`, `1,234.5`, and `1234,5` as spreadsheets of some countries write it; undefined for other texts, and where a comma
 * could mean two things.
 */
export const amountOf = (text: string): bigint | undefined => {
	const cell = text.trim();
	if (THOUSANDS.test(cell)) return parseDecimal(cell.replaceAll(',', ''), TRADE_DECIMALS);
	if (DECIMAL_COMMA.test(cell) && !UNCLEAR.test(cell))
		return parseDecimal(cell.replace(',', '.'), TRADE_DECIMALS);
	return parseDecimal(cell, TRADE_DECIMALS);
};

export const malformed = (line: number, column: string, value: string): Result<never, TradeFailure> =>
	err({code: 'TRADES_ROW_MALFORMED' as const, line, column, value: value.slice(0, TEXT_MAX)});

export const cellOf = (row: CsvRow, column: string): string => row.cells.get(column) ?? '';

/** A trade's id and time. */
export const nameOf = (
	row: CsvRow,
	{id, timeColumn, idColumn}: {readonly id: string; readonly idColumn: string; readonly timeColumn: string},
): Result<Pick<Trade, 'id' | 'timeMs'>, TradeFailure> => {
	if (id === '' || id.length > TEXT_MAX || /\s/.test(id)) return malformed(row.line, idColumn, id);
	const time = cellOf(row, timeColumn);
	const timeMs = parseUtc(time);
	return timeMs === undefined ? malformed(row.line, timeColumn, time) : ok({id, timeMs});
};

/** Fees make more of what was given away, or less of what arrived; undefined when they are in a third currency, or eat up everything. */
export const lessFee = (ends: Ends, fee: bigint, feeAsset: string): Ends | undefined => {
	if (fee === 0n) return ends;
	if (feeAsset === ends.soldAsset) return {...ends, sold: ends.sold + fee};
	return feeAsset === ends.boughtAsset && ends.bought > fee
		? {...ends, bought: ends.bought - fee}
		: undefined;
};
