/** Commands that are given the words of a wallet: what they do not do with them, and what is wrong with some. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openContracts, walletOptions, watchedWallet} from '#cli/cardano-access';
import {depositOnCardano} from '#cli/commands/account-deposit';
import {openCardanoChannel} from '#cli/commands/cardano-channel';
import {Hash32} from '#kernel/hash';
import {encodeDeployment} from '#onchain/deployment';
import {production} from '../support/contract-world.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const WORDS = 'art forum devote street sure rather head chuckle guard poverty release quote oak craft enemy';

const walletIn = async (t: ExecutionContext, words: string) => {
	const folder = await temporaryFolder(t);
	const [wallet, deployment] = [path.join(folder, 'wallet.words'), path.join(folder, 'deployment.json')];
	await writeFile(wallet, words, {mode: 0o600});
	await writeFile(deployment, encodeDeployment(production.deployment));
	return {wallet, deployment, kupoUrl: 'http://127.0.0.1:1'};
};

const {signal} = new AbortController();

test('credits and vouchers are never for a key that only signs on Cardano', async t => {
	const options = await walletIn(t, WORDS);
	await t.throwsAsync(depositOnCardano([], {...options, amount: '25ADA'}, signal), {
		code: 'ACCOUNT_NOT_NAMED',
		message: /--to/,
	});
	const channel = {...options, deposit: '25ADA', payee: '11'.repeat(28)};
	await t.throwsAsync(openCardanoChannel([], channel, signal), {
		code: 'ACCOUNT_NOT_NAMED',
		message: /--payer/,
	});
});

test('wrong words and accounts are refused before anything is asked', async t => {
	const wrong = await walletIn(t, WORDS.replace('art', 'enemy'));
	await t.throwsAsync(openContracts(wrong), {code: 'PHRASE_CHECKSUM_WRONG'});
	await t.throwsAsync(openContracts({...wrong, out: 'tx.json'}), {code: 'PHRASE_CHECKSUM_WRONG'});
	const options = await walletIn(t, WORDS);
	for (const walletAccount of ['-1', 'first', '2147483648'])
		await t.throwsAsync(openContracts({...options, walletAccount}), {code: 'OPTION_MALFORMED'});
	t.truthy((await openContracts({...options, walletAccount: '2147483647'})).wallet);
});

test('the address is the same with and without a network, and another for each account', async t => {
	const options = await walletIn(t, WORDS);
	const addresses = await Promise.all(
		['0', '1'].map(async walletAccount => {
			const given = {...options, walletAccount};
			const {walletAddress} = await watchedWallet(given, 'testnet');
			t.is((await openContracts(given)).wallet.address, walletAddress);
			t.is((await openContracts({...given, out: 'tx.json'})).wallet.address, walletAddress);
			return walletAddress;
		}),
	);
	t.is(
		addresses[0],
		'addr_test1qpu5vlrf4xkxv2qpwngf6cjhtw542ayty80v8dyr49rf5ewvxwdrt70qlcpeeagscasafhffqsxy36t90ldv06wqrk2qum8x5w',
	);
	t.not(addresses[1], addresses[0]);
});

test('what one account has signed and not yet seen in a block is nothing to another', async t => {
	const options = await walletIn(t, WORDS);
	const journalOf = (account: object) => walletOptions({...options, ...account}, 42).journal;
	const executed = {
		txId: Hash32(new Uint8Array(32).fill(1)),
		size: 1,
		fee: 1n,
		executionUnits: {cpu: 0n, memory: 0n},
	};
	const payment = {purpose: 'a deposit', txId: executed.txId, cbor: '00', executed};
	await journalOf({walletAccount: '1'})?.alone(async () => journalOf({walletAccount: '1'})?.write(payment));
	t.is((await journalOf({walletAccount: '1'})?.read())?.purpose, payment.purpose);
	t.is(await journalOf({walletAccount: '0'})?.read(), undefined);
	t.is(await journalOf({})?.read(), undefined);
});
