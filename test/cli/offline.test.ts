/** What works without a node, as processes of their own on a folder of their own. */
import {chmod, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {BlockNo, Slot} from '#kernel/slot';
import {openBlockDraft} from '#ledger/block/build-body';
import {ledgerEnv} from '#ledger/environment';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import {genesisState} from '#ledger/genesis/genesis-state';
import {checkTransaction} from '#ledger/tx/apply-transaction';
import {decodeTransaction, type Transaction} from '#ledger/tx/transaction';
import {readCertificateFile} from '#node/adapters/certificate-files';
import {loadForgingKeys} from '#node/adapters/forging-key-files';
import {readKesSigningKey} from '#node/adapters/key-files';
import {parseTextEnvelope} from '#node/adapters/text-envelope';
import {crypto} from '../support/crypto.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/** Where a side-chain is on Cardano, as far as a genesis wants to know. */
const cardano = {
	networkMagic: 42,
	checkpointScriptHash: '01'.repeat(28),
	bridgeScriptHash: '02'.repeat(28),
	treasuryScriptHash: '03'.repeat(28),
	registryPolicy: '04'.repeat(28),
	treasuryClaimId: '05'.repeat(32),
	governanceScriptHash: null,
	start: {slot: 0, hash: '06'.repeat(32)},
};

/** The answer of a command that must succeed, as JSON. */
const answer = async (
	t: ExecutionContext,
	folder: string,
	...words: readonly string[]
): Promise<Readonly<Record<string, unknown>>> => {
	const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
	t.is(stderr, '');
	t.is(code, 0, stdout);
	return JSON.parse(stdout) as Record<string, unknown>;
};

const refusal = async (
	t: ExecutionContext,
	folder: string,
	...words: readonly string[]
): Promise<Readonly<Record<string, unknown>>> => {
	const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
	t.is(code, 1);
	t.is(stdout, '');
	const {error} = JSON.parse(stderr) as {readonly error: Record<string, unknown>};
	t.true(typeof error['message'] === 'string' && error['message'] !== '');
	return error;
};

const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

const transactionIn = async (file: string, genesisHash: GenesisHash): Promise<Transaction> => {
	const envelope = parseTextEnvelope(await readFile(file, 'utf8'));
	if (!envelope.ok) throw new TypeError(envelope.error.code);
	const decoded = decodeTransaction({crypto, genesisHash}, envelope.value.cbor);
	if (!decoded.ok) throw new TypeError(decoded.error.code);
	return decoded.value;
};

type Network = {
	/** Has pool/, alice, bob and genesis.json. */
	readonly folder: string;
	readonly poolId: string;
	readonly alice: string;
	readonly bob: string;
	readonly genesisHash: GenesisHash;
};

const test = anyTest as TestFn<Network>;

/** Keys of a pool and of two accounts, and the genesis of a network that has them: for all tests to read. */
test.before(async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-test-'));
	await writeFile(path.join(folder, 'cardano.json'), JSON.stringify(cardano));
	const [pool, alice, bob] = await Promise.all([
		answer(t, folder, 'keys', 'pool', '--out', 'pool', '--kes-period', '3'),
		answer(t, folder, 'account', 'create', '--out', 'alice'),
		answer(t, folder, 'account', 'create', '--out', 'bob'),
	]);
	const poolId = String(pool['poolId']);
	const lines = [`${alice['account']}=1000ADA@${poolId}`, `${bob['account']}=2.5`];
	const created = await answer(
		t,
		folder,
		...['genesis', 'create', '--out', 'genesis.json', '--cardano', 'cardano.json'],
		...['--start', '2026-11-21T00:00:00Z', '--pool', 'pool', '--account', ...lines],
	);
	t.context = {
		folder,
		poolId,
		alice: String(alice['account']),
		bob: String(bob['account']),
		genesisHash: fromHex(String(created['genesisHash'])) as GenesisHash,
	};
});

test.after.always(t => rm(t.context.folder, {recursive: true, force: true}));

