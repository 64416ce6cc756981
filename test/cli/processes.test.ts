/** The processes of a run: ready when they say so, gone when they are told to. */
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {createProcessGroup} from '#cli/demo/processes';
import {temporaryFolder} from '../support/temporary-folder.ts';

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

test('a process is ready when its file names it, and is stopped with its group', async t => {
	const folder = await temporaryFolder(t);
	const group = createProcessGroup(path.join(folder, 'logs'), new AbortController().signal);
	t.teardown(() => group.stop());
	const data = path.join(folder, 'cardano');
	const started = await group.start('cardano', ['cardano', 'devnet', '--data', data]);
	const ready = await group.ready<{pid: number; url: string}>(started, path.join(data, 'cardano.json'));
	t.is(ready.pid, started.pid);
	t.is((await fetch(`${ready.url}/health`)).status, 200);
	t.is(group.count, 1);
	await group.stop();
	t.is(group.count, 0);
	t.false(isAlive(started.pid));
});

test('a process that ends before it is ready is told with its last words', async t => {
	const folder = await temporaryFolder(t);
	const group = createProcessGroup(path.join(folder, 'logs'), new AbortController().signal);
	t.teardown(() => group.stop());
	const started = await group.start('relay', ['node', 'run', '--genesis', path.join(folder, 'none.json')]);
	const error = await t.throwsAsync(group.ready(started, path.join(folder, 'control.json')), {
		code: 'PROCESS_NOT_READY',
	});
	t.regex(String((error as unknown as {detail: {lastLines: string}}).detail.lastLines), /CONFIG_BAD_OPTION/);
});

test('what was told to stop starts nothing more', async t => {
	const folder = await temporaryFolder(t);
	const controller = new AbortController();
	const group = createProcessGroup(folder, controller.signal);
	controller.abort(new Error('told to stop'));
	await t.throwsAsync(group.start('late', ['chain', 'tip']), {message: 'told to stop'});
});
