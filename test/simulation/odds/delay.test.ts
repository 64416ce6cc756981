import test from 'ava';
import {anyLateOdds, lateOdds} from './delay.ts';
import {CERTAIN, numberUp} from './probability.ts';

test('one message is late with e to the power of minus what it has to spare', t => {
	const odds = numberUp(lateOdds({latencyMs: [9, 10], messages: 1, limitMs: 110}));
	t.true(odds >= Math.exp(-10) && odds < 1.001 * Math.exp(-10));
});

test('several messages in a row have a tail of several terms', t => {
	const odds = numberUp(lateOdds({latencyMs: [0, 10], messages: 3, limitMs: 103}));
	const exact = Math.exp(-10) * (1 + 10 + 50);
	t.true(odds >= exact && odds < 1.001 * exact);
});

test('what has no luck in it is late or not', t => {
	t.is(lateOdds({latencyMs: [50, 0], messages: 3, limitMs: 100}), CERTAIN);
	t.is(lateOdds({latencyMs: [20, 0], messages: 3, limitMs: 100}), 0n);
	t.is(anyLateOdds({latencyMs: [20, 5], messages: 9, limitMs: 30}, 10, 10), CERTAIN);
});
