import test from 'ava';
import fc from 'fast-check';
import {RateLimiter} from '#transport/rate-limiter';
import {createManualTimer} from './support/manual-timer.ts';

const KIB = 1024;

test('what is within the rate passes at once', t => {
	const {after} = createManualTimer();
	const limiter = new RateLimiter(64 * KIB, after);
	t.is(limiter.take(100), undefined);
	t.is(limiter.take(100), undefined);
});

test('after a burst others wait for as long as it takes, in the order in which they came', async t => {
	const timer = createManualTimer();
	const limiter = new RateLimiter(64 * KIB, timer.after);
	t.is(limiter.take(64 * KIB), undefined);
	const passed: string[] = [];
	const first = limiter.take(32 * KIB)?.then(() => passed.push('first'));
	const second = limiter.take(1)?.then(() => passed.push('second'));
	timer.advance(999);
	await new Promise(setImmediate);
	t.deepEqual(passed, []);
	timer.advance(1);
	await first;
	t.deepEqual(passed, ['first']);
	timer.advance(500);
	await second;
	t.deepEqual(passed, ['first', 'second']);
});

test('whatever comes, no more passes in a time than the rate allows, and one passage more', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({min: KIB, max: 1024 * KIB}),
			fc.array(fc.integer({min: 1, max: 256 * KIB}), {minLength: 1, maxLength: 40}),
			async (rate, sizes) => {
				const timer = createManualTimer();
				const limiter = new RateLimiter(rate, timer.after);
				let passed = 0;
				const turns = sizes.map(size => {
					const turn = limiter.take(size);
					if (turn === undefined) passed += size;
					return turn?.then(() => {
						passed += size;
					});
				});
				for (let second = 0; second < 5; second++) {
					await new Promise(setImmediate);
					t.true(passed <= rate * (second + 0.02) + Math.max(...sizes));
					timer.advance(1000);
				}
				timer.advance((sizes.reduce((sum, size) => sum + size, 0) / rate) * 1000 + 1);
				await Promise.all(turns);
			},
		),
		{numRuns: 30},
	);
});
