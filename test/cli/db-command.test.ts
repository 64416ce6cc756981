/** `dcloud db` as processes of their own, on real folders and a scripted Kupo. */
import {cp, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {genesisToJson} from '#ledger/genesis/genesis';
import {connectControl} from '#node/adapters/control-client';
import {createSystemClock} from '#node/adapters/system-clock';
import {type RunningNode, startNode} from '#node/compose';
import {readConfig} from '#node/config';
import {ChainService} from '#node/services/chain/chain-service';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {importFromFile} from '#node/snapshot-tools';
import {openChainStores} from '#node/stopped-chain';
import {checkpointDatum} from '#onchain/data/checkpoint-data';
import {crypto} from '../support/crypto.ts';
import {testGenesis} from '../support/ledger-genesis.ts';
import {flipped} from '../support/praos.ts';
import {delegator} from '../support/producer.ts';
import {hashOfMcSlot, QuickChain, quickGenesis} from '../support/quick-chain.ts';
import {runCli} from '../support/run-cli.ts';
import {
	bridge,
	checkpoint,
	checkpointOutput,
	deposit,
	depositEvent,
	matchOf,
	registry,
	scripted,
	serve,
} from '../support/scripted-kupo.ts';
import {silentLog} from '../support/silent-log.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const {cardano} = testGenesis();
const genesis = quickGenesis({
	cardano: {
		...cardano,
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
	},
});
const world = new QuickChain(genesis);
const {network} = world;
const depositPlace = {slot: 12, transaction: 0, output: 0};
const {account} = delegator(0);
const blocks = [...world.until(54), world.confirm(1), ...world.until(70)];
blocks.push(world.block({events: [depositEvent(depositPlace, 7_000_000, account)]}), ...world.until(99));
const [first] = world.known;

const kupo = (t: ExecutionContext, datum = checkpointDatum.encode(first as NonNullable<typeof first>)) =>
	serve(
		t,
		scripted({
			checkpoint: [matchOf(checkpointOutput({slot: 11, transaction: 0, output: 0}, 1, datum))],
			bridge: [matchOf(deposit(depositPlace, 7_000_000, account))],
			hash: slot => (slot === cardano.start.slot ? cardano.start.hash : hashOfMcSlot(slot)),
			tip: 40,
		}),
	);

/** A folder with the genesis, and below it the data folder of a node that has stopped. */
const makeStoppedNode = async (folder: string): Promise<void> => {
	await writeFile(path.join(folder, 'genesis.json'), genesisToJson(genesis));
	await mkdir(path.join(folder, 'old'));
	const {stores, close} = await openChainStores(path.join(folder, 'old', 'db'), network);
	const clock = createSystemClock();
	const chain = await ChainService.open(network, {
		...stores,
		clock,
		log: silentLog,
		mainChain: createBlindWatcher(),
	});
	for (const {bytes} of blocks) await chain.considerBlock(bytes);
	await chain.settle();
	await close();
};

let original: string;
test.before(async () => {
	original = await mkdtemp(path.join(tmpdir(), 'dcloud-test-'));
	await makeStoppedNode(original);
});
test.after.always(() => rm(original, {recursive: true, force: true}));

const stoppedNode = async (t: ExecutionContext): Promise<string> => {
	const folder = await temporaryFolder(t);
	await cp(original, folder, {recursive: true});
	return folder;
};

type Json = Readonly<Record<string, unknown>>;

const succeed = async (t: ExecutionContext, folder: string, ...words: readonly string[]): Promise<Json> => {
	const {code, stdout, stderr} = await runCli(folder, 'db', ...words, '--json');
	t.is(stderr, '');
	t.is(code, 0);
	return JSON.parse(stdout) as Json;
};

const refusal = async (t: ExecutionContext, folder: string, ...words: readonly string[]): Promise<Json> => {
	const {code, stdout, stderr} = await runCli(folder, 'db', ...words, '--json');
	t.is(stdout, '');
	t.is(code, 1);
	return (JSON.parse(stderr) as {readonly error: Json}).error;
};

const exportWords = ['export', 'snap', '--data-dir', 'old', '--genesis', 'genesis.json'];
const importWords = ['import', 'snap', '--data-dir', 'new', '--genesis', 'genesis.json'];

test('a new node begins with the file of an old one, verified against Cardano', async t => {
	const folder = await stoppedNode(t);
	const url = await kupo(t);
	const written = await succeed(t, folder, ...exportWords);
	t.like(written, {
		period: 1,
		blockNo: 49,
		blocks: 45,
		running: false,
		stateRoot: toHex(first?.stateRoot ?? Uint8Array.of()),
	});
	t.like(await refusal(t, folder, ...exportWords), {code: 'FILE_EXISTS'});
	const read = await succeed(t, folder, ...importWords, '--kupo-url', url);
	t.like(read, {
		period: 1,
		stateRoot: written['stateRoot'],
		verifiedBy: 'checkpoint on Cardano',
		blocks: 45,
		bytes: written['bytes'],
	});
	t.deepEqual(await readdir(path.join(folder, 'new')), ['db']);
	t.like(await refusal(t, folder, ...importWords, '--kupo-url', url), {code: 'DATABASE_EXISTS'});
	const again = await succeed(t, folder, 'export', 'snap2', '--data-dir', 'new', '--genesis', 'genesis.json');
	// Five more blocks have become final in neither: the new chain ends where the file did, five below it is final.
	t.like(again, {period: 1, blocks: 40});
	const words = ['import', 'snap2', '--data-dir', 'third', '--genesis', 'genesis.json'];
	const root = String(written['stateRoot']);
	t.like(await succeed(t, folder, ...words, '--trust-state-root', root), {
		verifiedBy: 'trusted state root',
		blocks: 40,
	});
});

test('a running node writes the file as well, and serves what it imported', async t => {
	const folder = await stoppedNode(t);
	const start = async (dataDir: string): Promise<RunningNode> => {
		const flags = {dataDir: path.join(folder, dataDir), genesis: path.join(folder, 'genesis.json')};
		const node = await startNode(await readConfig({flags, environment: {}}));
		t.teardown(() => node.stop());
		return node;
	};
	await start('old');
	t.like(await succeed(t, folder, 'export', 'snap', '--data-dir', 'old'), {running: true, blocks: 45});
	t.like(await refusal(t, folder, 'export', 'snap2', '--data-dir', 'old', '--period', '7'), {
		code: 'EXPORT_STATE_NOT_KEPT',
	});
	t.like(await refusal(t, folder, 'check', '--data-dir', 'old', '--genesis', 'genesis.json'), {
		code: 'DATA_FOLDER_IN_USE',
	});
	await succeed(t, folder, ...importWords, '--kupo-url', await kupo(t));
	await start('new');
	const client = await connectControl(path.join(folder, 'new'));
	t.is((await client.status()).tip?.blockNo, 94);
	t.is((await client.block(60))?.blockNo, 60);
	t.is(await client.block(10), undefined);
	t.like(await succeed(t, folder, 'export', 'snap2', '--data-dir', 'new'), {running: true, blocks: 40});
});

test('says in words what it did and what is wrong', async t => {
	const folder = await stoppedNode(t);
	const exported = await runCli(folder, 'db', ...exportWords);
	t.is(exported.code, 0);
	t.regex(exported.stdout, /^file +snap: .+ from the folder of a stopped node$/m);
	t.regex(exported.stdout, /^period +1, closed after block 49, [0-9a-f]{64}$/m);
	const url = await kupo(
		t,
		checkpointDatum.encode({...(first as NonNullable<typeof first>), stateRoot: hashOfMcSlot(1)}),
	);
	const refused = await runCli(folder, 'db', ...importWords, '--kupo-url', url);
	t.is(refused.code, 1);
	t.regex(
		refused.stderr,
		/SNAPSHOT_STATE_OTHER: snap is not imported: it does not hold what Cardano vouches for/,
	);
	t.deepEqual(await readdir(path.join(folder, 'new')), []);
	const imported = await runCli(folder, 'db', ...importWords, '--kupo-url', await kupo(t));
	t.regex(imported.stdout, /^verified by +the checkpoint of slot 11 on Cardano$/m);
});

test('is not content with a file that nobody vouches for', async t => {
	const folder = await stoppedNode(t);
	await succeed(t, folder, ...exportWords);
	t.like(await refusal(t, folder, ...importWords), {code: 'IMPORT_NOT_VERIFIABLE'});
	t.like(await refusal(t, folder, ...importWords, '--trust-state-root', 'beef'), {code: 'OPTION_MALFORMED'});
	t.like(await refusal(t, folder, ...importWords, '--trust-state-root', '00'.repeat(32)), {
		code: 'SNAPSHOT_ROOT_UNTRUSTED',
	});
	t.like(await refusal(t, folder, ...importWords, '--kupo-url', 'http://127.0.0.1:1'), {
		code: 'MAIN_CHAIN_UNREACHABLE',
	});
	const url = await serve(t, scripted({tip: 40}));
	t.like(await refusal(t, folder, ...importWords, '--kupo-url', url), {
		code: 'CHECKPOINT_NOT_ON_CARDANO',
		period: 1,
		known: [],
	});
	t.deepEqual(await readdir(path.join(folder, 'new')), []);
});

test('leaves a folder alone that a process uses, and one without a database', async t => {
	const folder = await stoppedNode(t);
	const {close} = await openChainStores(path.join(folder, 'old', 'db'), network);
	t.like(await refusal(t, folder, ...exportWords), {code: 'DATA_FOLDER_IN_USE'});
	await close();
	await succeed(t, folder, ...exportWords);
	const nowhere = ['export', 'snap2', '--data-dir', 'nowhere', '--genesis', 'genesis.json'];
	t.like(await refusal(t, folder, ...nowhere), {code: 'DATABASE_MISSING'});
});

test('an import of a file that is cut off, altered or of another network leaves nothing behind', async t => {
	const folder = await stoppedNode(t);
	await succeed(t, folder, ...exportWords);
	const whole = new Uint8Array(await readFile(path.join(folder, 'snap')));
	const dataDir = path.join(folder, 'new');
	const bad = path.join(folder, 'bad');
	const importing = async (genesisFile = 'genesis.json') =>
		importFromFile({
			dataDir,
			genesis: path.join(folder, genesisFile),
			crypto,
			log: silentLog,
			file: bad,
			trust: {stateRoot: (first as NonNullable<typeof first>).stateRoot},
			checkpointOnly: false,
			signal: new AbortController().signal,
			onBytes: () => undefined,
		});
	for (let part = 0; part < 10; part++) {
		const at = Math.floor((whole.length * part) / 10);
		for (const bytes of [whole.subarray(0, at), flipped(whole, at, part % 8)]) {
			await writeFile(bad, bytes);
			const result = await importing();
			t.regex(result.ok ? '' : result.error.code, /^SNAPSHOT_FILE_/);
			t.deepEqual(await readdir(dataDir), []);
		}
	}
	await writeFile(bad, whole);
	await writeFile(path.join(folder, 'other.json'), genesisToJson({...genesis, networkMagic: 4711}));
	const other = await importing('other.json');
	t.is(other.ok ? '' : other.error.code, 'SNAPSHOT_FILE_OTHER_NETWORK');
	t.true((await importing()).ok);
});

test('an import that is cut off is begun anew by the next one', async t => {
	const folder = await stoppedNode(t);
	await succeed(t, folder, ...exportWords);
	const left = path.join(folder, 'new', 'import', 'db');
	await mkdir(left, {recursive: true});
	await (await open(path.join(left, 'CURRENT'), 'w')).close();
	const url = await kupo(t);
	await succeed(t, folder, ...importWords, '--kupo-url', url);
	t.deepEqual(await readdir(path.join(folder, 'new')), ['db']);
});