test('makes a network from key folders, and a transaction that its ledger takes, without a node', async t => {
	const {folder, poolId, alice, bob, genesisHash} = t.context;
	const shown = await answer(t, folder, 'genesis', 'show', 'genesis.json');
	t.is(shown['genesisHash'], toHex(genesisHash));

	const built = await answer(
		t,
		folder,
		...['tx', 'build', '--sender', alice, '--out', 'tx.json', '--sequence', '0', '--valid-until', '100'],
		...['--genesis-hash', toHex(genesisHash), '--action'],
		JSON.stringify({kind: 'transfer', to: bob, amount: '5000000'}),
	);
	const txFile = path.join(folder, 'tx.json');
	const unsigned = await transactionIn(txFile, genesisHash);
	t.is(toHex(unsigned.id), String(built['txId']));
	t.deepEqual(unsigned.witnesses, []);

	const hash = toHex(genesisHash);
	const signed = await answer(
		t,
		folder,
		...['tx', 'sign', '--tx', 'tx.json', '--key', 'alice.skey', '--genesis-hash', hash],
	);
	t.is(signed['txId'], built['txId']);
	const transaction = await transactionIn(txFile, genesisHash);
	t.is(toHex(transaction.id), String(built['txId']));
	t.deepEqual(transaction.body, unsigned.body);
	t.is(transaction.body.validUntil, Slot(100));
	const [witness, ...others] = transaction.witnesses;
	t.deepEqual(others, []);
	t.true(
		witness !== undefined &&
			crypto.verifyEd25519(witness.signature, transaction.id, witness.verificationKey) &&
			toHex(crypto.blake2b224(witness.verificationKey)) === alice,
	);

	const genesis = parseGenesisJson(await readFile(path.join(folder, 'genesis.json'), 'utf8'));
	if (!genesis.ok) return t.fail(genesis.error.code);
	const env = ledgerEnv(crypto, genesis.value);
	t.deepEqual(env.genesisHash, genesisHash);
	t.deepEqual(
		env.genesis.accounts.map(({account, balance, pool}) => [toHex(account), balance, pool && toHex(pool)]),
		[
			[alice, Lovelace(1_000_000_000n), poolId],
			[bob, Lovelace(2_500_000n), null],
		],
	);
	t.is(env.genesis.systemStartMs, Date.UTC(2026, 10, 21));
	const place = {slot: Slot(10), blockNo: BlockNo(0)};
	const draft = openBlockDraft(env, genesisState(env), {...place, prevHash: null, praosRoot: null});
	const envelope = parseTextEnvelope(await readFile(txFile, 'utf8'));
	const taken = envelope.ok && checkTransaction(env, draft, place, envelope.value.cbor);
	t.deepEqual(taken && (taken.ok ? taken.value.id : taken.error), transaction.id);
});

test('adds the witnesses of several keys one after the other, each once, and keeps those that are there', async t => {
	const {folder, alice, poolId, genesisHash} = t.context;
	const hash = toHex(genesisHash);
	await writeFile(
		path.join(folder, 'retire.json'),
		JSON.stringify({kind: 'pool-retire', pool: poolId, epoch: 3}),
	);
	await answer(
		t,
		folder,
		...['tx', 'build', '--sender', alice, '--action', 'retire.json', '--out', 'retire-tx.json'],
		...['--sequence', '0', '--genesis-hash', hash, '--witnesses', '2'],
	);
	const sign = (...keys: readonly string[]) =>
		answer(t, folder, 'tx', 'sign', '--tx', 'retire-tx.json', '--genesis-hash', hash, '--key', ...keys);
	t.is((await sign('alice.skey'))['witnesses'], 1);
	t.is((await sign('alice.skey', 'pool/cold.skey'))['witnesses'], 2);
	const {id, witnesses} = await transactionIn(path.join(folder, 'retire-tx.json'), genesisHash);
	t.true(
		witnesses.every(({signature, verificationKey}) => crypto.verifyEd25519(signature, id, verificationKey)),
	);
	t.deepEqual(
		witnesses.map(({verificationKey}) => toHex(crypto.blake2b224(verificationKey))).sort(byCode),
		[alice, poolId].sort(byCode),
	);
});

test('signs a transaction that is as long as one may be', async t => {
	const {folder, alice, genesisHash} = t.context;
	const hash = toHex(genesisHash);
	const proof = 'ab'.repeat(8000);
	const ids = {vacated: hash, successor: hash, pieceId: hash};
	const claim = {kind: 'repair-claim', ...ids, pieceLeaves: 1, epoch: 3};
	const action = {...claim, vacatedProof: proof, successorProof: proof};
	await writeFile(path.join(folder, 'claim.json'), JSON.stringify(action));
	await answer(
		t,
		folder,
		...['tx', 'build', '--sender', alice, '--action', 'claim.json', '--out', 'claim-tx.json'],
		...['--sequence', '0', '--genesis-hash', hash],
	);
	await answer(
		t,
		folder,
		...['tx', 'sign', '--tx', 'claim-tx.json', '--key', 'alice.skey', '--genesis-hash', hash],
	);
	const {size, witnesses} = await transactionIn(path.join(folder, 'claim-tx.json'), genesisHash);
	t.true(size > 16_000 && size <= 16_384);
	t.is(witnesses.length, 1);
});

test("a signature for one network is none for another: the id that is signed is the network's own", async t => {
	const {folder, alice, genesisHash} = t.context;
	const build = async (hash: string): Promise<unknown> =>
		(
			await answer(
				t,
				folder,
				...[
					'tx',
					'build',
					'--sender',
					alice,
					'--out',
					'two-networks.json',
					'--sequence',
					'0',
					'--genesis-hash',
					hash,
				],
				...['--action', JSON.stringify({kind: 'delegate', pool: null})],
			)
		)['txId'];
	t.not(await build(toHex(genesisHash)), await build('00'.repeat(32)));
});

