/** A real wallet on a private chain: Debian's package "monero". Skipped, and said so, where it is not installed. */
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {readMoneroEarnings} from '#node/adapters/income/monero-wallet';
import {ownPort} from '../../../support/own-port.ts';
import {isProgramThere, startProgram} from '../../../support/programs.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const isInstalled = ['monerod', 'monero-wallet-rpc'].every(isProgramThere);

type Json = Readonly<Record<string, unknown>>;

/** Asks until the server is up. */
const call = async (url: string, method: string, params: Json): Promise<Json> => {
	for (let tries = 0; ; tries++)
		try {
			const response = await fetch(`${url}/json_rpc`, {
				method: 'POST',
				body: JSON.stringify({jsonrpc: '2.0', id: '0', method, params}),
			});
			const {result} = (await response.json()) as {result?: Json};
			if (result !== undefined) return result;
			throw new TypeError(`${method} has no result`);
		} catch (error) {
			if (tries === 900) throw error;
			await delay(100);
		}
};

/** Waits until something answers, whatever it says. */
const answering = async (url: string): Promise<void> => {
	for (let tries = 0; tries < 900; tries++) {
		const response = await fetch(`${url}/json_rpc`).catch(() => undefined);
		if (response !== undefined) return void (await response.arrayBuffer());
		await delay(100);
	}
};

if (isInstalled) {
	test('rewards of a private Monero chain are read from a real wallet, the mature ones only', async t => {
		t.timeout(10 * 60_000);
		const data = await temporaryFolder(t);
		const [daemonPort, peerPort, walletPort] = [await ownPort(t), await ownPort(t), await ownPort(t)];
		const daemon = `http://127.0.0.1:${daemonPort}`;
		const wallet = `http://127.0.0.1:${walletPort}`;
		const chain = ['--regtest', '--offline', '--fixed-difficulty', '1', '--no-igd', '--no-zmq'];
		const place = ['--data-dir', path.join(data, 'chain'), '--rpc-bind-port', `${daemonPort}`];
		startProgram(t, 'monerod', ...chain, ...place, '--p2p-bind-port', `${peerPort}`, '--non-interactive');
		await call(daemon, 'get_info', {});
		const server = ['--disable-rpc-login', '--daemon-address', `127.0.0.1:${daemonPort}`, '--trusted-daemon'];
		const files = ['--wallet-dir', data, '--log-file', path.join(data, 'wallet.log')];
		startProgram(t, 'monero-wallet-rpc', ...server, ...files, '--rpc-bind-port', `${walletPort}`);
		await call(wallet, 'create_wallet', {filename: 'earner', password: '', language: 'English'});
		const {address} = await call(wallet, 'get_address', {account_index: 0});
		await call(daemon, 'generateblocks', {amount_of_blocks: 62, wallet_address: address});
		const earnings = await readMoneroEarnings({url: wallet});
		// A block has one confirmation when it is the newest: those of the first three have 60 and more.
		t.is(earnings.length, 3);
		for (const {source, amount, reference} of earnings) {
			t.is(source, 'xmr');
			t.regex(reference, /^[0-9a-f]{64}$/);
			t.true(amount !== undefined && amount > 35_000_000_000_000n && amount < 36_000_000_000_000n);
		}
		t.deepEqual(await readMoneroEarnings({url: wallet}), earnings);
		await t.throwsAsync(readMoneroEarnings({url: daemon}), {code: 'MONERO_WALLET_REFUSED'});
	});

	test('a real monero-wallet-rpc takes the login that it was given, and no other', async t => {
		t.timeout(10 * 60_000);
		const data = await temporaryFolder(t);
		const port = await ownPort(t);
		const url = `http://127.0.0.1:${port}`;
		const files = ['--wallet-dir', data, '--log-file', path.join(data, 'wallet.log')];
		const server = ['--offline', '--rpc-login', 'monero:secret', '--rpc-bind-port', `${port}`];
		startProgram(t, 'monero-wallet-rpc', ...server, ...files);
		await answering(url);
		// The login was taken: what is missing is a wallet.
		const login = {user: 'monero', password: 'secret'};
		await t.throwsAsync(readMoneroEarnings({url, login}), {code: 'MONERO_WALLET_REFUSED'});
		const wrong = {...login, password: 'guess'};
		await t.throwsAsync(readMoneroEarnings({url, login: wrong}), {code: 'MONERO_WALLET_LOGIN_WRONG'});
		await t.throwsAsync(readMoneroEarnings({url}), {code: 'MONERO_WALLET_ANSWER_INVALID'});
	});
} else
	test('a real Monero wallet is not tried here: monerod and monero-wallet-rpc are not installed (apt-get install monero)', t => {
		t.log('skipped: Debian\'s package "monero" is not installed');
		t.false(isInstalled);
	});
