/** `dcloud checkpoint conflict` as processes of their own, on a real folder and a scripted Kupo. */
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {defined} from '#kernel/assert';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, type HeaderHash} from '#kernel/hash';
import {genesisToJson} from '#ledger/genesis/genesis';
import {createSystemClock} from '#node/adapters/system-clock';
import {ChainService} from '#node/services/chain/chain-service';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {openChainStores} from '#node/stopped-chain';
import {checkpointDatum} from '#onchain/data/checkpoint-data';
import {testGenesis} from '../support/ledger-genesis.ts';
import {hashOfMcSlot, QuickChain, quickGenesis} from '../support/quick-chain.ts';
import {runCli} from '../support/run-cli.ts';
import {
	bridge,
	checkpoint,
	checkpointOutput,
	matchOf,
	registry,
	scripted,
	serve,
} from '../support/scripted-kupo.ts';
import {silentLog} from '../support/silent-log.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const genesis = quickGenesis({
	cardano: {
		...testGenesis().cardano,
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
	},
});
const world = new QuickChain(genesis);
const blocks = [...world.until(54), world.confirm(1), ...world.until(120)];
world.checkpoint(2);
const [first, second] = world.known.map(known => defined(known, 'a checkpoint'));
const lying = {...defined(second, 'period 2'), blockHash: hashOfMcSlot(9) as HeaderHash};

/** A Kupo that shows these checkpoints. */
const kupo = (t: ExecutionContext, shown: readonly (typeof lying)[]): Promise<string> =>
	serve(
		t,
		scripted({
			checkpoint: shown.map((datum, index) =>
				matchOf(
					checkpointOutput(
						{slot: 11 + index, transaction: 0, output: 0},
						datum.period,
						checkpointDatum.encode(datum),
					),
				),
			),
			tip: 40,
		}),
	);

const stoppedNode = async (t: ExecutionContext): Promise<string> => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'genesis.json'), genesisToJson(genesis));
	await mkdir(path.join(folder, 'node'));
	await writeFile(path.join(folder, 'node', 'last-signed-slot'), 'kept');
	const {stores, close} = await openChainStores(path.join(folder, 'node', 'db'), world.network);
	const ports = {...stores, clock: createSystemClock(), log: silentLog, mainChain: createBlindWatcher()};
	const chain = await ChainService.open(world.network, ports);
	for (const {bytes} of blocks) await chain.considerBlock(bytes);
	await chain.settle();
	await close();
	return folder;
};

const WHERE = ['--data-dir', 'node', '--genesis', 'genesis.json', '--kupo-url'];
const conflict = (folder: string, verb: string, url: string, ...more: readonly string[]) =>
	runCli(folder, 'checkpoint', 'conflict', verb, ...WHERE, url, ...more);
const hex = (bytes: Uint8Array | undefined): string => toHex(defined(bytes, 'a hash'));

test('leaves a chain alone that Cardano made final', async t => {
	const folder = await stoppedNode(t);
	const url = await kupo(t, world.known);
	const shown = await conflict(folder, 'show', url, '--json');
	t.is(shown.stderr, '');
	t.like(JSON.parse(shown.stdout), {lastSharedPeriod: 2, conflictPeriod: null, command: null});
	const resolved = await conflict(folder, 'resolve', url, '--json');
	t.is(resolved.code, 1);
	t.like(JSON.parse(resolved.stderr), {error: {code: 'CHECKPOINT_CONFLICT_NONE', periods: [1, 2]}});
	t.deepEqual((await readdir(path.join(folder, 'node'))).sort(), ['db', 'last-signed-slot']);
	const none = await conflict(folder, 'show', await kupo(t, []));
	t.regex(none.stdout, /Cardano shows no stable checkpoint/);
	const dead = await conflict(folder, 'show', 'http://127.0.0.1:1', '--json');
	t.like(JSON.parse(dead.stderr), {error: {code: 'MAIN_CHAIN_UNREACHABLE'}});
});

test('shows both histories and the safe command, which moves the other chain aside and nothing else', async t => {
	const folder = await stoppedNode(t);
	const url = await kupo(t, [defined(first, 'period 1'), lying]);
	const {stdout} = await conflict(folder, 'show', url);
	t.regex(
		stdout,
		new RegExp(`^ +1 +${hex(first?.blockHash)} +11 +${hex(first?.blockHash)}, block 49 +yes$`, 'm'),
	);
	t.regex(
		stdout,
		new RegExp(`^ +2 +${hex(lying.blockHash)} +12 +${hex(second?.blockHash)}, block 99 +NO$`, 'm'),
	);
	t.regex(stdout, /^same up to +period 1$/m);
	const [, command = ''] = /^ {2}(dcloud .+)$/m.exec(stdout) ?? [];
	const [program, ...words] = command.split(' ');
	t.is(program, 'dcloud');
	const {stores, close} = await openChainStores(path.join(folder, 'node', 'db'), world.network);
	t.truthy(stores);
	t.like(JSON.parse((await runCli(folder, ...words, '--json')).stderr), {
		error: {code: 'DATA_FOLDER_IN_USE'},
	});
	await close();
	const resolved = await runCli(folder, ...words, '--json');
	t.is(resolved.stderr, '');
	const {movedTo, conflictPeriod} = JSON.parse(resolved.stdout) as Record<string, unknown>;
	t.is(conflictPeriod, 2);
	const left = (await readdir(path.join(folder, 'node'))).sort();
	t.deepEqual(left, [path.basename(String(movedTo)), 'last-signed-slot']);
	t.true((await readdir(path.resolve(folder, String(movedTo)))).includes('immutable'));
	t.like(JSON.parse((await runCli(folder, ...words, '--json')).stderr), {error: {code: 'DATABASE_MISSING'}});
});
