import test from 'ava';
import fc from 'fast-check';
import type {Earning} from '#income/earning';
import {addEarnings, emptyBook, type IncomeBook} from '#income/income-book';
import {matchSales} from '#income/match-sales';
import type {Trade} from '#income/trade-row';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../support/crypto.ts';

const COIN = 10n ** 12n;
const STORJ = 10n ** 8n;

const earned = (source: 'xmr' | 'storj', reference: string, timeMs: number, amount: bigint): Earning => ({
	source,
	reference,
	timeMs,
	amount,
	microUsd: undefined,
});

const trade = (
	id: string,
	timeMs: number,
	[sold, soldAsset]: readonly [bigint, string],
	[bought, boughtAsset]: readonly [bigint, string],
): Trade => ({id, timeMs, sold, soldAsset, bought, boughtAsset});

const bookOf = (...earnings: readonly Earning[]): IncomeBook => addEarnings(emptyBook, earnings).book;

test('what was earned first is sold first, and its ADA becomes a deposit that says so', t => {
	const book = bookOf(earned('xmr', 'late', 20, 2n * COIN), earned('xmr', 'early', 10, COIN));
	const sold = matchSales(crypto, book, [trade('t1', 30, [2n * COIN, 'XMR'], [800n * COIN, 'ADA'])]);
	const statement = [
		'dcloud sale v1',
		'source xmr',
		'units 2000000000000',
		'lovelace 800000000',
		'trade t1',
		'earning xmr early 1000000000000',
		'earning xmr late 1000000000000',
		'',
	].join('\n');
	t.deepEqual(sold.deposits, [
		{
			source: 'xmr',
			units: 2n * COIN,
			lovelace: 800_000_000n,
			rate: 400n,
			reference: toHex(crypto.blake2b256(encodeUtf8(statement))),
			statement,
			status: 'planned',
		},
	]);
	t.deepEqual(
		sold.book.earnings.map(({reference, unsold}) => [reference, unsold]),
		[
			['early', 0n],
			['late', COIN],
		],
	);
	t.deepEqual(sold.unmatched, []);
});

test('money waits in a third currency until a later file makes ADA of it', t => {
	const book = bookOf(earned('xmr', 'a', 1, 2n * COIN));
	const first = matchSales(crypto, book, [trade('t1', 5, [2n * COIN, 'XMR'], [300n * COIN, 'EUR'])]);
	t.deepEqual(first.deposits, []);
	t.deepEqual(
		first.book.lots.map(({asset, parts}) => [asset, parts]),
		[['EUR', 300n * COIN]],
	);
	const second = matchSales(crypto, first.book, [trade('t2', 9, [100n * COIN, 'EUR'], [200n * COIN, 'ADA'])]);
	t.deepEqual(
		second.deposits.map(({units, lovelace}) => [units, lovelace]),
		[[666_666_666_666n, 200_000_000n]],
	);
	t.deepEqual(
		second.book.lots.map(({asset, parts, units}) => [asset, parts, units]),
		[['EUR', 200n * COIN, 1_333_333_333_334n]],
	);
});

test('what is sold beyond the earnings of before is not claimed as income', t => {
	const book = bookOf(earned('xmr', 'a', 1, COIN), earned('xmr', 'after the sale', 50, COIN));
	const sold = matchSales(crypto, book, [trade('t1', 5, [4n * COIN, 'XMR'], [400n * COIN, 'ADA'])]);
	t.deepEqual(sold.unmatched, [{tradeId: 't1', source: 'xmr', units: 3n * COIN}]);
	t.deepEqual(
		sold.deposits.map(({units, lovelace}) => [units, lovelace]),
		[[COIN, 100_000_000n]],
	);
});

test('STORJ is counted in 10^-8, and each source has its own deposit', t => {
	const book = bookOf(earned('xmr', 'a', 1, COIN), earned('storj', 'b', 1, 100n * STORJ));
	const sold = matchSales(crypto, book, [
		trade('t1', 5, [COIN, 'XMR'], [150n * COIN, 'EUR']),
		trade('t2', 6, [100n * COIN, 'STORJ'], [50n * COIN, 'EUR']),
		trade('t3', 7, [200n * COIN, 'EUR'], [400n * COIN, 'ADA']),
	]);
	t.deepEqual(
		sold.deposits.map(({source, units, lovelace, rate}) => [source, units, lovelace, rate]),
		[
			['xmr', COIN, 300_000_000n, 300n],
			['storj', 100n * STORJ, 100_000_000n, 10_000n],
		],
	);
});

test('a trade counts once, however often a file is handed in', t => {
	const book = bookOf(earned('xmr', 'a', 1, 9n * COIN));
	const trades = [trade('t1', 5, [COIN, 'XMR'], [400n * COIN, 'ADA'])];
	const again = matchSales(crypto, matchSales(crypto, book, trades).book, trades);
	t.deepEqual([again.taken, again.known, again.deposits], [0, 1, []]);
	t.is(again.book.deposits.length, 1);
});

test('ADA too little for an output waits for more', t => {
	const book = bookOf(earned('xmr', 'a', 1, COIN));
	const first = matchSales(crypto, book, [trade('t1', 5, [1000n, 'XMR'], [COIN, 'ADA'])]);
	t.deepEqual(first.deposits, []);
	const second = matchSales(crypto, first.book, [trade('t2', 6, [1000n, 'XMR'], [COIN, 'ADA'])]);
	t.deepEqual(
		second.deposits.map(({units, lovelace}) => [units, lovelace]),
		[[2000n, 2_000_000n]],
	);
});

test('whatever is traded, no more is claimed than was earned, and no more ADA than was bought', t => {
	const asset = fc.constantFrom('XMR', 'STORJ', 'EUR', 'USD', 'ADA');
	const amount = fc.bigInt({min: 1n, max: 1000n * COIN});
	const anyTrade = fc
		.record({time: fc.nat(100), soldAsset: asset, sold: amount, boughtAsset: asset, bought: amount})
		.filter(({soldAsset, boughtAsset}) => soldAsset !== boughtAsset);
	const anyEarning = fc.record({
		source: fc.constantFrom('xmr' as const, 'storj' as const),
		timeMs: fc.nat(100),
		amount,
	});
	fc.assert(
		fc.property(fc.array(anyEarning, {maxLength: 6}), fc.array(anyTrade, {maxLength: 12}), (got, traded) => {
			const book = bookOf(...got.map((one, index) => ({...one, reference: `${index}`, microUsd: undefined})));
			const trades = traded
				.map(({time, ...rest}, index) => ({id: `t${index}`, timeMs: time, ...rest}))
				.sort((a, b) => a.timeMs - b.timeMs);
			const {book: after, deposits} = matchSales(crypto, book, trades);
			for (const source of ['xmr', 'storj'] as const) {
				const used = after.earnings
					.filter(earning => earning.source === source)
					.reduce((sum, earning) => sum + (earning.amount ?? 0n) - earning.unsold, 0n);
				const claimed = [...after.lots, ...deposits]
					.filter(lot => lot.source === source)
					.reduce((sum, {units}) => sum + units, 0n);
				t.true(claimed <= used);
			}
			const bought = trades
				.filter(({boughtAsset}) => boughtAsset === 'ADA')
				.reduce((sum, one) => sum + one.bought, 0n);
			t.true(deposits.reduce((sum, {lovelace}) => sum + lovelace, 0n) * 1_000_000n <= bought);
			t.true(after.earnings.every(({unsold}) => unsold >= 0n));
		}),
	);
});
