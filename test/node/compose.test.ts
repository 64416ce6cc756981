import {chmod, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {NodeError} from '#kernel/node-error';
import {connectControl} from '#node/adapters/control-client';
import {type RunningNode, type StartOptions, startNode} from '#node/compose';
import {readConfig} from '#node/config';
import type {ControlClient, StatusView} from '#node/ports/control-api';
import {makeNodeFiles} from '../support/node-files.ts';
import {ownPort} from '../support/own-port.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const start = async (
	t: ExecutionContext,
	flags: Readonly<Record<string, unknown>>,
	options?: StartOptions,
): Promise<RunningNode> => {
	const node = await startNode(await readConfig({flags, environment: {}}), options);
	t.teardown(() => node.stop());
	return node;
};

/** Waits until a node tells of a block of at least that number. */
const reaches = async (dataDir: string, blockNo: number): Promise<void> => {
	const client = await connectControl(dataDir);
	const stop = new AbortController();
	const {tip} = await client.status();
	if ((tip?.blockNo ?? -1) >= blockNo) return;
	for await (const line of client.events({from: 0, signal: stop.signal}))
		if (line.event.kind === 'adopted' && line.blockNo >= blockNo) stop.abort();
};

/** Asks until it is so: a busy machine may fall behind for a moment. */
const untilSynced = async (client: ControlClient): Promise<StatusView> => {
	for (;;) {
		const status = await client.status();
		if (status.synced) return status;
	}
};

test('a producer makes blocks, another node follows over TCP, and both go on after a restart', async t => {
	const folder = await temporaryFolder(t);
	const {genesis, producerFlags, topologyTo} = await makeNodeFiles(folder);
	const dataDir = (name: string): string => path.join(folder, name);
	const producer = {
		dataDir: dataDir('producer'),
		genesis,
		name: 'producer',
		metricsPort: 0,
		port: await ownPort(t),
		...producerFlags,
	};
	const first = await start(t, producer);
	const follower = await start(t, {
		dataDir: dataDir('follower'),
		genesis,
		topology: await topologyTo(first.address.port),
	});
	await reaches(dataDir('follower'), 8);
	const client = await connectControl(dataDir('follower'));
	const status = await untilSynced(client);
	t.like(status, {profile: 'test', networkMagic: 42});
	t.is(status.peers.length, 1);
	const block = await client.block(3);
	const [line] = await client.chain({from: 3, limit: 1});
	t.is(block?.hash, line?.hash);
	t.is(block?.blockNo, 3);
	// Depth grows from one question to the next.
	t.deepEqual({...(await client.block(block?.hash ?? '')), depth: 0}, {...block, depth: 0});
	const money = await client.money();
	t.is(money.credits, money.genesis);
	t.is((await client.pools()).length, 1);
	t.is(await client.genesis(), await readFile(genesis, 'utf8'));
	const metrics = await (await fetch(first.metricsUrl ?? '')).text();
	t.regex(metrics, /\ncardano_node_metrics_Forge_adopted_int [1-9]/);
	t.regex(metrics, /\ncardano_node_metrics_forging_enabled 1\n/);

	await first.stop();
	t.is(await first.stopped, undefined);
	const before = (await client.status()).tip?.blockNo ?? 0;
	const again = await start(t, producer);
	await reaches(dataDir('follower'), before + 3);
	await again.stop();
	await follower.stop();
	t.is(await client.status().catch((error: NodeError) => error.code), 'CONTROL_UNREACHABLE');
});

test('refuses a data folder that another node uses, and leaves that node alone', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const dataDir = path.join(folder, 'data');
	const node = await start(t, {dataDir, genesis});
	const second = start(t, {dataDir, genesis});
	t.is((await t.throwsAsync(second, {instanceOf: NodeError}))?.code, 'DATA_FOLDER_IN_USE');
	t.is((await (await connectControl(dataDir)).status()).tip, null);
	await node.stop();
	await (await start(t, {dataDir, genesis})).stop();
});

test('refuses the data of another network', async t => {
	const folder = await temporaryFolder(t);
	const [one, other] = [path.join(folder, 'one'), path.join(folder, 'other')];
	const dataDir = path.join(folder, 'data');
	await (await start(t, {dataDir, genesis: (await makeNodeFiles(one)).genesis})).stop();
	const second = start(t, {dataDir, genesis: (await makeNodeFiles(other)).genesis});
	t.is((await t.throwsAsync(second, {instanceOf: NodeError}))?.code, 'DATA_OF_OTHER_NETWORK');
});

test('refuses a port that is taken, and lets go of its folder', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const node = await start(t, {dataDir: path.join(folder, 'a'), genesis});
	const dataDir = path.join(folder, 'b');
	const taken = start(t, {dataDir, genesis, port: node.address.port});
	t.is((await t.throwsAsync(taken, {instanceOf: NodeError}))?.code, 'RELAY_PORT_IN_USE');
	const control = start(t, {dataDir, genesis, controlPort: Number(new URL(node.controlUrl).port)});
	t.is((await t.throwsAsync(control, {instanceOf: NodeError}))?.code, 'PORT_IN_USE');
	await (await start(t, {dataDir, genesis})).stop();
});

test('refuses keys that others may read, and files that are not what they should be', async t => {
	const folder = await temporaryFolder(t);
	const {genesis, producerFlags} = await makeNodeFiles(folder);
	const dataDir = path.join(folder, 'data');
	const codeOf = async (flags: object): Promise<string | undefined> =>
		(await t.throwsAsync(start(t, {dataDir, genesis, ...flags}), {instanceOf: NodeError}))?.code;
	await chmod(producerFlags.vrfKey, 0o644);
	t.is(await codeOf(producerFlags), 'KEY_FILE_OPEN');
	await chmod(producerFlags.vrfKey, 0o600);
	const bad = path.join(folder, 'bad.json');
	await writeFile(bad, '{"networkMagic": "x"}');
	t.is(await codeOf({genesis: bad}), 'GENESIS_BAD');
	t.is(await codeOf({topology: bad}), 'TOPOLOGY_BAD');
	t.is(await codeOf({genesis: path.join(folder, 'none.json')}), 'FILE_NOT_FOUND');
	t.is(await codeOf({...producerFlags, certificate: producerFlags.vrfKey}), 'KEY_FILE_BAD');
});

test('starts an extension inside the node and stops it first', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const steps: string[] = [];
	const node = await start(
		t,
		{dataDir: path.join(folder, 'data'), genesis},
		{
			extend: async ({chain, mempool, announcements, clock, control}) => {
				steps.push(`start at ${chain.tip}`);
				t.is(mempool.count, 0);
				t.deepEqual(announcements.all(), []);
				t.true(clock.now() > 0);
				t.is((await control.status()).name, 'node');
				return {
					stop: () => {
						steps.push('stop');
						t.notThrows(() => chain.find(chain.network.env.genesisHash));
					},
				};
			},
		},
	);
	await node.stop();
	t.deepEqual(steps, ['start at origin', 'stop']);
	const failing = start(
		t,
		{dataDir: path.join(folder, 'data'), genesis},
		{extend: () => Promise.reject(new NodeError({code: 'TEST_BROKEN'}))},
	);
	t.is((await t.throwsAsync(failing, {instanceOf: NodeError}))?.code, 'TEST_BROKEN');
	await (await start(t, {dataDir: path.join(folder, 'data'), genesis})).stop();
});
