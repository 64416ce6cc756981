/** From trades to deposits: which earnings were sold, through which currencies, and how much ADA came of them. */
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import type {EarningSource} from './earning.ts';
import type {BookDeposit, BookEarning, IncomeBook, Lot} from './income-book.ts';
import type {Trade} from './trade-row.ts';

/** What was sold beyond all earnings that had arrived by then: it came from elsewhere and is not claimed as income. */
export type Unmatched = {readonly tradeId: string; readonly source: EarningSource; readonly units: bigint};

export type MatchedSales = {
	readonly book: IncomeBook;
	readonly deposits: readonly BookDeposit[];
	readonly unmatched: readonly Unmatched[];
	/** Trades that were in the book already. */
	readonly known: number;
	readonly taken: number;
};

/** No deposit is worth an output below this. */
export const DEPOSIT_LOVELACE_MIN = 2_000_000n;
/** The datum's fields are numbers of 64 bits. */
const DATUM_MAX = 2n ** 64n - 1n;
const RATE_UNITS = 1_000_000n;
/** Parts of 10^-12 in a lovelace. */
const LOVELACE_PARTS = 1_000_000n;

type Sold = {readonly source: EarningSource; readonly unitParts: bigint};
const sources: ReadonlyMap<string, Sold> = new Map([
	['XMR', {source: 'xmr', unitParts: 1n}],
	['STORJ', {source: 'storj', unitParts: 10_000n}],
]);

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The book while trades are taken in one by one. */
type Draft = {
	readonly earnings: BookEarning[];
	lots: Lot[];
	readonly unmatched: Unmatched[];
};

/** Uses up earnings of before the sale, oldest first. */
const sellEarnings = (draft: Draft, trade: Trade, {source, unitParts}: Sold): void => {
	const wanted = trade.sold / unitParts;
	const trail: string[] = [`trade ${trade.id}`];
	let left = wanted;
	for (const [index, earning] of draft.earnings.entries()) {
		if (left === 0n) break;
		if (earning.source !== source || earning.timeMs > trade.timeMs || earning.unsold === 0n) continue;
		const units = least(left, earning.unsold);
		draft.earnings[index] = {...earning, unsold: earning.unsold - units};
		trail.push(`earning ${source} ${earning.reference} ${units}`);
		left -= units;
	}
	if (left > 0n) draft.unmatched.push({tradeId: trade.id, source, units: left});
	const units = wanted - left;
	if (units === 0n) return;
	const parts = (trade.bought * units) / wanted;
	draft.lots.push({asset: trade.boughtAsset, parts, source, units, trail});
};

/** Passes money that came from earnings on to the next currency, oldest first; other money of that currency is not ours. */
const exchangeLots = (draft: Draft, trade: Trade): void => {
	let left = trade.sold;
	const lots: Lot[] = [];
	for (const lot of draft.lots) {
		if (left === 0n || lot.asset !== trade.soldAsset || lot.parts === 0n) {
			lots.push(lot);
			continue;
		}
		const parts = least(left, lot.parts);
		const units = (lot.units * parts) / lot.parts;
		left -= parts;
		if (parts < lot.parts) lots.push({...lot, parts: lot.parts - parts, units: lot.units - units});
		lots.push({
			asset: trade.boughtAsset,
			parts: (trade.bought * parts) / trade.sold,
			source: lot.source,
			units,
			trail: [...lot.trail, `trade ${trade.id}`],
		});
	}
	draft.lots = lots;
};

const statementOf = (source: EarningSource, units: bigint, lovelace: bigint, lots: readonly Lot[]): string =>
	[
		'dcloud sale v1',
		`source ${source}`,
		`units ${units}`,
		`lovelace ${lovelace}`,
		...new Set(lots.flatMap(({trail}) => trail)),
		'',
	].join('\n');

/** The ADA of one source as a deposit; undefined while it is too little for one. */
const depositOf = (hasher: Hasher, source: EarningSource, lots: readonly Lot[]): BookDeposit | undefined => {
	const units = lots.reduce((sum, lot) => sum + lot.units, 0n);
	const lovelace = lots.reduce((sum, {parts}) => sum + parts, 0n) / LOVELACE_PARTS;
	if (lovelace < DEPOSIT_LOVELACE_MIN || lovelace > DATUM_MAX || units === 0n || units > DATUM_MAX)
		return undefined;
	const rate = (lovelace * RATE_UNITS) / units;
	if (rate > DATUM_MAX) return undefined;
	const statement = statementOf(source, units, lovelace, lots);
	const reference = toHex(hasher.blake2b256(encodeUtf8(statement)));
	return {source, units, lovelace, rate, reference, statement, status: 'planned'};
};

/**
 * Takes trades in, oldest first, each once. What is sold is first what was earned first; money in other currencies
 * waits in the book until a later trade makes ADA of it. All divisions round down: never more is claimed than came.
 */
export const matchSales = (hasher: Hasher, book: IncomeBook, trades: readonly Trade[]): MatchedSales => {
	const seen = new Set(book.tradeIds);
	const fresh = trades.filter(({id}) => !seen.has(id));
	const draft: Draft = {earnings: [...book.earnings], lots: [...book.lots], unmatched: []};
	for (const trade of fresh) {
		const sold = sources.get(trade.soldAsset);
		if (sold === undefined) exchangeLots(draft, trade);
		else sellEarnings(draft, trade, sold);
	}
	const deposits: BookDeposit[] = [];
	for (const {source} of sources.values()) {
		const isReady = (lot: Lot): boolean => lot.asset === 'ADA' && lot.source === source;
		const deposit = depositOf(hasher, source, draft.lots.filter(isReady));
		if (deposit === undefined) continue;
		deposits.push(deposit);
		draft.lots = draft.lots.filter(lot => !isReady(lot));
	}
	return {
		book: {
			earnings: draft.earnings,
			lots: draft.lots,
			tradeIds: [...book.tradeIds, ...fresh.map(({id}) => id)],
			deposits: [...book.deposits, ...deposits],
		},
		deposits,
		unmatched: draft.unmatched,
		known: trades.length - fresh.length,
		taken: fresh.length,
	};
};
