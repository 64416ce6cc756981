import test from 'ava';
import {explainFailure} from '#cli/failure';
import {ada, byteSize} from '#cli/format';
import {toJson} from '#cli/json';
import {facts, table} from '#cli/table';
import {AssertionError} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';

test('money is shown exactly, to the last lovelace', t => {
	t.is(ada(0n), '0.000000 ADA');
	t.is(ada(1n), '0.000001 ADA');
	t.is(ada(1_234_567_000_001n), '1,234,567.000001 ADA');
	t.is(ada(-5_000_000n), '-5.000000 ADA');
	t.is(ada(2n ** 64n - 1n), '18,446,744,073,709.551615 ADA');
});

test('sizes are shown in the unit that fits', t => {
	t.is(byteSize(0), '0 B');
	t.is(byteSize(1023), '1023 B');
	t.is(byteSize(64 * 1024 * 1024), '64.0 MiB');
	t.is(byteSize(1536), '1.50 KiB');
});

test('a table aligns its columns and right-aligns numbers', t => {
	t.is(
		table(
			['name', '>count'],
			[
				['a', '1'],
				['long name', '1000'],
			],
		),
		['name       count', 'a              1', 'long name   1000'].join('\n'),
	);
	t.is(
		facts([
			['a', 'x'],
			['bbb', 'y'],
		]),
		'a    x\nbbb  y',
	);
});

test('a coded failure is shown with its code, what to do, its data and its cause', t => {
	const failure = new NodeError(
		{code: 'PORT_IN_USE', message: 'Port 1 is taken: give another.', port: 1},
		{cause: new Error('EADDRINUSE')},
	);
	t.is(
		explainFailure(failure, false),
		'PORT_IN_USE: Port 1 is taken: give another.\n  port: 1\n  cause: EADDRINUSE',
	);
	t.deepEqual(JSON.parse(explainFailure(failure, true)), {
		error: {code: 'PORT_IN_USE', message: 'Port 1 is taken: give another.', port: 1, cause: 'EADDRINUSE'},
	});
});

test('a bug is shown as one, with its trace', t => {
	t.regex(explainFailure(new AssertionError('no tip'), false), /^BUG: AssertionError: no tip\n {4}at /);
	t.regex(explainFailure('odd', false), /^BUG: odd/);
});

test('JSON for scripts keeps every digit of money and every byte', t => {
	t.is(
		toJson({amount: 2n ** 63n, key: Uint8Array.of(0, 255)}),
		'{"amount":"9223372036854775808","key":"00ff"}',
	);
});
