import test from 'ava';
import {readMoneroEarnings} from '#node/adapters/income/monero-wallet';
import {jsonServer} from '../../../support/json-server.ts';

const txid = (digit: string): string => digit.repeat(64);

const transfer = (change: object = {}): object => ({
	txid: txid('a'),
	amount: 600_000_000_000,
	timestamp: 1_780_000_000,
	confirmations: 60,
	double_spend_seen: false,
	type: 'block',
	...change,
});

const wallet = (t: Parameters<typeof jsonServer>[0], transfers: unknown): Promise<string> =>
	jsonServer(t, (_url, body) => {
		const {method} = JSON.parse(body) as {method: string};
		const result = method === 'get_transfers' ? {in: transfers} : {received_money: true};
		return [200, JSON.stringify({jsonrpc: '2.0', id: '0', result})];
	});

test('rewards and payments count once they are deep enough to stay', async t => {
	const url = await wallet(t, [
		transfer(),
		transfer({txid: txid('b'), confirmations: 59}),
		transfer({txid: txid('c'), type: 'in', confirmations: 10}),
		transfer({txid: txid('d'), type: 'in', confirmations: 9}),
		transfer({txid: txid('e'), double_spend_seen: true}),
		transfer({txid: txid('f'), type: 'pool', confirmations: 0}),
	]);
	const earning = {source: 'xmr', timeMs: 1_780_000_000_000, amount: 600_000_000_000n, microUsd: undefined};
	t.deepEqual(await readMoneroEarnings({url}), [
		{...earning, reference: txid('a')},
		{...earning, reference: txid('c')},
	] as never);
});

test('a transaction that pays several addresses of the wallet is one earning', async t => {
	const url = await wallet(t, [transfer(), transfer({amount: 1})]);
	const earnings = await readMoneroEarnings({url});
	t.deepEqual(
		earnings.map(({reference, amount}) => [reference, amount]),
		[[txid('a'), 600_000_000_001n]],
	);
});

test('a wallet that was paid nothing leaves the list out', async t => {
	t.deepEqual(await readMoneroEarnings({url: await wallet(t, undefined)}), []);
});

test('whatever is no transfer is refused as a whole', async t => {
	const bad = [
		7,
		transfer({txid: 'x'}),
		transfer({amount: 2 ** 53}),
		transfer({amount: -1}),
		transfer({timestamp: 'now'}),
	];
	for (const one of bad) {
		const url = await wallet(t, [transfer(), one]);
		await t.throwsAsync(
			readMoneroEarnings({url}),
			{code: 'MONERO_WALLET_ANSWER_INVALID'},
			JSON.stringify(one),
		);
	}
	const url = await wallet(t, {});
	await t.throwsAsync(readMoneroEarnings({url}), {code: 'MONERO_WALLET_ANSWER_INVALID'});
});

test('a wallet that refuses, that asks for a password, and one that is not there have their codes', async t => {
	const refusing = await jsonServer(t, () => [200, '{"error": {"code": -13, "message": "No wallet file"}}']);
	const error = await t.throwsAsync(readMoneroEarnings({url: refusing}), {code: 'MONERO_WALLET_REFUSED'});
	t.like(error, {detail: {reason: 'No wallet file'}});
	const locked = await jsonServer(t, () => [401, '<html>Unauthorized</html>']);
	await t.throwsAsync(readMoneroEarnings({url: locked}), {code: 'MONERO_WALLET_ANSWER_INVALID'});
	await t.throwsAsync(readMoneroEarnings({url: 'http://127.0.0.1:1'}), {code: 'MONERO_WALLET_UNREACHABLE'});
});
