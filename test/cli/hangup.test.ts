/** SIGHUP to a node that runs, as an operator sends it after an edit of the topology. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {createProcessGroup} from '#cli/demo/processes';
import {connectControl} from '#node/adapters/control-client';
import type {ControlFile} from '#node/ports/control-api';
import {makeNodeFiles} from '../support/node-files.ts';
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
