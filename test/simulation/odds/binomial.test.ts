import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {fewerThan, moreThan, moreThanByTrials, plausibleCounts} from './binomial.ts';
import {CERTAIN, probability} from './probability.ts';

const half = probability(Ratio(1n, 2n));
const third = probability(Ratio(1n, 3n));

const choose = (n: bigint, k: bigint): bigint => {
	let result = 1n;
	for (let i = 1n; i <= k; i++) result = (result * (n - k + i)) / i;
	return result;
};

/** Exact for p = 1/3. */
const exactly = (trials: number, count: number): bigint =>
	(choose(BigInt(trials), BigInt(count)) * 2n ** BigInt(trials - count) * CERTAIN) / 3n ** BigInt(trials);

test('ten coins show heads more than seven times in 56 of 1024 cases', t => {
	t.is(moreThan(10, half, 7), (CERTAIN * 56n) / 1024n);
	t.is(fewerThan(10, half, 3), (CERTAIN * 56n) / 1024n);
});

test('tails are not below the exact ones, and hardly above', t => {
	for (const max of [0, 5, 12, 30]) {
		let exact = 0n;
		for (let count = max + 1; count <= 40; count++) exact += exactly(40, count);
		const bound = moreThan(40, third + 1n, max);
		t.true(bound >= exact && bound - exact < CERTAIN >> 200n, `more than ${max}`);
	}
});

test('tails by trials are those of each number of trials', t => {
	const tails = moreThanByTrials(30, third, 6);
	for (const trials of [0, 6, 7, 20, 30]) {
		const difference = (tails[trials] ?? -1n) - moreThan(trials, third, 6);
		t.true(difference < CERTAIN >> 200n && difference > -(CERTAIN >> 200n));
	}
});

test('what cannot be has no chance, and what must be is certain', t => {
	t.is(moreThan(5, half, 5), 0n);
	t.is(fewerThan(5, half, 0), 0n);
	t.is(fewerThan(5, half, 6), CERTAIN);
});

test('plausible counts leave out less than the error on each side', t => {
	const error = (CERTAIN * 56n) / 1024n;
	t.deepEqual(plausibleCounts(10, half, error + 1n), {least: 3, most: 7});
	t.deepEqual(plausibleCounts(10, half, error - (CERTAIN >> 100n)), {least: 2, most: 8});
});

test('plausible counts of many trials lie around the mean', t => {
	const {least, most} = plausibleCounts(20_000, probability(Ratio(1n, 20n)), CERTAIN / 2_000_000_000n);
	// Six standard deviations of 30.8 around 1000.
	t.true(least > 800 && least < 840 && most > 1160 && most < 1210, `${least} to ${most}`);
});
