import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import {type Attempt, race} from '#node/services/storage-client/race';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const turns = async (count = 5): Promise<void> => {
	for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};

const won = (value: number): Attempt<number> => ({run: async () => value});
const lost = (code: string): Attempt<number> => ({run: () => Promise.reject(new NodeError({code}))});
const stuck = (): Attempt<number> & {called: boolean; off: boolean} => {
	const attempt = {
		called: false,
		off: false,
		run: (signal: AbortSignal) => {
			attempt.called = true;
			return new Promise<number>((_, reject) => {
				signal.addEventListener('abort', () => {
					attempt.off = true;
					reject(signal.reason);
				});
			});
		},
	};
	return attempt;
};

const options = (clock: Clock, wanted: number) => ({clock, wanted, hedgeMs: 100});

test('however attempts end, the race ends, with as many as wanted if so many can win', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({wins: fc.boolean(), delay: fc.nat(4)}), {maxLength: 10}),
			fc.integer({min: 1, max: 6}),
			async (plan, wanted) => {
				const attempts = plan.map(
					({wins, delay}, index): Attempt<number> => ({
						run: async () => {
							await turns(delay);
							if (wins) return index;
							throw new NodeError({code: 'LOST'});
						},
					}),
				);
				const {values} = await race(attempts, options(createVirtualClock(), wanted));
				const winners = plan.filter(({wins}) => wins).length;
				t.is(values.length, Math.min(wanted, winners));
				t.is(new Set(values).size, values.length);
			},
		),
		{numRuns: 60},
	);
});

test('a failure starts the next attempt', async t => {
	const {values, failures} = await race(
		[lost('A'), lost('B'), won(3), won(4)],
		options(createVirtualClock(), 1),
	);
	t.deepEqual(values, [3]);
	t.deepEqual(
		failures.map(({code}) => code),
		['A', 'B'],
	);
});

test('a stall gets a rival after a while, and is called off when that wins', async t => {
	const clock = createVirtualClock();
	const slow = stuck();
	const racing = race([slow, won(2)], options(clock, 1));
	await turns();
	t.true(slow.called);
	clock.advanceTo(100);
	t.deepEqual((await racing).values, [2]);
	await turns();
	t.true(slow.off);
	t.is(clock.waiting, 0);
});

test('the last of many is late sooner, compared with the slowest of the others', async t => {
	const clock = createVirtualClock();
	const slow = stuck();
	const after = (timeMs: number, value: number): Attempt<number> => ({
		run: async signal => {
			await clock.waitUntil(timeMs, {signal});
			return value;
		},
	});
	const hedging = {hedgeMs: 3000, hedgeMsMin: 250};
	const racing = race([after(50, 1), after(100, 2), slow, won(4)], {clock, wanted: 3, ...hedging});
	for (const timeMs of [50, 100, 250, 500]) {
		await turns();
		clock.advanceTo(timeMs);
	}
	t.deepEqual((await racing).values, [1, 2, 4]);
	await turns();
	t.true(slow.off);
});

test('nothing is hurried when most are as late', async t => {
	const clock = createVirtualClock();
	const [a, b, spare] = [stuck(), stuck(), stuck()];
	const hedging = {hedgeMs: 3000, hedgeMsMin: 250};
	const abort = new AbortController();
	const racing = race([a, b, spare], {clock, wanted: 2, signal: abort.signal, ...hedging});
	for (let timeMs = 250; timeMs < 3000; timeMs += 250) {
		await turns();
		clock.advanceTo(timeMs);
	}
	await turns();
	t.false(spare.called);
	clock.advanceTo(3000);
	await turns();
	t.true(spare.called);
	abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
	await t.throwsAsync(racing, {message: 'TEST_ENOUGH'});
});

test('each attempt listens to a signal of its own', async t => {
	const signals = new Set<AbortSignal>();
	const attempts = Array.from(
		{length: 40},
		(_, value): Attempt<number> => ({
			run: async signal => {
				signals.add(signal);
				return value;
			},
		}),
	);
	await race(attempts, options(createVirtualClock(), 40));
	t.is(signals.size, 40);
});

test('no more are started than wanted as long as nobody fails or stalls', async t => {
	const spare = stuck();
	const {values} = await race([won(1), won(2), spare], options(createVirtualClock(), 2));
	t.deepEqual(values, [1, 2]);
	t.false(spare.called);
});

test('an abort ends the race with its reason', async t => {
	const abort = new AbortController();
	const slow = stuck();
	const racing = race([slow], {...options(createVirtualClock(), 1), signal: abort.signal});
	abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
	await t.throwsAsync(racing, {message: 'TEST_ENOUGH'});
	t.true(slow.off);
});

test('a bug in an attempt is not taken for a failure', async t => {
	const broken: Attempt<number> = {run: () => Promise.reject(new TypeError('x'))};
	await t.throwsAsync(race([broken, won(1)], options(createVirtualClock(), 1)), {instanceOf: TypeError});
});

test('an empty race has no winners', async t => {
	t.deepEqual(await race([], options(createVirtualClock(), 2)), {values: [], failures: []});
});
