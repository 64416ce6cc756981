import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {createOperations} from '#node/services/storage-client/operations';

/** Ends a while after it is called off, as what has to tidy up does. */
const reluctant = (ends: string[], name: string) => async (call: {readonly signal: AbortSignal}) => {
	await new Promise(resolve => call.signal.addEventListener('abort', resolve, {once: true}));
	await new Promise(resolve => setImmediate(resolve));
	ends.push(name);
	call.signal.throwIfAborted();
};

test('closing calls off what is under way and is done when that has ended', async t => {
	const ends: string[] = [];
	const operations = createOperations();
	const all = ['a', 'b'].map(name =>
		t.throwsAsync(operations.run({}, reluctant(ends, name)), {instanceOf: NodeError}),
	);
	await operations.close();
	t.deepEqual(ends, ['a', 'b']);
	for (const error of await Promise.all(all)) t.is(error.code, 'STORAGE_CLIENT_CLOSED');
});

test('nothing is begun after closing', async t => {
	const operations = createOperations();
	await operations.close();
	const error = await t.throwsAsync(
		operations.run({}, async () => t.fail()),
		{instanceOf: NodeError},
	);
	t.is(error.code, 'STORAGE_CLIENT_CLOSED');
});

test('whoever asks for something can call it off by itself, with a reason of its own', async t => {
	const ends: string[] = [];
	const operations = createOperations();
	const own = new AbortController();
	const first = t.throwsAsync(operations.run({signal: own.signal}, reluctant(ends, 'a')));
	const second = operations.run({}, async ({signal}) => signal.aborted);
	own.abort(new RangeError('enough'));
	t.is((await first).message, 'enough');
	t.false(await second);
	const late = operations.run({signal: own.signal}, async ({signal}) => signal.aborted);
	t.true(await late, 'an order that was called off before it began');
});
