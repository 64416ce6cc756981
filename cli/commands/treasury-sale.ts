/** `dcloud treasury record-sale`: an exchange's trades, matched to what was earned, become planned deposits. */

import {decimalText} from '#income/decimal';
import {coinText} from '#income/earning';
import type {BookDeposit, Lot} from '#income/income-book';
import {type MatchedSales, matchSales} from '#income/match-sales';
import {type ColumnNames, parseTrades, TRADE_COLUMNS} from '#income/trade';
import {TRADE_DECIMALS} from '#income/trade-row';
import {NodeError} from '#kernel/node-error';
import {readIncomeBook, withIncomeBook, writeIncomeBook} from '#node/adapters/income/income-book-file';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile} from '#node/adapters/private-file';
import {optionalText, type Verb} from '../answer.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';

const CSV_BYTES_MAX = 64 * 1024 * 1024;

/** `time=Date,id=Trade ID`: our name of a column and the file's. */
const columnNames = (text: string | undefined): ColumnNames => {
	const names: Record<string, string> = {};
	for (const pair of text?.split(',') ?? []) {
		const [ours = '', theirs = ''] = pair.split('=').map(part => part.trim());
		if (!TRADE_COLUMNS.some(column => column === ours) || theirs === '')
			throw new NodeError({
				code: 'OPTION_MALFORMED',
				message: `--columns wants NAME=COLUMN,… with the names ${TRADE_COLUMNS.join(', ')}; not "${pair}".`,
			});
		names[ours] = theirs;
	}
	return names;
};

const depositRow = ({source, units, lovelace, rate, reference}: BookDeposit): readonly string[] => [
	coinText(source, units),
	ada(lovelace),
	String(rate),
	reference,
];

const lotRow = ({asset, parts, source, units}: Lot): readonly string[] => [
	`${decimalText(parts, TRADE_DECIMALS)} ${asset}`,
	coinText(source, units),
];

const salesText = ({book, deposits, unmatched, known, taken}: MatchedSales): string => {
	const lines = [`${taken} trades taken in${known === 0 ? '' : `, ${known} were in the book already`}`];
	if (deposits.length > 0)
		lines.push(
			'',
			'planned deposits ("dcloud treasury deposit --book" makes them):',
			table(['>sold', '>for', '>lovelace per 10^6 units', 'reference'], deposits.map(depositRow)),
		);
	if (book.lots.length > 0)
		lines.push('', 'waiting to become ADA:', table(['>money', '>from'], book.lots.map(lotRow)));
	for (const {tradeId, source, units} of unmatched)
		lines.push(
			'',
			`trade ${tradeId} sold ${coinText(source, units)} more than had been earned by then: that part is not claimed as income`,
		);
	return lines.join('\n');
};

export const recordSale: Verb = async (_words, options) => {
	const file = textOption(options, 'book');
	const csv = textOption(options, 'csv');
	const names = columnNames(optionalText(options, 'columns'));
	const trades = parseTrades(await readBoundedFile(csv, {bytesMax: CSV_BYTES_MAX}), names);
	if (!trades.ok)
		throw new NodeError({
			...trades.error,
			message: `${csv} cannot be taken in, and nothing of it was: ${trades.error.code}.`,
			file: csv,
		});
	const crypto = await createNativeCrypto();
	const sales = await withIncomeBook(file, async () => {
		const matched = matchSales(crypto, await readIncomeBook(file), trades.value);
		if (matched.taken > 0) await writeIncomeBook(file, matched.book);
		return matched;
	});
	const {deposits, unmatched, known, taken} = sales;
	return {data: {taken, known, deposits, unmatched, waiting: sales.book.lots}, text: salesText(sales)};
};
