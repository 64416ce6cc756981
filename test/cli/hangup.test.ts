/** SIGHUP to a node that runs, as an operator sends it after an edit of the topology, or with new keys. */
import {chmod, copyFile, readFile, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {createProcessGroup} from '#cli/demo/processes';
import {connectControl} from '#node/adapters/control-client';
import type {ControlFile, StatusView} from '#node/ports/control-api';
import {makeNodeFiles} from '../support/node-files.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('SIGHUP reads the topology again; a broken file is named and changes nothing', async t => {
	const folder = await temporaryFolder(t);
	const {genesis, topologyTo} = await makeNodeFiles(folder);
	const logs = path.join(folder, 'logs');
	const group = createProcessGroup(logs, new AbortController().signal);
	t.teardown(() => group.stop());
	const run = async (name: string, ...words: readonly string[]) => {
		const data = path.join(folder, name);
		const started = await group.start(name, [
			'node',
			'run',
			'--data-dir',
			data,
			'--genesis',
			genesis,
			...words,
		]);
		const {p2pPort} = await group.ready<ControlFile>(started, path.join(data, 'control.json'));
		return {pid: started.pid, p2pPort, node: await connectControl(data)};
	};
	const first = await run('first');
	const topology = path.join(folder, 'own-topology.json');
	await writeFile(topology, JSON.stringify({localRoots: [], publicRoots: []}));
	const second = await run('second', '--topology', topology);
	t.deepEqual((await second.node.status()).peers, []);

	await writeFile(topology, await readFile(await topologyTo(first.p2pPort), 'utf8'));
	process.kill(second.pid, 'SIGHUP');
	while ((await second.node.status()).peers.length === 0) await delay(50);

	await writeFile(topology, '{"localRoots": 7');
	process.kill(second.pid, 'SIGHUP');
	const said = () => readFile(path.join(logs, 'second.log'), 'utf8');
	while (!(await said()).includes('the topology stays as it was')) await delay(50);
	t.regex(await said(), /TOPOLOGY_BAD/);
	t.is((await second.node.status()).peers.length, 1);
});

test('SIGHUP reads the keys: a node that started without them forges, goes on with renewed ones, and stops without', async t => {
	const folder = await temporaryFolder(t);
	const keys = path.join(folder, 'keys');
	const {genesis, producerFlags} = await makeNodeFiles(keys, {slotMs: 100});
	const {vrfKey, kesKey, certificate} = producerFlags;
	const logs = path.join(folder, 'logs');
	const group = createProcessGroup(logs, new AbortController().signal);
	t.teardown(() => group.stop());
	const data = path.join(folder, 'data');
	// cardano-node's names.
	const flags = ['--shelley-vrf-key', vrfKey, '--shelley-kes-key', kesKey];
	flags.push('--shelley-operational-certificate', certificate, '--start-as-non-producing-node');
	const away = `${certificate}.away`;
	await rename(certificate, away);
	const started = await group.start('node', [
		...['node', 'run', '--data-dir', data, '--genesis', genesis, ...flags],
	]);
	await group.ready<ControlFile>(started, path.join(data, 'control.json'));
	const node = await connectControl(data);
	const until = async (isSo: (status: StatusView) => boolean): Promise<StatusView> => {
		for (;;) {
			const status = await node.status();
			if (isSo(status)) return status;
			await delay(20);
		}
	};
	/** Lets it read them, and waits for what it says of that. */
	const says = async (text: string): Promise<void> => {
		const said = async () => (await readFile(path.join(logs, 'node.log'), 'utf8')).split(text).length;
		const before = await said();
		process.kill(started.pid, 'SIGHUP');
		while ((await said()) === before) await delay(20);
	};
	const signedUnder = async (): Promise<string | undefined> =>
		(await readFile(path.join(data, 'last-signed-slot'), 'utf8')).split(/\s/)[2];

	t.like((await node.status()).forging, {mode: 'none', enabled: false, poolId: null});
	await says('the forging keys are not there');
	await rename(away, certificate);
	await says('the forging keys were read:');
	t.like((await until(({forging}) => forging.adopted > 0)).forging, {mode: 'active', enabled: true});
	t.is(await signedUnder(), '0');

	await copyFile(path.join(keys, 'cold.counter'), path.join(keys, 'opcert.counter'));
	const {code, stderr} = await runCli('.', 'keys', 'renew', '--keys', keys, '--genesis', genesis);
	t.is(code, 0, stderr);
	await says('the node goes on with the new ones');
	const {forged} = (await node.status()).forging;
	await until(({forging}) => forging.forged > forged);
	t.is(await signedUnder(), '1');

	await chmod(vrfKey, 0o644);
	await says('the forging keys stay as they were: KEY_FILE_OPEN');
	await chmod(vrfKey, 0o600);
	await copyFile(certificate, away);
	await writeFile(certificate, 'spoilt');
	await says('the forging keys stay as they were: KEY_FILE_BAD');
	await rename(away, certificate);
	await says('the forging keys were read again and are the same');
	const last = (await node.status()).forging;
	t.like(last, {mode: 'active', enabled: true});
	await until(({forging}) => forging.adopted > last.adopted);

	await rename(vrfKey, `${vrfKey}.away`);
	await says('the forging keys are not there any more');
	t.like((await node.status()).forging, {mode: 'none', enabled: false, nextLeaderSlot: null});
	await group.stop();
});
