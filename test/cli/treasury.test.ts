/** From a wallet, a meter and an exchange to a deposit on Cardano, by the commands that an operator types. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fromHex} from '#kernel/bytes';
import {createContractReader} from '#node/adapters/lucid/contract-reader';
import {readTreasuryDeposits} from '#node/adapters/lucid/treasury-deposits';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet} from '../support/contract-devnet.ts';
import {jsonServer} from '../support/json-server.ts';
import {runCli} from '../support/run-cli.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Json = Readonly<Record<string, unknown>>;

const answer = async (t: ExecutionContext, folder: string, ...words: readonly string[]): Promise<Json> => {
	const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
	t.is(stderr, '');
	t.is(code, 0);
	return JSON.parse(stdout) as Json;
};

const refusal = async (
	t: ExecutionContext,
	folder: string,
	...words: readonly string[]
): Promise<unknown> => {
	const {code, stderr} = await runCli(folder, ...words, '--json');
	t.is(code, 1);
	return (JSON.parse(stderr) as {error: Json}).error['code'];
};

/** A wallet that was paid 2 XMR on 2026-03-01. */
const moneroWallet = (t: ExecutionContext): Promise<string> =>
	jsonServer(t, (_url, body) => {
		const isList = (JSON.parse(body) as Json)['method'] === 'get_transfers';
		const paid = {
			txid: 'ab'.repeat(32),
			amount: 2_000_000_000_000,
			timestamp: Date.UTC(2026, 2, 1) / 1000,
			confirmations: 100,
			type: 'block',
		};
		return [200, JSON.stringify({result: isList ? {in: [paid]} : {}})];
	});

const TRADES =
	'time,id,sold,sold_asset,bought,bought_asset,fee,fee_asset\n' +
	'2026-03-02,t1,2,XMR,300,EUR,,\n2026-03-03,t2,300,EUR,800,ADA,0.5,ADA\n';

/** A folder with a book that plans one deposit of 799.5 ADA. */
const plannedBook = async (t: ExecutionContext): Promise<string> => {
	const folder = await temporaryFolder(t);
	const wallet = await moneroWallet(t);
	const earned = await answer(
		t,
		folder,
		'treasury',
		'earnings',
		'--book',
		'b.json',
		'--monero-wallet-url',
		wallet,
	);
	t.is((earned['added'] as readonly unknown[]).length, 1);
	await writeFile(path.join(folder, 'trades.csv'), TRADES);
	const sold = await answer(t, folder, 'treasury', 'record-sale', '--book', 'b.json', '--csv', 'trades.csv');
	t.like((sold['deposits'] as readonly Json[])[0], {
		source: 'xmr',
		units: '2000000000000',
		lovelace: '799500000',
		rate: '399',
	});
	return folder;
};

test('what was mined and sold becomes a deposit that is made once, with its origin', async t => {
	t.timeout(10 * 60_000);
	const folder = await plannedBook(t);
	const devnet = await contractDevnet(t, {committee: testCommittee([1n]), traced: false});
	await writeFile(path.join(folder, 'deployment.json'), encodeDeployment(devnet.deployment));
	await writeKeyFile(
		path.join(folder, 'pay.skey'),
		'PaymentSigningKeyShelley_ed25519',
		new Uint8Array(32).fill(3),
	);
	const cardano = ['--deployment', 'deployment.json', '--wallet', 'pay.skey', '--kupo-url', devnet.url];
	const deposit = ['treasury', 'deposit', ...cardano];

	const made = await answer(t, folder, ...deposit, '--book', 'b.json');
	const [first] = made['deposits'] as readonly Json[];
	const reference = fromHex(String(first?.['reference']));
	const onCardano = async () => readTreasuryDeposits(devnet.url, devnet.deployment);
	const provenance = {source: 0, amount: 2_000_000_000_000n, rate: 399n, reference};
	t.like((await onCardano())[0], {lovelace: 799_500_000n, provenance});

	// A run that ended before the book was written again finds on the chain that it had paid.
	const book = path.join(folder, 'b.json');
	const text = await readFile(book, 'utf8');
	await writeFile(book, text.replace('"status": "made"', '"status": "submitting"'));
	t.deepEqual(await answer(t, folder, ...deposit, '--book', 'b.json'), made);
	t.deepEqual(await answer(t, folder, ...deposit, '--book', 'b.json'), {deposits: []});
	t.is((await onCardano()).length, 1);

	// One that ended before Cardano had it is not repeated without being told so.
	const other = 'cd'.repeat(32);
	const lost = text
		.replace('"status": "made"', '"status": "submitting"')
		.replaceAll(String(first?.['reference']), other);
	await writeFile(book, lost);
	t.is(await refusal(t, folder, ...deposit, '--book', 'b.json'), 'TREASURY_DEPOSIT_UNCERTAIN');
	t.is((await onCardano()).length, 1);

	const gift = [...deposit, '--amount', '5ADA', '--reference', 'beef'];
	t.like(await answer(t, folder, ...gift), {amount: '5000000', provenance: {source: 3, rate: '1000000'}});
	t.is(await refusal(t, folder, ...gift), 'TREASURY_DEPOSIT_KNOWN');
	t.is(await refusal(t, folder, ...deposit, '--amount', '1ADA'), 'TREASURY_DEPOSIT_TOO_SMALL');
	t.is(await refusal(t, folder, ...deposit, '--amount', '5ADA', '--source', 'gold'), 'OPTION_MALFORMED');
	const money = await createContractReader(devnet.url, devnet.deployment).treasuryMoney();
	t.is(
		money.reduce((sum, {lovelace}) => sum + lovelace, 0n),
		804_500_000n,
	);
});

