import test from 'ava';
import fc from 'fast-check';
import {parseTrades} from '#income/trade';

const HEAD = 'time,id,sold,sold_asset,bought,bought_asset,fee,fee_asset\n';
const COIN = 10n ** 12n;

test('fees make more of what was sold or less of what was bought, and the oldest trade comes first', t => {
	const trades = parseTrades(
		`${HEAD}2026-03-02,b,100,EUR,250,ADA,1,ADA\n2026-03-01 12:00,a,1.5,xmr,300,EUR,0.5,XMR\n2026-03-03,c,5,EUR,10,ADA,,\n`,
	);
	t.deepEqual(trades, {
		ok: true,
		value: [
			{
				id: 'a',
				timeMs: Date.UTC(2026, 2, 1, 12),
				soldAsset: 'XMR',
				sold: 2n * COIN,
				boughtAsset: 'EUR',
				bought: 300n * COIN,
			},
			{
				id: 'b',
				timeMs: Date.UTC(2026, 2, 2),
				soldAsset: 'EUR',
				sold: 100n * COIN,
				boughtAsset: 'ADA',
				bought: 249n * COIN,
			},
			{
				id: 'c',
				timeMs: Date.UTC(2026, 2, 3),
				soldAsset: 'EUR',
				sold: 5n * COIN,
				boughtAsset: 'ADA',
				bought: 10n * COIN,
			},
		],
	});
});

test('columns may have the names that an exchange gives them', t => {
	const text = 'Date;No;Out;Out coin;In;In coin\n2026-03-01;7;1;XMR;2;EUR\n';
	const names = {
		time: 'Date',
		id: 'No',
		sold: 'Out',
		sold_asset: 'Out coin',
		bought: 'In',
		bought_asset: 'In coin',
	};
	const trades = parseTrades(text, names);
	t.deepEqual(trades.ok ? trades.value.map(({id, boughtAsset}) => [id, boughtAsset]) : trades, [
		['7', 'EUR'],
	]);
});

test("Kraken's export is read with its names of assets and its fees in the quote currency", t => {
	const trades = parseTrades(
		'"txid","ordertxid","pair","time","type","ordertype","price","cost","fee","vol"\n' +
			'"T1","O1","XXMRZEUR","2026-01-02 10:11:12.1234","sell","limit","150","300","0.75","2"\n' +
			'"T2","O2","ADA/EUR","2026-01-03 10:11:12","buy","limit","0.5","100","0.4","200"\n',
	);
	const timeMs = Date.UTC(2026, 0, 2, 10, 11, 12, 123);
	t.deepEqual(trades.ok ? trades.value : trades, [
		{id: 'T1', timeMs, soldAsset: 'XMR', sold: 2n * COIN, boughtAsset: 'EUR', bought: 299_250_000_000_000n},
		{
			id: 'T2',
			timeMs: Date.UTC(2026, 0, 3, 10, 11, 12),
			soldAsset: 'EUR',
			sold: 100_400_000_000_000n,
			boughtAsset: 'ADA',
			bought: 200n * COIN,
		},
	]);
});

test("Kraken's file may hold trades of any pair, quoted or not, and whatever columns it has besides", t => {
	const trades = parseTrades(
		'"txid","ordertxid","pair","aclass","subclass","time","type","ordertype","price","cost","fee","vol","margin","misc","ledgers","posttxid","posstatuscode","cprice","ccost","cfee","cvol","cmargin","net","trades"\r\n' +
			'"T1","O1","XXBTZEUR","forex","crypto","2026-01-02 10:11:12.1234","sell","limit",50000,100.0,0.25,0.002,0.0,"","L1,L2","","","","","","","","",""\r\n' +
			'"T2","O2","STORJ/USD","forex","crypto","2026-01-03 10:11:12","sell","market",0.25,25.0,0.1,100.0,0.0,"","L3,L4","","","","","","","","",""\r\n' +
			'"T3","O2","ADAXBT","forex","crypto","2026-01-04 10:11:12","buy","market",0.00001,0.001,0.0,100.0,0.0,"","L5,L6","","","","","","","","",""\r\n',
	);
	t.deepEqual(
		trades.ok
			? trades.value.map(({soldAsset, sold, boughtAsset, bought}) => [soldAsset, sold, boughtAsset, bought])
			: trades,
		[
			['BTC', COIN / 500n, 'EUR', 99_750_000_000_000n],
			['STORJ', 100n * COIN, 'USD', 24_900_000_000_000n],
			['BTC', COIN / 1000n, 'ADA', 100n * COIN],
		],
	);
});

