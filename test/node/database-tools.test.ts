/** What `dcloud db check | repair` do, on real folders. */
import {cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {assert, defined} from '#kernel/assert';
import {genesisToJson} from '#ledger/genesis/genesis';
import {createSystemClock} from '#node/adapters/system-clock';
import {checkDatabase, type DatabaseCheck, type RepairReport, repairDatabase} from '#node/database-tools';
import type {StoredBlock} from '#node/ports/chain-store';
import {pruneDatabase} from '#node/prune-database';
import {ChainService} from '#node/services/chain/chain-service';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {openChainStores} from '#node/stopped-chain';
import {crypto} from '../support/crypto.ts';
import {flipped} from '../support/praos.ts';
import {QuickChain, quickGenesis} from '../support/quick-chain.ts';
import {runCli} from '../support/run-cli.ts';
import {silentLog} from '../support/silent-log.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const genesis = quickGenesis();
const world = new QuickChain(genesis);
const {network} = world;
const blocks = world.until(119);
const {signal} = new AbortController();

const optionsFor = (folder: string) => ({
	dataDir: path.join(folder, 'node'),
	genesis: path.join(folder, 'genesis.json'),
	crypto,
	log: silentLog,
	signal,
});

let original: string;
test.before(async () => {
	original = await mkdtemp(path.join(tmpdir(), 'dcloud-test-'));
	await writeFile(path.join(original, 'genesis.json'), genesisToJson(genesis));
	await mkdir(path.join(original, 'node', 'db'), {recursive: true});
	await goOn(original);
});
test.after.always(() => rm(original, {recursive: true, force: true}));

/** Hands a node the blocks that it lacks, as peers would; returns the number of its tip. */
const goOn = async (folder: string): Promise<number> => {
	const {stores, close} = await openChainStores(path.join(folder, 'node', 'db'), network);
	try {
		const ports = {...stores, clock: createSystemClock(), log: silentLog, mainChain: createBlindWatcher()};
		const chain = await ChainService.open(network, ports);
		const {tip} = chain;
		for (const {bytes} of blocks.slice(tip === 'origin' ? 0 : tip.blockNo + 1)) {
			const verdict = await chain.considerBlock(bytes);
			assert(verdict.ok, `a block was refused: ${verdict.ok ? '' : verdict.error.code}`);
		}
		await chain.settle();
		return chain.tip === 'origin' ? -1 : chain.tip.blockNo;
	} finally {
		await close();
	}
};

const stopped = async (t: ExecutionContext): Promise<string> => {
	const folder = await temporaryFolder(t);
	await cp(original, folder, {recursive: true});
	return folder;
};

const check = (folder: string, full = true): Promise<DatabaseCheck> =>
	checkDatabase({...optionsFor(folder), full});
const repair = (folder: string): Promise<RepairReport> => repairDatabase(optionsFor(folder));

const isGood = ({files, chain}: DatabaseCheck): boolean =>
	files.every(({problem}) => problem === undefined) && chain?.problems.length === 0;

const fileOf = async (folder: string, part: string, end: string): Promise<string> => {
	const inside = path.join(folder, 'node', 'db', part);
	const name = (await readdir(inside)).find(each => each.endsWith(end));
	return path.join(inside, defined(name, 'there is such a file'));
};

/** Blocks that are final for long are in the immutable part alone. */
const forgetVolatile = (folder: string): Promise<void> =>
	rm(path.join(folder, 'node', 'db', 'volatile'), {recursive: true});

const flip = async (file: string, at: (length: number) => number): Promise<void> => {
	const bytes = new Uint8Array(await readFile(file));
	await writeFile(file, flipped(bytes, at(bytes.length)));
};

test('finds a whole database good, and has nothing to repair', async t => {
	const folder = await stopped(t);
	const found = await check(folder);
	t.true(isGood(found));
	t.like(found.chain, {firstBlockNo: 0, lastBlockNo: 114, judgedAfter: -1});
	t.deepEqual(await repair(folder), {steps: [], movedTo: null, indexRebuilt: false, tipBlockNo: 119});
});

test('prunes nothing that a snapshot or the last file still needs, and says so', async t => {
	const folder = await stopped(t);
	const report = await pruneDatabase(optionsFor(folder));
	t.like(report, {chunks: 0, blocks: 0, bytesFreed: 0});
	t.true(isGood(await check(folder)));
	const words = ['db', 'prune', '--data-dir', 'node', '--genesis', 'genesis.json'];
	const {code, stdout} = await runCli(folder, ...words);
	t.is(code, 0);
	t.is(stdout, `nothing to prune before block ${report.beforeNo}\n`);
});

test('cuts before a damaged block, moves it aside, and peers bring what is missing', async t => {
	for (const part of [0.02, 0.3, 0.7, 0.99]) {
		const folder = await stopped(t);
		await forgetVolatile(folder);
		await flip(await fileOf(folder, 'immutable', '.blocks'), length => Math.floor(part * length));
		const found = await check(folder);
		t.false(isGood(found));
		t.is(found.chain, null);
		const {steps, movedTo, tipBlockNo} = await repair(folder);
		t.true(steps.some(({kind}) => kind === 'cut'));
		t.is(path.dirname(movedTo ?? ''), path.join(folder, 'node'));
		t.true(tipBlockNo < 114, `${tipBlockNo}`);
		t.true(isGood(await check(folder)));
		t.is(await goOn(folder), 119);
		t.true(isGood(await check(folder)));
	}
});

test('takes a damaged block from the volatile part while it is there', async t => {
	const folder = await stopped(t);
	await flip(await fileOf(folder, 'immutable', '.blocks'), length => length >> 1);
	t.is((await repair(folder)).tipBlockNo, 119);
	t.true(isGood(await check(folder)));
});

test('a node that would find a damaged block names the command', async t => {
	const folder = await stopped(t);
	await flip(await fileOf(folder, 'immutable', '.blocks'), length => length >> 1);
	await rm(path.join(folder, 'node', 'db', 'clean'));
	await forgetVolatile(folder);
	const error = await t.throwsAsync(goOn(folder), {code: 'STORE_CORRUPT'});
	t.regex(error?.message ?? '', /dcloud db repair/);
});

test('does without a damaged snapshot', async t => {
	const folder = await stopped(t);
	await flip(await fileOf(folder, 'snapshots', '.snapshot'), length => length >> 1);
	t.false(isGood(await check(folder, false)));
	const {steps, tipBlockNo} = await repair(folder);
	t.is(steps.length, 1);
	t.is(steps[0]?.kind, 'moved');
	t.is(tipBlockNo, 119);
	t.true(isGood(await check(folder)));
});

test('makes an index anew that lacks blocks', async t => {
	const folder = await stopped(t);
	await rm(path.join(folder, 'node', 'db', 'index'), {recursive: true});
	const {stores, close} = await openChainStores(path.join(folder, 'node', 'db'), network);
	const tip = defined(stores.chainStore.immutableTip(), 'there are final blocks');
	await stores.chainIndex.add([{...tip, txIds: [], accountEntries: [], events: []}]);
	await close();
	t.like((await check(folder)).chain?.problems[0], {code: 'CHECK_INDEX_WRONG'});
	t.like(await repair(folder), {steps: [], indexRebuilt: true, tipBlockNo: 119});
	t.true(isGood(await check(folder)));
});

test('cuts before a block whose checksum is good and that is not the one that belongs there', async t => {
	const folder = await stopped(t);
	await rm(path.join(folder, 'node', 'db'), {recursive: true});
	await mkdir(path.join(folder, 'node', 'db'));
	const {stores, close} = await openChainStores(path.join(folder, 'node', 'db'), network);
	const stored = blocks.map(
		({header: {hash, prevHash, blockNo, slot}, bytes}): StoredBlock => ({
			hash,
			prevHash,
			blockNo,
			slot,
			bytes: blockNo === 30 ? flipped(bytes, bytes.length - 1) : bytes,
		}),
	);
	for (const block of stored) await stores.chainStore.putBlock(block);
	const placeAt = (at: number) => {
		const {hash, blockNo, slot} = defined(stored[at], 'a block');
		return {hash, blockNo, slot};
	};
	await stores.chainStore.select({tip: placeAt(60).hash, anchor: placeAt(55)});
	await stores.chainStore.archive();
	await close();
	const found = await check(folder, false);
	t.true(found.files.every(({problem}) => problem === undefined));
	t.like(found.chain?.problems[0], {code: 'CHECK_BLOCK_DAMAGED', blockNo: 30});
	const {steps, tipBlockNo} = await repair(folder);
	t.like(
		steps.find(({kind}) => kind === 'cut'),
		{fromBlockNo: 30, lastBlockNo: 55},
	);
	t.is(tipBlockNo, 29);
	t.is(await goOn(folder), 119);
	t.true(isGood(await check(folder)));
});

test('tells it in words and by its exit code', async t => {
	const folder = await stopped(t);
	const words = ['--data-dir', 'node', '--genesis', 'genesis.json'];
	const good = await runCli(folder, 'db', 'check', ...words, '--full');
	t.is(good.code, 0, good.stderr);
	t.regex(good.stdout, /^judged again +everything from the genesis on$/m);
	t.regex(good.stdout, /all of it is good/);
	await flip(await fileOf(folder, 'immutable', '.blocks'), length => length >> 1);
	const bad = await runCli(folder, 'db', 'check', ...words, '--json');
	t.is(bad.code, 1);
	t.like(JSON.parse(bad.stdout), {good: false, needsRepair: true, chain: null});
	const repaired = await runCli(folder, 'db', 'repair', ...words);
	t.is(repaired.code, 0, repaired.stderr);
	t.regex(repaired.stdout, /^cut before block \d+: peers bring \d+ to 114 again$/m);
	t.regex(repaired.stdout, /^the node goes on from block \d+$/m);
	t.is((await runCli(folder, 'db', 'check', ...words)).code, 0);
});

test('leaves a folder alone that a process uses, or that has no database', async t => {
	const folder = await stopped(t);
	const {close} = await openChainStores(path.join(folder, 'node', 'db'), network);
	await t.throwsAsync(check(folder), {code: 'DATA_FOLDER_IN_USE'});
	await t.throwsAsync(repair(folder), {code: 'DATA_FOLDER_IN_USE'});
	await close();
	await rm(path.join(folder, 'node', 'db'), {recursive: true});
	await t.throwsAsync(check(folder), {code: 'DATABASE_MISSING'});
	await t.throwsAsync(repair(folder), {code: 'DATABASE_MISSING'});
});
