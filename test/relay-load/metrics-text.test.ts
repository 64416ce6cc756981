import test from 'ava';
import {codesOf} from './metrics-text.ts';

test('of one counter each code is read with its number', t => {
	const text = [
		'# TYPE some_total counter',
		'some_total{code="RELAY_PEER_LATE"} 3',
		'some_total{code="RELAY_CLOSED"} 12',
		'other_some_total{code="RELAY_CLOSED"} 7',
	].join('\n');
	t.deepEqual(codesOf(text, 'some_total'), {RELAY_PEER_LATE: 3, RELAY_CLOSED: 12});
	t.deepEqual(codesOf(text, 'no_total'), {});
});
