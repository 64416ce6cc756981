/** Relays of Cardano as processes: one takes cardano-node's immutable folder and serves it, another follows, is killed and goes on. */
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createProcessGroup, type Started} from '#cli/demo/processes';
import {defined} from '#kernel/assert';
import {readImmutableFolder} from '#node/adapters/cardano-relay/immutable-folder';
import {askRelay} from '#node/adapters/cardano-relay/relay-api';
import {startCardanoRelay} from '#node/cardano-relay';
import type {CardanoRelayConfig} from '#node/cardano-relay-options';
import {importBlocks} from '#node/services/cardano-relay/import-blocks';
import type {RelayStatus} from '#node/services/cardano-relay/relay-answers';
import {memoryChain, realBlocks, startText} from '../support/cardano-relay.ts';
import {ownPort} from '../support/own-port.ts';
import {type CliRun, runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const {signal} = new AbortController();
const CHUNK = 'test/vectors/cardano/preprod-01285.chunk';

/** Asks until it is so. */
const until = async (database: string, isSo: (status: RelayStatus) => boolean): Promise<RelayStatus> => {
	for (;;) {
		const status = (await askRelay(database, '/status', {signal}).catch(() => undefined)) as
			| RelayStatus
			| undefined;
		if (status !== undefined && isSo(status)) return status;
	}
};

const configOf = (databasePath: string): CardanoRelayConfig => ({
	network: 'preprod',
	shelleyGenesis: undefined,
	databasePath,
	topology: undefined,
	hostAddr: '127.0.0.1',
	port: 0,
	startPoint: undefined,
	protocolState: undefined,
	stakeDistributions: [],
	immutableDb: undefined,
	trustLevel: undefined,
	metricsPort: 'none',
});

const codeOf = (t: ExecutionContext, {code, stderr}: CliRun): string => {
	t.is(code, 1);
	return (JSON.parse(stderr) as {error: {code: string}}).error.code;
};

test('864 real blocks go from one process to another, through a kill in the middle and a restart', async t => {
	const folder = await temporaryFolder(t);
	const immutable = path.join(folder, 'immutable');
	const [serving, following] = [path.join(folder, 'serving'), path.join(folder, 'following')];
	await mkdir(immutable);
	const chunk = new Uint8Array(await readFile(CHUNK));
	const half = realBlocks.slice(0, 400).reduce((sum, {bytes}) => sum + bytes.length, 0);
	// The last chunk of a node that runs: its end is cut off in the middle of a block.
	await writeFile(path.join(immutable, '01285.chunk'), chunk.subarray(0, half + 100));

	const group = createProcessGroup(path.join(folder, 'logs'), signal);
	t.teardown(() => group.stop());
	/** Resolves once it runs. */
	const run = async (database: string, ...words: readonly string[]): Promise<Started> => {
		const common = [
			'--network',
			'preprod',
			'--database-path',
			database,
			'--host-addr',
			'127.0.0.1',
			'--metrics-port',
			'none',
		];
		const started = await group.start(path.basename(database), ['relay', 'run', ...common, ...words]);
		await group.ready(started, path.join(database, 'relay.json'));
		return started;
	};
	const fromImmutable = ['--immutable-db', immutable, '--start-point', startText];
	const port = await ownPort(t);
	const server = await run(serving, '--port', String(port), ...fromImmutable);
	const topology = path.join(folder, 'topology.json');
	const accessPoints = [{address: '127.0.0.1', port}];
	await writeFile(topology, JSON.stringify({localRoots: [{accessPoints, valency: 1}]}));

	const follow = ['--port', '0', '--topology', topology];
	const follower = await run(following, ...follow, '--start-point', startText);
	const middle = defined(realBlocks[399], 'a block').tip;
	await until(following, ({tip}) => tip?.blockNo === middle.blockNo);
	follower.kill('SIGKILL');
	server.kill('SIGTERM');
	await Promise.all([follower.gone, server.gone]);

	await writeFile(path.join(immutable, '01285.chunk'), chunk);
	await run(serving, '--port', String(port), '--immutable-db', immutable);
	await run(following, ...follow);
	const status = await until(following, ({tip}) => tip?.blockNo === middle.blockNo + 464);
	t.like(status, {network: 'preprod', trustLevel: 'certificate', disagreements: 0, stuck: null});
	t.like(status.tip, {era: 'babbage', epoch: 68});

	const shown = await runCli(folder, 'relay', 'status', '--database-path', following);
	t.is(shown.code, 0, shown.stderr);
	t.regex(shown.stdout, /kept from +block \d+, slot \d+\n/);
	t.regex(shown.stdout, /trust level +certificate \(demanded: certificate\)/);
});

test('a relay that cannot start says why, with a code', async t => {
	const folder = await temporaryFolder(t);
	const database = path.join(folder, 'database');
	const file = path.join(folder, 'file.json');
	await writeFile(file, '{"lastSlot": 5}');
	const config = configOf(database);
	for (const [code, change] of [
		['CARDANO_NETWORK_UNKNOWN', {network: 'sanchonet'}],
		['OPTION_MISSING', {network: undefined}],
		['CARDANO_GENESIS_OTHER', {shelleyGenesis: file}],
		['CARDANO_GENESIS_BAD', {network: undefined, shelleyGenesis: file}],
		['OPTION_MALFORMED', {startPoint: 'nowhere'}],
		['CARDANO_PROTOCOL_STATE_BAD', {startPoint: startText, protocolState: file}],
		['CARDANO_STAKE_BAD', {stakeDistributions: [`5=${file}`]}],
		['OPTION_MALFORMED', {stakeDistributions: [file]}],
		['TOPOLOGY_BAD', {topology: file}],
		['CARDANO_START_UNKNOWN', {}],
		['FILE_NOT_FOUND', {topology: path.join(folder, 'missing')}],
		['FILE_NOT_FOUND', {startPoint: startText, immutableDb: path.join(folder, 'missing')}],
	] as const)
		await t.throwsAsync(startCardanoRelay({...config, ...change}, {version: 'test', signal}), {code});
	const asked = await runCli(folder, 'relay', 'status', '--json', '--database-path', database);
	t.is(codeOf(t, asked), 'RELAY_NOT_RUNNING');
});

test('a damaged chunk in the middle, and blocks that do not follow the start point, stop the import with their place', async t => {
	const folder = await temporaryFolder(t);
	const chunk = new Uint8Array(await readFile(CHUNK));
	await writeFile(path.join(folder, '01285.chunk'), Uint8Array.of(...chunk.subarray(0, 5_000), 0xff));
	await writeFile(path.join(folder, '01286.chunk'), chunk.subarray(0, 1));
	const read = async (fromSlot: number): Promise<number> => {
		let count = 0;
		for await (const _ of readImmutableFolder(folder, {slotsPerChunk: 21_600, fromSlot})) count++;
		return count;
	};
	await t.throwsAsync(read(0), {code: 'CARDANO_CHUNK_DAMAGED'});
	// The last chunk may be cut off, and chunks that end before the slot are not read.
	t.is(await read(1_286 * 21_600), 0);
	const {chain, ports} = memoryChain();
	const other = {bytes: defined(realBlocks[7], 'block').bytes, file: 'a chunk', offset: 9};
	const blocks = (async function* () {
		yield other;
	})();
	await t.throwsAsync(importBlocks(ports.rules, chain, blocks, {signal}), {code: 'CARDANO_IMPORT_REFUSED'});
});

test('a broken topology leaves the old one in force', async t => {
	const folder = await temporaryFolder(t);
	const topology = path.join(folder, 'topology.json');
	await writeFile(topology, '{"localRoots": []}');
	const config = {...configOf(path.join(folder, 'database')), topology, startPoint: startText};
	const relay = await startCardanoRelay(config, {version: 'test', signal});
	t.teardown(() => relay.stop());
	await writeFile(topology, '{"localRoots": 5}');
	await t.throwsAsync(relay.reload(), {code: 'TOPOLOGY_BAD'});
	await writeFile(topology, '{"localRoots": []}');
	await t.notThrowsAsync(relay.reload());
	t.is(relay.status().tip, null);
});

test('the figures of a relay have the names that dashboards read', async t => {
	const folder = await temporaryFolder(t);
	const blocks = realBlocks.slice(0, 20).map(({bytes}) => bytes);
	await writeFile(path.join(folder, '01285.chunk'), Buffer.concat(blocks));
	const database = path.join(folder, 'database');
	const config = {...configOf(database), immutableDb: folder, startPoint: startText, metricsPort: 0};
	const relay = await startCardanoRelay(config, {version: 'test', signal});
	t.teardown(() => relay.stop());
	const text = await (await fetch(defined(relay.metricsUrl, 'an endpoint'))).text();
	const {tip} = defined(realBlocks[19], 'a block');
	for (const line of [
		`cardano_node_metrics_blockNum_int ${tip.blockNo}`,
		`cardano_node_metrics_slotNum_int ${tip.slot}`,
		'cardano_node_metrics_epoch_int 68',
		`cardano_node_metrics_slotInEpoch_int ${(tip.slot - 86_400) % 432_000}`,
		'cardano_node_metrics_peerSelection_hot 0',
		'dcloud_synced 0',
	])
		t.true(text.split('\n').includes(line), line);
});
