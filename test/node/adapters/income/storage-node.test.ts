import test from 'ava';
import {readStorageNodeEarnings} from '#node/adapters/income/storage-node';
import {jsonServer} from '../../../support/json-server.ts';

const payout = (change: object = {}): object => ({
	satelliteID: 'sat-1',
	satelliteURL: 'sat.example:7777',
	earned: 2_500_000,
	held: 0,
	paid: 2_400_000,
	distributed: 2_300_000,
	receipt: 'zksync-era:0xabc',
	...change,
});

const dashboard = (
	t: Parameters<typeof jsonServer>[0],
	periods: unknown,
	payouts: Readonly<Record<string, unknown>> = {},
): Promise<string> =>
	jsonServer(t, url =>
		url === '/api/heldamount/periods'
			? [200, JSON.stringify(periods)]
			: [200, JSON.stringify(payouts[url.replace('/api/heldamount/payout-history/', '')] ?? null)],
	);

test('what satellites distributed with a receipt is earned when the month is over, in dollars', async t => {
	const url = await dashboard(t, ['2026-09', '2026-10', '2026-09', '2026-11'], {
		'2026-09': [
			payout(),
			payout({satelliteID: 'sat-2', receipt: ''}),
			payout({satelliteID: 'sat-3', distributed: 0}),
		],
		'2026-10': [payout({distributed: 1})],
	});
	t.deepEqual(await readStorageNodeEarnings({url: `${url}/`}), [
		{
			source: 'storj',
			reference: 'zksync-era:0xabc/sat-1/2026-09',
			timeMs: Date.UTC(2026, 9, 1),
			amount: undefined,
			microUsd: 2_300_000n,
		},
		{
			source: 'storj',
			reference: 'zksync-era:0xabc/sat-1/2026-10',
			timeMs: Date.UTC(2026, 10, 1),
			amount: undefined,
			microUsd: 1n,
		},
	]);
});

test('a node that was paid nothing answers null', async t => {
	t.deepEqual(await readStorageNodeEarnings({url: await dashboard(t, null)}), []);
});

test('whatever is no payout is refused as a whole', async t => {
	const bad = [
		7,
		payout({satelliteID: 1}),
		payout({distributed: 1.5}),
		payout({receipt: 3}),
		payout({receipt: 'a b'}),
	];
	for (const one of bad) {
		const url = await dashboard(t, ['2026-09'], {'2026-09': [payout(), one]});
		await t.throwsAsync(
			readStorageNodeEarnings({url}),
			{code: 'STORAGENODE_ANSWER_INVALID'},
			JSON.stringify(one),
		);
	}
	for (const periods of [{}, ['2026-13'], ['../x'], Array.from({length: 601}, () => '2026-01')]) {
		const url = await dashboard(t, periods);
		await t.throwsAsync(readStorageNodeEarnings({url}), {code: 'STORAGENODE_ANSWER_INVALID'});
	}
	const broken = await jsonServer(t, () => [500, '[]']);
	await t.throwsAsync(readStorageNodeEarnings({url: broken}), {code: 'STORAGENODE_ANSWER_INVALID'});
	await t.throwsAsync(readStorageNodeEarnings({url: 'http://127.0.0.1:1'}), {
		code: 'STORAGENODE_UNREACHABLE',
	});
});
