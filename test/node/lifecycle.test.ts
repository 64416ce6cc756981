import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {createLifecycle} from '#node/lifecycle';

const broken = (name: string) => new NodeError({code: 'TEST_BROKEN', name});

const open = () => {
	const steps: string[] = [];
	const lifecycle = createLifecycle((name, error) => steps.push(`${name}: ${(error as NodeError).code}`));
	const start = (name: string, fails: 'start' | 'stop' | 'never' = 'never') =>
		lifecycle.start(name, async () => {
			if (fails === 'start') throw broken(name);
			steps.push(`start ${name}`);
			return {
				stop: async () => {
					await Promise.resolve();
					steps.push(`stop ${name}`);
					if (fails === 'stop') throw broken(name);
				},
			};
		});
	return {lifecycle, steps, start};
};

test('stops in reverse order, each part once, however often it is told', async t => {
	const {lifecycle, steps, start} = open();
	await start('a');
	await start('b');
	lifecycle.add('c', () => {
		steps.push('stop c');
	});
	await Promise.all([lifecycle.stop(), lifecycle.stop()]);
	t.deepEqual(steps, ['start a', 'start b', 'stop c', 'stop b', 'stop a']);
});

test('stops what it started when a later part does not start, and says why', async t => {
	const {steps, start} = open();
	await start('a');
	await start('b', 'stop');
	const error = await t.throwsAsync(start('c', 'start'), {instanceOf: NodeError});
	t.is(error?.detail['name'], 'c');
	t.deepEqual(steps, ['start a', 'start b', 'stop b', 'b: TEST_BROKEN', 'stop a']);
});

test('stops all parts although one of them fails to', async t => {
	const {lifecycle, steps, start} = open();
	await start('a');
	await start('b', 'stop');
	const error = await t.throwsAsync(lifecycle.stop(), {instanceOf: NodeError});
	t.is(error?.detail['name'], 'b');
	t.true(steps.includes('stop a'));
});
