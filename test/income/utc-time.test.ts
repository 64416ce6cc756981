import test from 'ava';
import fc from 'fast-check';
import {monthOf, monthStartMs, nextMonth, parseUtc} from '#income/utc-time';

const LAST_MS = Date.UTC(9999, 11, 31);

test('times and months are those of the host, from 1970 to 9999', t => {
	fc.assert(
		fc.property(fc.integer({min: 0, max: LAST_MS}), timeMs => {
			const text = new Date(timeMs).toISOString();
			t.is(parseUtc(text), timeMs);
			t.is(parseUtc(text.slice(0, 19).replace('T', ' ')), timeMs - (timeMs % 1000));
			t.is(monthOf(timeMs), text.slice(0, 7));
			t.true(monthStartMs(monthOf(timeMs)) <= timeMs);
			t.true(timeMs < monthStartMs(nextMonth(monthOf(timeMs))));
		}),
	);
});

test('refuses days that no month has, other zones and other texts', t => {
	const texts = [
		'2026-02-29',
		'2026-13-01',
		'2026-00-10',
		'2026-01-00',
		'2026-01-01T24:00:00Z',
		'1969-12-31',
	];
	for (const text of [...texts, '2026-01-01T00:00:00+01:00', '1/2/2026', '', '2026-1-1'])
		t.is(parseUtc(text), undefined, text);
	t.is(parseUtc('2024-02-29'), Date.UTC(2024, 1, 29));
});