test("Binance's newer export: amounts with their currency, fees in any, fills that look alike, no ids", t => {
	const rows = [
		'"2026-02-01 08:00:00","STORJEUR","SELL","0.2500000000","1,000.0000000000STORJ","250.00000000EUR","0.0100000000BNB"',
		'"2026-02-01 08:00:00","STORJEUR","SELL","0.2500000000","4.0000000000STORJ","1.00000000EUR","0.00100000EUR"',
		'"2026-02-01 08:00:00","STORJEUR","SELL","0.2500000000","4.0000000000STORJ","1.00000000EUR","0.00100000EUR"',
		'"2026-02-02 08:00:00","ADAEUR","BUY","0.5000000000","500.0000000000ADA","250.00000000EUR","0.5000000000ADA"',
	];
	const head = '"Date(UTC)","Pair","Side","Price","Executed","Amount","Fee"';
	const read = (lines: readonly string[]) => parseTrades(`\uFEFF${[head, ...lines].join('\n')}\n`);
	const trades = read(rows);
	t.true(trades.ok);
	if (!trades.ok) return;
	t.deepEqual(
		trades.value.map(({soldAsset, sold, boughtAsset, bought}) => [soldAsset, sold, boughtAsset, bought]),
		[
			['STORJ', 1_000n * COIN, 'EUR', 250n * COIN],
			['STORJ', 4n * COIN, 'EUR', COIN - COIN / 1_000n],
			['STORJ', 4n * COIN, 'EUR', COIN - COIN / 1_000n],
			['EUR', 250n * COIN, 'ADA', 500n * COIN - COIN / 2n],
		],
	);
	const ids = (of: ReturnType<typeof read>): readonly string[] => (of.ok ? of.value.map(({id}) => id) : []);
	t.is(new Set(ids(trades)).size, 4);
	t.deepEqual(ids(read(rows.toReversed())), ids(trades), 'the order of the lines does not name them');
	const wrong = rows[0]?.replace('STORJ",', 'STORJ+",') ?? '';
	t.deepEqual(read([wrong]), {
		ok: false,
		error: {code: 'TRADES_ROW_MALFORMED', line: 2, column: 'executed', value: '1,000.0000000000STORJ+'},
	});
});

test("Binance's older export, also as a spreadsheet saved it with semicolons and decimal commas", t => {
	const plain =
		'Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n2021-03-01 12:00:00,XMRBTC,SELL,0.004,1.5,0.006,0.000006,BTC\n';
	const saved =
		'Date(UTC);Market;Type;Price;Amount;Total;Fee;Fee Coin\r\n2021-03-01 12:00:00;XMRBTC;SELL;0,004;1,5;0,006;0,000006;BTC\r\n';
	for (const text of [plain, saved]) {
		const trades = parseTrades(text);
		t.like(trades.ok ? trades.value[0] : trades, {
			soldAsset: 'XMR',
			sold: (3n * COIN) / 2n,
			boughtAsset: 'BTC',
			bought: 5_994_000_000n,
		});
	}
	// One thousand two hundred and thirty-four, or one and a quarter?
	t.deepEqual(parseTrades(saved.replace(';1,5;', ';1,234;')), {
		ok: false,
		error: {code: 'TRADES_ROW_MALFORMED', line: 2, column: 'amount', value: '1,234'},
	});
});

test('rejects a file that lacks a column, a trade twice, and each cell that is none', t => {
	t.deepEqual(parseTrades('time,id\n'), {
		ok: false,
		error: {code: 'TRADES_COLUMN_MISSING', column: 'sold', headings: ['time', 'id']},
	});
	const row = '2026-03-01,a,1,XMR,2,EUR,,\n';
	t.deepEqual(parseTrades(HEAD + row + row), {
		ok: false,
		error: {code: 'TRADES_ID_REPEATED', line: 3, id: 'a'},
	});
	const bad: readonly (readonly [row: string, column: string, value: string])[] = [
		['yesterday,a,1,XMR,2,EUR,,', 'time', 'yesterday'],
		['2026-03-01,,1,XMR,2,EUR,,', 'id', ''],
		['2026-03-01,a,-1,XMR,2,EUR,,', 'sold', '-1'],
		['2026-03-01,a,1,XMR,0,EUR,,', 'bought', '0'],
		['2026-03-01,a,1,X M R,2,EUR,,', 'sold_asset', 'X M R'],
		['2026-03-01,a,1,XMR,2,XMR,,', 'bought_asset', 'XMR'],
		['2026-03-01,a,1,XMR,2,EUR,x,EUR', 'fee', 'x'],
		['2026-03-01,a,1,XMR,2,EUR,1,USD', 'fee_asset', 'USD'],
		['2026-03-01,a,1,XMR,2,EUR,2,EUR', 'fee_asset', 'EUR'],
	];
	for (const [line, column, value] of bad)
		t.deepEqual(
			parseTrades(`${HEAD}${line}\n`),
			{ok: false, error: {code: 'TRADES_ROW_MALFORMED', line: 2, column, value}},
			line,
		);
});

test('no text makes the reading of trades crash', t => {
	const cell = fc.constantFrom('2026-03-01', '1', '0.5', 'XMR', 'EUR', '', '"', 'x'.repeat(200), '1e9');
	fc.assert(
		fc.property(fc.array(fc.array(cell, {minLength: 8, maxLength: 8}), {maxLength: 3}), rows => {
			t.is(typeof parseTrades(HEAD + rows.map(row => `${row.join(',')}\n`).join('')).ok, 'boolean');
		}),
	);
});
