import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import {createRequestLimiter} from '#node/adapters/request-limiter';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const {signal} = new AbortController();
const turns = async (): Promise<void> => {
	for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve));
};

test('lets no more through at once than it may, and the others in the order in which they came', async t => {
	const limiter = createRequestLimiter(createVirtualClock(0), {concurrentMax: 2});
	const begun: number[] = [];
	const ends: (() => void)[] = [];
	const all = [0, 1, 2, 3, 4].map(name =>
		limiter.run(() => {
			begun.push(name);
			return new Promise<void>(resolve => ends.push(resolve));
		}, signal),
	);
	for (const expected of [
		[0, 1],
		[0, 1, 2],
		[0, 1, 2, 3],
		[0, 1, 2, 3, 4],
	]) {
		await turns();
		t.deepEqual(begun, expected);
		ends.shift()?.();
	}
	await turns();
	ends.shift()?.();
	await Promise.all(all);
});

test('a place is free again after a failure, and who waits leaves with the reason of the abort', async t => {
	const limiter = createRequestLimiter(createVirtualClock(0), {concurrentMax: 1});
	const failure = new NodeError({code: 'TEST_FAILED'});
	const leaving = new AbortController();
	const first = limiter.run(() => Promise.reject(failure), signal);
	const second = limiter.run(async () => t.fail(), leaving.signal);
	const reason = new NodeError({code: 'TEST_STOPPED'});
	leaving.abort(reason);
	t.is(await t.throwsAsync(second), reason);
	t.is(await t.throwsAsync(first), failure);
	t.is(await limiter.run(async () => 3, signal), 3);
	t.is(await t.throwsAsync(limiter.run(async () => 3, leaving.signal)), reason);
	t.is(await limiter.run(async () => 4, signal), 4);
});

test('in no second more begin than the burst and the rate allow, whenever they come', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.integer({min: 0, max: 700}), {minLength: 1, maxLength: 40}),
			async pauses => {
				const clock = createVirtualClock(0);
				const limiter = createRequestLimiter(clock, {concurrentMax: 100, perSecond: 4, burst: 3});
				const begunMs: number[] = [];
				const all: Promise<unknown>[] = [];
				for (const pause of pauses) {
					clock.advanceTo(clock.now() + pause);
					all.push(limiter.run(async () => begunMs.push(clock.now()), signal));
				}
				for (let step = 0; step < 200 && begunMs.length < pauses.length; step++) {
					await turns();
					clock.advanceTo(clock.now() + 50);
				}
				await Promise.all(all);
				const most = Math.max(
					...begunMs.map(from => begunMs.filter(at => at >= from && at < from + 1_000).length),
				);
				t.true(most <= 3 + 4, `${most} in a second`);
			},
		),
		{numRuns: 15},
	);
});

test('after a pause a burst begins at once, and the next one an interval later', async t => {
	const clock = createVirtualClock(0);
	const limiter = createRequestLimiter(clock, {concurrentMax: 9, perSecond: 10, burst: 3});
	const begunMs: number[] = [];
	const all = Array.from({length: 5}, () => limiter.run(async () => begunMs.push(clock.now()), signal));
	await turns();
	t.deepEqual(begunMs, [0, 0, 0]);
	for (let ms = 0; ms <= 200; ms += 50) {
		clock.advanceTo(ms);
		await turns();
	}
	await Promise.all(all);
	t.deepEqual(begunMs, [0, 0, 0, 100, 200]);
});
