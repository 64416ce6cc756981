import test from 'ava';
import {LogLimiter} from '#node/adapters/log-limiter';

test('of a line that comes without end the first of each ten seconds are written, and the rest counted', t => {
	const limiter = new LogLimiter();
	const admitted = (ms: number) => limiter.admit('peer gone', ms);
	const first = Array.from({length: 1_000}, (_, index) => admitted(index));
	t.is(first.filter(dropped => dropped === 0).length, 20);
	t.is(first.filter(dropped => dropped === undefined).length, 980);
	t.is(admitted(10_000), 980);
	t.is(admitted(10_001), 0);
});

test('a line that comes seldom, and every other line, is written beside one that floods', t => {
	const limiter = new LogLimiter();
	for (let count = 0; count < 100; count++) limiter.admit('peer gone', 5);
	t.is(limiter.admit('block forged', 6), 0);
	t.is(limiter.admit('block forged', 60_000), 0);
});

test('when the clock is set back lines are written again', t => {
	const limiter = new LogLimiter();
	for (let count = 0; count < 30; count++) limiter.admit('peer gone', 1_000_000);
	t.is(limiter.admit('peer gone', 10), 10);
});
