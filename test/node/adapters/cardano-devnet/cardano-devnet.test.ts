import {appendFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import type {CardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {enterpriseAddress} from '#onchain/cardano/address';
import {ask, keyAddress, rpc, startTestDevnet} from '../../../support/cardano-devnet.ts';
import {crypto} from '../../../support/crypto.ts';
import {type PlainPayment, plainPayment} from '../../../support/payment.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const addressOf = (seed: Uint8Array) =>
	enterpriseAddress('testnet', {kind: 'key', hash: crypto.blake2b224(crypto.ed25519VerificationKey(seed))});
const textOf = (seed: Uint8Array) => keyAddress(crypto.ed25519VerificationKey(seed));
const FUND = 100_000_000n;
const FEE = 200_000n;
const GENESIS = {txId: new Uint8Array(32), index: 0};

const start = (dataDir: string) => startTestDevnet(dataDir, [{address: textOf(ALICE), lovelace: FUND}]);
const advance = (devnet: CardanoDevnet, slots: number) => ask(`${devnet.url}/devnet/advance`, {slots});
const submit = (devnet: CardanoDevnet, cbor: string) =>
	rpc(devnet, 'submitTransaction', {transaction: {cbor}});

const payment = (change: Partial<PlainPayment> = {}): PlainPayment => ({
	seed: ALICE,
	input: GENESIS,
	outputs: [
		{address: addressOf(BOB), lovelace: 10_000_000n},
		{address: addressOf(ALICE), lovelace: FUND - 10_000_000n - FEE},
	],
	fee: FEE,
	...change,
});

const tipOf = async (devnet: CardanoDevnet) =>
	(await ask(`${devnet.url}/checkpoints`)).json as {slot_no: number; header_hash: string}[];
const matches = async (devnet: CardanoDevnet, query: string) =>
	(await ask(`${devnet.url}/matches/${query}`)).json as Record<string, unknown>[];

test('a payment is in the next block, with its place, and its input is spent there', async t => {
	const devnet = await start(await temporaryFolder(t));
	t.teardown(() => devnet.stop());
	const {id, cbor} = plainPayment(payment());
	t.like(await submit(devnet, cbor), {status: 200, json: {result: {transaction: {id: toHex(id)}}}});
	t.deepEqual(await matches(devnet, `*@${toHex(id)}?unspent`), []);
	await advance(devnet, 3);
	const [block] = ((await ask(`${devnet.url}/checkpoints/1`)).json as object) ? await tipOf(devnet) : [];
	t.is(block?.slot_no, 3);
	const point = (await ask(`${devnet.url}/checkpoints/1`)).json;
	const [paid] = await matches(devnet, `${textOf(BOB)}?unspent`);
	t.like(paid, {
		transaction_id: toHex(id),
		transaction_index: 0,
		output_index: 0,
		address: textOf(BOB),
		value: {coins: 10_000_000, assets: {}},
		datum_hash: null,
		created_at: point,
		spent_at: null,
	});
	const all = await matches(devnet, `${textOf(ALICE)}?order=oldest_first`);
	t.like(all, [
		{created_at: {slot_no: 0}, spent_at: point},
		{output_index: 1, spent_at: null},
	]);
	t.is((await matches(devnet, `*?created_after=0&created_before=2`)).length, 2);
	t.is((await matches(devnet, `*?created_after=1`)).length, 0);
	t.is((await matches(devnet, `*?spent`)).length, 1);
});

const REFUSED: readonly (readonly [string, Partial<PlainPayment>])[] = [
	['inflates money', {outputs: [{address: addressOf(BOB), lovelace: FUND * 50_000n}]}],
	['pays too small a fee', {fee: 1_000n, outputs: [{address: addressOf(BOB), lovelace: FUND - 1_000n}]}],
	[
		'makes an output of one lovelace',
		{
			outputs: [
				{address: addressOf(BOB), lovelace: 1n},
				{address: addressOf(ALICE), lovelace: FUND - FEE - 1n},
			],
		},
	],
	['spends what is not there', {input: {txId: new Uint8Array(32).fill(9), index: 0}}],
	['is signed by somebody else', {seed: BOB}],
	['has expired', {validUntil: 1}],
	['declares that its scripts fail', {isValid: false}],
];

for (const [what, change] of REFUSED)
	test(`the ledger refuses a transaction that ${what}`, async t => {
		const devnet = await start(await temporaryFolder(t));
		t.teardown(() => devnet.stop());
		await advance(devnet, 1);
		const {json, status} = await submit(devnet, plainPayment(payment(change)).cbor);
		t.is(status, 400);
		const {error} = json as {error: {code: number; message: string; data: {code: string}}};
		t.regex(error.data.code, /^CARDANO_TRANSACTION_(?:REFUSED|DECLARES_FAILURE)$/);
		t.true(error.message.length > 10);
		await advance(devnet, 1);
		t.like((await ask(`${devnet.url}/devnet`)).json, {transactions: 0});
	});

test('refuses bytes that are no transaction and spends nothing twice', async t => {
	const devnet = await start(await temporaryFolder(t));
	t.teardown(() => devnet.stop());
	const {cbor} = plainPayment(payment());
	for (const bad of ['', '00', 'zz', cbor.slice(0, -2), `${cbor}00`, '9f'.repeat(9_000)]) {
		const {status, json} = await submit(devnet, bad);
		t.is(status, 400, bad.slice(0, 20));
		t.truthy((json as {error: unknown}).error);
	}
	t.is((await submit(devnet, cbor)).status, 200);
	t.is((await submit(devnet, cbor)).status, 400);
});

test('blocks are linked: the same history has the same hashes, another has others', async t => {
	const one = await start(await temporaryFolder(t));
	const other = await start(await temporaryFolder(t));
	t.teardown(() => Promise.all([one.stop(), other.stop()]));
	await advance(one, 2);
	await advance(other, 2);
	t.deepEqual(await tipOf(one), await tipOf(other));
	await submit(one, plainPayment(payment()).cbor);
	await advance(one, 1);
	await advance(other, 1);
	const [a] = await tipOf(one);
	const [b] = await tipOf(other);
	t.is(a?.slot_no, b?.slot_no);
	t.not(a?.header_hash, b?.header_hash);
});

test('a restart replays the log and cuts a torn last line', async t => {
	const folder = await temporaryFolder(t);
	const first = await start(folder);
	const {id, cbor} = plainPayment(payment());
	await advance(first, 4);
	await submit(first, cbor);
	await advance(first, 2);
	const before = [await tipOf(first), await matches(first, '*?order=oldest_first')];
	await first.stop();
	await appendFile(path.join(folder, 'cardano-devnet.log'), '["transaction",9,"84a4');
	const second = await start(folder);
	t.deepEqual([await tipOf(second), await matches(second, '*?order=oldest_first')], before);
	t.is((await matches(second, `*@${toHex(id)}`)).length, 2);
	await second.stop();
	const file = path.join(folder, 'cardano-devnet.log');
	const lines = (await readFile(file, 'utf8')).split('\n');
	await writeFile(file, [lines[0], '["rubbish"]', ...lines.slice(1)].join('\n'));
	await t.throwsAsync(start(folder), {code: 'CARDANO_DEVNET_LOG_CORRUPT'});
});

test('a rollback undoes blocks and what they held; the new blocks are another fork', async t => {
	const folder = await temporaryFolder(t);
	const devnet = await start(folder);
	await advance(devnet, 2);
	await submit(devnet, plainPayment(payment()).cbor);
	await advance(devnet, 3);
	const lost = (await ask(`${devnet.url}/checkpoints/3`)).json;
	t.like(await ask(`${devnet.url}/devnet/rollback`, {blocks: 3}), {json: {tip: {slot: 2}, transactions: 0}});
	await advance(devnet, 3);
	t.notDeepEqual((await ask(`${devnet.url}/checkpoints/3`)).json, lost);
	t.is((await matches(devnet, `${textOf(BOB)}`)).length, 0);
	t.is((await submit(devnet, plainPayment(payment()).cbor)).status, 200);
	await advance(devnet, 1);
	const after = await tipOf(devnet);
	await devnet.stop();
	const again = await start(folder);
	t.teardown(() => again.stop());
	t.deepEqual(await tipOf(again), after);
});

test('answers bad requests with a code and goes on', async t => {
	const devnet = await start(await temporaryFolder(t));
	t.teardown(() => devnet.stop());
	const statusOf = async (url: string, init?: RequestInit) => (await fetch(devnet.url + url, init)).status;
	const json = {'content-type': 'application/json'};
	t.is(await statusOf('/nowhere'), 404);
	t.is(await statusOf('/matches/addr_test1nonsense'), 400);
	t.is(await statusOf('/matches/%'), 400);
	t.is(await statusOf('/matches/*?created_after=x'), 400);
	t.is(await statusOf(`/matches/${'a'.repeat(3_000)}`), 414);
	t.is(await statusOf('/', {method: 'PUT', body: '{}'}), 405);
	t.is(await statusOf('/', {method: 'POST', body: '{}'}), 415);
	t.is(await statusOf('/', {method: 'POST', headers: json, body: 'no json'}), 400);
	t.is(await statusOf('/', {method: 'POST', headers: json, body: ' '.repeat(70_000)}), 413);
	t.is(await statusOf('/devnet/advance', {method: 'POST', headers: json, body: '{"slots":-1}'}), 400);
	t.is(await statusOf('/devnet/rollback', {method: 'POST', headers: json, body: '{}'}), 400);
	t.is(await statusOf('/health'), 200);
});

test('two devnets cannot share a port, and a folder has one owner', async t => {
	const folder = await temporaryFolder(t);
	const devnet = await start(folder);
	t.teardown(() => devnet.stop());
	const {startCardanoDevnet} = await import('#node/adapters/cardano-devnet/start-cardano-devnet');
	const options = {hasher: crypto, dataDir: await temporaryFolder(t), port: devnet.port, funds: []};
	await t.throwsAsync(startCardanoDevnet(options), {code: 'CARDANO_DEVNET_PORT_IN_USE'});
	await writeFile(path.join(folder, 'cardano-devnet.lock'), String(process.ppid));
	await t.throwsAsync(startCardanoDevnet({...options, port: 0, dataDir: folder}), {
		code: 'CARDANO_DEVNET_DATA_IN_USE',
	});
});
