/** What monitoring reads from a node that runs. Debian's package "prometheus" scrapes it where it is installed. */
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type RunningNode, startNode} from '#node/compose';
import {readConfig} from '#node/config';
import {codedCounters, counters, gauges, histograms} from '#node/ports/metrics';
import {makeNodeFiles} from '../support/node-files.ts';
import {ownPort} from '../support/own-port.ts';
import {isProgramThere, startProgram} from '../support/programs.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Flags = Readonly<Record<string, unknown>>;

const start = async (t: ExecutionContext, flags: Flags): Promise<RunningNode> => {
	const node = await startNode(await readConfig({flags, environment: {}}));
	t.teardown(() => node.stop());
	return node;
};

const textOf = async ({metricsUrl}: RunningNode): Promise<string> => (await fetch(metricsUrl ?? '')).text();

/** Scrapes until the figures say all of it. */
const until = async (node: RunningNode, ...lines: readonly RegExp[]): Promise<string> => {
	for (;;) {
		const text = await textOf(node);
		if (lines.every(line => line.test(text))) return text;
		await delay(100);
	}
};

/** A producer, and a node that follows it. */
const twoNodes = async (t: ExecutionContext) => {
	const folder = await temporaryFolder(t);
	const {genesis, producerFlags, topologyTo} = await makeNodeFiles(folder);
	const dataDir = (name: string): string => path.join(folder, name);
	const plain = {genesis, metricsPort: 0};
	const producer = await start(t, {...plain, dataDir: dataDir('a'), ...producerFlags});
	const topology = await topologyTo(producer.address.port);
	return {folder, producer, follower: await start(t, {...plain, dataDir: dataDir('b'), topology})};
};

test('every figure has its name and its meaning in what is scraped', async t => {
	const {producer} = await twoNodes(t);
	const text = await until(producer, /\ncardano_node_metrics_remainingKESPeriods_int [1-9]/);
	for (const names of [counters, codedCounters, gauges, histograms])
		for (const [name, meaning] of Object.entries(names))
			t.true(text.includes(`# HELP ${name} ${meaning}\n`), name);
	t.regex(text, /\ncardano_build_info\{version="[\d.]+",revision="[^"]+"\} 1\n/);
});

test('of a block that came from a peer each stage of its way is told', async t => {
	const {follower} = await twoNodes(t);
	// Not all in one moment: a busy machine may be late with its first block.
	const stages = ['header', 'request', 'download', 'adoption'];
	const text = await until(
		follower,
		...stages.map(stage => new RegExp(`\\ndcloud_block_${stage}_seconds_count [1-9]`)),
		/\ncardano_node_metrics_blockfetchclient_blockdelay_cdfFive (0\.\d+|1)\n/,
		/\ncardano_node_metrics_peerSelection_hot 1\n/,
		/\ncardano_node_metrics_connectionManager_outgoingConns 1\n/,
	);
	t.true(text.length > 0);
});

test('a port that was asked for and is taken is refused; without the usual one the node runs, and says so', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const dataDir = (name: string): string => path.join(folder, name);
	const first = await start(t, {genesis, dataDir: dataDir('a'), metricsPort: 0});
	const taken = Number(new URL(first.metricsUrl ?? '').port);
	await t.throwsAsync(start(t, {genesis, dataDir: dataDir('b'), metricsPort: taken}), {code: 'PORT_IN_USE'});
	const usual = [
		await start(t, {genesis, dataDir: dataDir('c')}),
		await start(t, {genesis, dataDir: dataDir('d')}),
	];
	t.true(usual.some(({metricsUrl}) => metricsUrl === undefined));
	t.regex(readFileSync(path.join(dataDir('d'), 'node.log'), 'utf8'), /no metrics/);
	const none = await start(t, {genesis, dataDir: dataDir('e'), metricsPort: 'none'});
	t.is(none.metricsUrl, undefined);
});

if (isProgramThere('prometheus')) {
	test('a real Prometheus scrapes a node, and knows its figures by their names', async t => {
		t.timeout(10 * 60_000);
		const {folder, producer} = await twoNodes(t);
		const {host} = new URL(producer.metricsUrl ?? '');
		const config = path.join(folder, 'prometheus.yml');
		const given = readFileSync('ops/prometheus.yml', 'utf8');
		await writeFile(config, given.replace('15s', '1s').replace('127.0.0.1:12798', host));
		const url = `http://127.0.0.1:${await ownPort(t)}`;
		const place = [
			`--storage.tsdb.path=${path.join(folder, 'data')}`,
			`--web.listen-address=${url.slice(7)}`,
		];
		startProgram(t, 'prometheus', `--config.file=${config}`, ...place);
		const ask = async (question: string): Promise<readonly unknown[]> => {
			const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(question)}`).catch(
				() => undefined,
			);
			const json = (await answer?.json().catch(() => undefined)) as
				| {readonly data?: {readonly result?: readonly unknown[]}}
				| undefined;
			return json?.data?.result ?? [];
		};
		while ((await ask('cardano_node_metrics_blockNum_int > 0')).length === 0) await delay(200);
		for (const name of [
			'up == 1',
			'cardano_node_metrics_Forge_adopted_int > 0',
			'dcloud_block_header_seconds_bucket',
		])
			t.true((await ask(name)).length > 0, name);
	});
} else {
	test('a real Prometheus is not tried here: it is not installed (apt-get install prometheus)', t => {
		t.pass();
	});
}
