import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {digestAuthorization} from '#node/adapters/income/digest-json';
import {readMoneroEarnings, readMoneroLogin} from '#node/adapters/income/monero-wallet';
import {jsonServer} from '../../../support/json-server.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

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

test('a wallet that refuses, that asks for a login, and one that is not there have their codes', async t => {
	const refusing = await jsonServer(t, () => [200, '{"error": {"code": -13, "message": "No wallet file"}}']);
	const error = await t.throwsAsync(readMoneroEarnings({url: refusing}), {code: 'MONERO_WALLET_REFUSED'});
	t.like(error, {detail: {reason: 'No wallet file'}});
	const locked = await jsonServer(t, () => [401, '<html>Unauthorized</html>']);
	await t.throwsAsync(readMoneroEarnings({url: locked}), {code: 'MONERO_WALLET_ANSWER_INVALID'});
	await t.throwsAsync(readMoneroEarnings({url: 'http://127.0.0.1:1'}), {code: 'MONERO_WALLET_UNREACHABLE'});
});

test('a challenge is answered as RFC 2617 does in its example', t => {
	const challenge =
		'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"';
	const login = {user: 'Mufasa', password: 'Circle Of Life'};
	const said = digestAuthorization(challenge, login, {
		method: 'GET',
		uri: '/dir/index.html',
		clientNonce: '0a4f113b',
	});
	t.regex(said ?? '', /^Digest username="Mufasa".* response="6629fae49393a05397450978507c4ef1"/);
	t.is(digestAuthorization('Basic realm="x"', login, {method: 'GET', uri: '/', clientNonce: '0'}), undefined);
});

test('a login file is one line that only its owner may read', async t => {
	const file = path.join(await temporaryFolder(t), 'wallet.login');
	await writeFile(file, 'monero:secret\n', {mode: 0o600});
	t.deepEqual(await readMoneroLogin(file), {user: 'monero', password: 'secret'});
	await writeFile(file, 'monero');
	await t.throwsAsync(readMoneroLogin(file), {code: 'MONERO_WALLET_LOGIN_WRONG'});
	await chmod(file, 0o644);
	await t.throwsAsync(readMoneroLogin(file), {code: 'KEY_FILE_OPEN'});
});

test('a server that takes no login, none that can be given, or nothing at all has its code', async t => {
	const login = {user: 'a', password: 'b'};
	const read = (url: string) => readMoneroEarnings({url, login});
	const basic = await jsonServer(t, () => [401, '{}']);
	await t.throwsAsync(read(basic), {code: 'MONERO_WALLET_LOGIN_WRONG'});
	const open = await wallet(t, [transfer()]);
	t.is((await read(open)).length, 1);
	const page = await jsonServer(t, () => [200, '<html>']);
	await t.throwsAsync(read(page), {code: 'MONERO_WALLET_ANSWER_INVALID'});
	await t.throwsAsync(read('http://127.0.0.1:1'), {code: 'MONERO_WALLET_UNREACHABLE'});
});