test('keeps secret keys for their owner, in files that cardano-cli knows', async t => {
	const {folder} = t.context;
	await answer(t, folder, 'keys', 'operator', '--out', 'operator');
	const pool = path.join(folder, 'pool');
	const files = (await readdir(pool)).map(file => path.join(pool, file));
	const others = ['alice.skey', 'alice.vkey', 'operator.skey', 'operator.vkey'];
	for (const file of [...files, ...others.map(name => path.join(folder, name))])
		t.is(await modeOf(file), file.endsWith('.skey') ? 0o600 : 0o644, file);
	const types = await Promise.all(
		files.map(async file => (JSON.parse(await readFile(file, 'utf8')) as {readonly type: string}).type),
	);
	t.deepEqual(
		types.sort(byCode),
		[
			'StakePoolSigningKey_ed25519',
			'StakePoolVerificationKey_ed25519',
			'VrfSigningKey_PraosVRF',
			'VrfVerificationKey_PraosVRF',
			'KesSigningKey_ed25519_kes_2^6',
			'KesVerificationKey_ed25519_kes_2^6',
			'DCloudCheckpointSigningKey_ed25519',
			'DCloudCheckpointVerificationKey_ed25519',
			'NodeOperationalCertificate',
			'NodeOperationalCertificateIssueCounter',
		].sort(byCode),
	);
	const keys = await loadForgingKeys(crypto, {
		vrfSigningKeyFile: path.join(pool, 'vrf.skey'),
		kesSigningKeyFile: path.join(pool, 'kes.skey'),
		certificateFile: path.join(pool, 'node.cert'),
	});
	t.is(keys.operationalCertificate.counter, 0n);
	t.is(keys.operationalCertificate.startPeriod, 3n);
});

test('renews a KES key with the next certificate, and the old key is gone', async t => {
	const folder = await temporaryFolder(t);
	await answer(t, folder, 'keys', 'pool', '--out', 'pool');
	const kesFile = path.join(folder, 'pool', 'kes.skey');
	const before = await readKesSigningKey(kesFile);
	t.is((await answer(t, folder, 'keys', 'renew', '--keys', 'pool', '--kes-period', '60'))['counter'], '1');
	t.notDeepEqual(await readKesSigningKey(kesFile), before);
	const {certificate} = await readCertificateFile(crypto, path.join(folder, 'pool', 'node.cert'));
	t.deepEqual([certificate.counter, certificate.startPeriod], [1n, 60n]);
	t.is(await modeOf(kesFile), 0o600);
});

test('does not write over a key', async t => {
	const folder = await temporaryFolder(t);
	await answer(t, folder, 'account', 'create', '--out', 'alice');
	const before = await readFile(path.join(folder, 'alice.skey'), 'utf8');
	t.is((await refusal(t, folder, 'account', 'create', '--out', 'alice'))['code'], 'FILE_EXISTS');
	t.is(await readFile(path.join(folder, 'alice.skey'), 'utf8'), before);
});

test('signs with no key that others may read, and says what to do', async t => {
	const folder = await temporaryFolder(t);
	const {account} = await answer(t, folder, 'account', 'create', '--out', 'alice');
	const hash = '00'.repeat(32);
	await answer(
		t,
		folder,
		...['tx', 'build', '--sender', String(account), '--out', 'tx.json', '--sequence', '0'],
		...['--genesis-hash', hash, '--action', JSON.stringify({kind: 'delegate', pool: null})],
	);
	await chmod(path.join(folder, 'alice.skey'), 0o640);
	const error = await refusal(
		t,
		folder,
		...['tx', 'sign', '--tx', 'tx.json', '--key', 'alice.skey', '--genesis-hash', hash],
	);
	t.is(error['code'], 'KEY_FILE_OPEN');
	t.regex(String(error['message']), /chmod 600/);
	t.deepEqual(
		(await transactionIn(path.join(folder, 'tx.json'), fromHex(hash) as GenesisHash)).witnesses,
		[],
	);
});

test('refuses a genesis that breaks a bound, names a field that is wrong, and is never half made', async t => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'cardano.json'), JSON.stringify(cardano));
	await writeFile(path.join(folder, 'wrong.json'), JSON.stringify({...cardano, bridgeScriptHash: 'ab'}));
	await writeFile(path.join(folder, 'no.json'), 'no JSON');
	const create = (...words: readonly string[]) =>
		refusal(t, folder, 'genesis', 'create', '--out', 'genesis.json', ...words);
	const [poolless, wrong, absent, text, start, account, profile] = await Promise.all([
		create('--cardano', 'cardano.json'),
		create('--cardano', 'wrong.json'),
		create('--cardano', 'absent.json'),
		create('--cardano', 'no.json'),
		create('--cardano', 'cardano.json', '--start', 'tomorrow'),
		create('--cardano', 'cardano.json', '--account', 'alice=5'),
		create('--cardano', 'cardano.json', '--profile', 'toString'),
	]);
	t.like(poolless, {code: 'GENESIS_OUT_OF_BOUNDS', field: 'pools'});
	t.like(wrong, {code: 'GENESIS_FIELD_WRONG', field: 'cardano.bridgeScriptHash'});
	t.is(absent?.['code'], 'FILE_NOT_JSON');
	t.is(text?.['code'], 'FILE_NOT_JSON');
	for (const error of [start, account, profile]) t.is(error?.['code'], 'OPTION_MALFORMED');
	t.deepEqual((await readdir(folder)).sort(byCode), ['cardano.json', 'no.json', 'wrong.json']);
});
