import test from 'ava';
import {endsWith, OVER} from '#relay/abort';

test('a signal ends with its parent, for the same reason', t => {
	const parent = new AbortController();
	const {signal} = endsWith(parent.signal);
	t.false(signal.aborted);
	parent.abort('stopped');
	t.true(signal.aborted);
	t.is(signal.reason, 'stopped');
});

test('a signal of a parent that has ended has ended', t => {
	t.is(endsWith(AbortSignal.abort('stopped')).signal.reason, 'stopped');
});

test('a signal that was ended leaves its parent alone', t => {
	const parent = new AbortController();
	const {signal, end} = endsWith(parent.signal);
	end();
	t.is(signal.reason, OVER);
	t.false(parent.signal.aborted);
	parent.abort('stopped');
	t.is(signal.reason, OVER);
});