test('dcloud roi reckons a machine from its meter and its book, as a table and as CSV', async t => {
	const folder = await plannedBook(t);
	const machine = {
		currency: 'EUR',
		powerPricePerKwh: '0.25',
		hardware: [{name: 'computer', cost: '600', bought: '2026-02-01', lifeMonths: 60}],
		prices: {xmr: '150', storj: '0.2', ada: '0.4', usd: '0.9'},
	};
	await writeFile(path.join(folder, 'm.json'), JSON.stringify(machine));
	await writeFile(path.join(folder, 'meter.csv'), 'time,kwh\n2026-02-15,10\n2026-03-15,110\n');
	const words = [
		'roi',
		'--machine',
		'm.json',
		'--meter',
		'meter.csv',
		'--book',
		'b.json',
		'--csv',
		'roi.csv',
	];
	const {code, stdout} = await runCli(folder, ...words);
	t.is(code, 0);
	// 14 days of 60 months of 30.436875 days wear off 4.60 of 600.
	t.regex(stdout, /2026-03 +336 +50\.00 +12\.50 +4\.60 +300\.00 +0\.00 +0\.00 +282\.90/);
	t.regex(stdout, /paid back after +2\.0 months/);
	const csv = await readFile(path.join(folder, 'roi.csv'), 'utf8');
	t.is(csv.split('\n')[0], 'month,hours,kwh,power_cost,wear,xmr,storj,fees,net,currency');
	t.regex(csv, /^2026-03,336,50,12\.5,4\.599683,300,0,0,282\.900317,EUR$/m);
	await writeFile(path.join(folder, 'meter.csv'), 'time,kwh\n2026-02-15,10\n2026-03-15,9\n');
	t.is(await refusal(t, folder, ...words), 'METER_READING_FALLS');
});

test('what an operator gets wrong in files and options has its code, and the book stays as it was', async t => {
	const folder = await plannedBook(t);
	const before = await readFile(path.join(folder, 'b.json'), 'utf8');
	const earnings = ['treasury', 'earnings', '--book', 'b.json'];
	t.is(await refusal(t, folder, ...earnings, '--tokens', 'eth:1=5'), 'EARNING_NOT_FOUND');
	t.is(await refusal(t, folder, ...earnings, '--tokens', 'eth:1'), 'OPTION_MALFORMED');
	t.is(
		await refusal(t, folder, ...earnings, '--monero-wallet-url', 'http://127.0.0.1:1'),
		'MONERO_WALLET_UNREACHABLE',
	);
	const sale = ['treasury', 'record-sale', '--book', 'b.json', '--csv', 'other.csv'];
	t.is(await refusal(t, folder, ...sale), 'FILE_NOT_FOUND');
	await writeFile(path.join(folder, 'other.csv'), 'Date,Trade\n');
	t.is(await refusal(t, folder, ...sale), 'TRADES_COLUMN_MISSING');
	t.is(await refusal(t, folder, ...sale, '--columns', 'when=Date'), 'OPTION_MALFORMED');
	t.is(await readFile(path.join(folder, 'b.json'), 'utf8'), before);
	await writeFile(path.join(folder, 'b.json'), '{}');
	t.is(await refusal(t, folder, ...earnings), 'INCOME_BOOK_MALFORMED');
});
