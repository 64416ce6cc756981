import test from 'ava';
import fc from 'fast-check';
import {
	afterHeader,
	afterWaiting,
	conductAtFirst,
	isFlooding,
	PATIENCE_MS_MAX,
} from '#node/services/sync/conduct';

const forkMax = 5;
const at = (nowMs: number) => ({nowMs, forkMax});

test('patience runs out with waiting and comes back with headers, never beyond what it was', t => {
	let conduct = afterWaiting(conductAtFirst(0, forkMax), 10_000);
	t.is(conduct.patienceMs, PATIENCE_MS_MAX - 10_000);
	for (let blockNo = 0; blockNo < 20; blockNo++) conduct = afterHeader(conduct, blockNo, at(0));
	t.is(conduct.patienceMs, PATIENCE_MS_MAX - 9_000);
	for (let blockNo = 20; blockNo < 2_000; blockNo++) conduct = afterHeader(conduct, blockNo, at(0));
	t.is(conduct.patienceMs, PATIENCE_MS_MAX);
	t.is(afterWaiting(conduct, PATIENCE_MS_MAX + 1).patienceMs, 0);
});

test('a peer that drips headers uses our patience up, one that sends twenty a second never does', t => {
	const follow = (everyMs: number): number => {
		let conduct = conductAtFirst(0, forkMax);
		for (let blockNo = 0; blockNo < 2_000; blockNo++)
			conduct = afterHeader(afterWaiting(conduct, everyMs), blockNo, at(blockNo * everyMs));
		return conduct.patienceMs;
	};
	t.is(follow(9_000), 50);
	t.true(follow(50) > PATIENCE_MS_MAX - 100);
});

test('forks are allowed, again and again, but not a flood of them', t => {
	// Each second a fork of the deepest kind is more than chance brings about; two headers a second are not.
	let calm = conductAtFirst(0, forkMax);
	for (let second = 0; second < 10_000; second++)
		calm = afterHeader(afterHeader(calm, 7, at(second * 1000)), 6, at(second * 1000));
	t.false(isFlooding(calm));
	let flood = conductAtFirst(0, forkMax);
	flood = afterHeader(flood, 7, at(0));
	let count = 0;
	while (!isFlooding(flood)) {
		flood = afterHeader(flood, 7, at(count));
		count++;
	}
	t.is(count, 4 * forkMax + 100 + 1);
});

test('a peer whose chain only grows floods nobody, however fast', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 1, max: 1_000}), {maxLength: 500}), growth => {
			let conduct = conductAtFirst(0, forkMax);
			let blockNo = 0;
			for (const more of growth) {
				blockNo += more;
				conduct = afterHeader(conduct, blockNo, at(0));
			}
			t.false(isFlooding(conduct));
		}),
	);
});
