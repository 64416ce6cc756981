import {ok} from '#kernel/result';
import type {CsvRow} from './csv.ts';
import {amountOf, cellOf, malformed, nameOf, pairOf, type RowResult} from './trade-row.ts';

export const KRAKEN_COLUMNS: readonly string[] = ['txid', 'pair', 'time', 'type', 'cost', 'fee', 'vol'];

/** Kraken's export of trades: fees are in the quote currency, beside `cost`. */
export const krakenRow = (row: CsvRow): RowResult => {
	const id = cellOf(row, 'txid');
	const named = nameOf(row, {id, idColumn: 'txid', timeColumn: 'time'});
	if (!named.ok) return named;
	const pair = pairOf(cellOf(row, 'pair'));
	if (pair === undefined) return malformed(row.line, 'pair', cellOf(row, 'pair'));
	const [base, quote] = pair;
	const amounts: bigint[] = [];
	for (const name of ['vol', 'cost', 'fee']) {
		const amount = amountOf(cellOf(row, name));
		if (amount === undefined || (amount === 0n && name !== 'fee'))
			return malformed(row.line, name, cellOf(row, name));
		amounts.push(amount);
	}
	const [vol = 0n, cost = 0n, fee = 0n] = amounts;
	const type = cellOf(row, 'type');
	if (type === 'buy')
		return ok({...named.value, soldAsset: quote, sold: cost + fee, boughtAsset: base, bought: vol});
	if (type !== 'sell') return malformed(row.line, 'type', type);
	if (fee >= cost) return malformed(row.line, 'fee', cellOf(row, 'fee'));
	return ok({...named.value, soldAsset: base, sold: vol, boughtAsset: quote, bought: cost - fee});
};
