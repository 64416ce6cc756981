/** A standby as a process: promoted by a signal, told to stand by again, promoted by a command, without a restart. */
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {createProcessGroup} from '#cli/demo/processes';
import {connectControl} from '#node/adapters/control-client';
import type {ControlClient, ControlFile, StatusView} from '#node/ports/control-api';
import {makeNodeFiles} from '../support/node-files.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Json = Readonly<Record<string, unknown>>;

const run = async (t: ExecutionContext, ...words: readonly string[]): Promise<Json> => {
	const {code, stdout, stderr} = await runCli('.', ...words, '--json');
	t.is(code, 0, stderr);
	return JSON.parse(stdout) as Json;
};

/** Asks until it is so: what the node does takes slots, not calls. */
const until = async (node: ControlClient, isSo: (status: StatusView) => boolean): Promise<StatusView> => {
	for (;;) {
		const status = await node.status();
		if (isSo(status)) return status;
	}
};

/** The node's own and the one drawn outside of it, of one epoch. */
const schedules = async (
	t: ExecutionContext,
	data: string,
	vrfKey: string,
): Promise<{readonly own: Json; readonly drawn: Json}> => {
	const ask = ['pool', 'schedule', '--current', '--node', data];
	for (;;) {
		const own = await run(t, ...ask);
		const drawn = await run(t, ...ask, '--vrf-key', vrfKey, '--pool', String(own['pool']));
		if (own['epoch'] === drawn['epoch']) return {own, drawn};
	}
};

test('a standby signs nothing until it is promoted, by signal or command, without a restart', async t => {
	const folder = await temporaryFolder(t);
	const {genesis, producerFlags} = await makeNodeFiles(path.join(folder, 'keys'), {slotMs: 100});
	const {vrfKey, kesKey, certificate} = producerFlags;
	const group = createProcessGroup(path.join(folder, 'logs'), new AbortController().signal);
	t.teardown(() => group.stop());
	const data = path.join(folder, 'data');
	const keys = ['--vrf-key', vrfKey, '--kes-key', kesKey, '--certificate', certificate];
	const started = await group.start('standby', [
		...['node', 'run', '--standby', '--data-dir', data, '--genesis', genesis, ...keys],
	]);
	await group.ready<ControlFile>(started, path.join(data, 'control.json'));
	const node = await connectControl(data);

	const idle = await until(node, ({forging}) => forging.lastOutcome?.kind === 'standby');
	t.like(idle.forging, {mode: 'standby', enabled: false, forged: 0});
	t.is(idle.tip, null);

	process.kill(started.pid, 'SIGUSR2');
	const forging = await until(node, ({tip}) => tip !== null);
	t.like(forging.forging, {mode: 'active', enabled: true});

	const {mode, forged} = await run(t, 'node', 'demote', '--node', data);
	t.is(mode, 'standby');
	const after = await until(
		node,
		status => status.forging.lastOutcome?.kind === 'standby' && status.forging.nextLeaderSlot !== null,
	);
	t.is(after.forging.forged, Number(forged));

	const {drawn, own} = await schedules(t, data, vrfKey);
	t.deepEqual(drawn, own);
	t.true((own['slots'] as readonly Json[]).length > 0);

	const {findings} = await run(
		t,
		'keys',
		'verify',
		path.dirname(vrfKey),
		'--node',
		data,
		'--genesis',
		genesis,
	);
	const found = (findings as readonly Json[]).filter(({result}) => result === 'ok');
	const subjects = found.map(({subject}) => subject);
	for (const subject of ['vrf.vkey', 'checkpoint.vkey', 'node.cert'])
		t.true(subjects.includes(`${subject} and the chain`), subject);
	t.true(subjects.includes('node.cert and the clock'));

	t.is((await run(t, 'node', 'promote', '--node', data))['mode'], 'active');
	await until(node, status => status.forging.forged > Number(forged));
	t.is(started.pid, (await group.ready<ControlFile>(started, path.join(data, 'control.json'))).pid);
	await group.stop();
});
