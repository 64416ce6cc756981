import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {CERTAIN, numberUp, powerUp, probability} from './probability.ts';
import {equalShares, leaderOdds, letters, sharesOf, slotOdds} from './slot-odds.ts';

const close = (a: bigint, b: bigint): boolean => {
	const difference = a > b ? a - b : b - a;
	return difference < CERTAIN >> 60n;
};

/** The largest integer whose `degree`-th power is not above `value`. */
const integerRoot = (value: bigint, degree: bigint): bigint => {
	let [low, high] = [0n, 1n << (BigInt(value.toString(2).length) / degree + 1n)];
	while (high - low > 1n) {
		const middle = (low + high) >> 1n;
		if (middle ** degree <= value) low = middle;
		else high = middle;
	}
	return low;
};

/** 1 - (1-f)^(a/b) without series, logarithms or floats: an integer root of a power. */
const independentOdds = (share: Ratio, f: Ratio): bigint => {
	const not = CERTAIN - probability(f);
	const power = not ** share.numerator;
	const scaled = power * CERTAIN ** (share.denominator - share.numerator);
	return CERTAIN - integerRoot(scaled, share.denominator);
};

for (const f of [Ratio(1n, 2n), Ratio(1n, 4n), Ratio(1n, 20n)])
	for (const share of [
		Ratio(1n, 1n),
		Ratio(1n, 2n),
		Ratio(1n, 3n),
		Ratio(2n, 7n),
		Ratio(1n, 10n),
		Ratio(1n, 50n),
	])
		test(`the threshold of ${share.numerator}/${share.denominator} at f = 1/${f.denominator} is 1-(1-f)^sigma`, t => {
			t.true(close(leaderOdds(share, f), independentOdds(share, f)));
		});

test('two pools of one half each at f = 3/4 lead every other slot', t => {
	const halves = equalShares(2);
	const {some, one} = slotOdds(halves, Ratio(3n, 4n));
	t.true(close(some.low, (CERTAIN * 3n) / 4n) && close(some.high, (CERTAIN * 3n) / 4n));
	t.true(close(one.low, CERTAIN / 2n) && close(one.high, CERTAIN / 2n));
	t.true(some.low <= some.high && one.low <= one.high);
});

test('letters without an adversary are unique or several', t => {
	const word = letters({f: Ratio(3n, 4n), honest: equalShares(2), adversary: [], delaySlots: 0});
	t.true(close(word.unique, (CERTAIN * 2n) / 3n));
	t.true(close(word.several, CERTAIN / 3n));
	t.true(word.harmful < 10n ** 12n);
	t.is(word.unique + word.several + word.harmful, CERTAIN);
});

test('a delay makes harmful what another leader follows too soon', t => {
	const lottery = {f: Ratio(3n, 4n), honest: equalShares(2), adversary: []};
	const word = letters({...lottery, delaySlots: 2});
	// Two silent slots of a quarter each.
	t.true(close(word.unique, (CERTAIN * 2n) / 48n));
	t.true(close(word.harmful, CERTAIN - CERTAIN / 16n));
});

test('a slot in which an adversary leads too is harmful', t => {
	const word = letters({
		f: Ratio(3n, 4n),
		honest: [Ratio(1n, 2n)],
		adversary: [Ratio(1n, 2n)],
		delaySlots: 0,
	});
	t.true(close(word.unique, CERTAIN / 3n));
	t.true(close(word.harmful, (CERTAIN * 2n) / 3n));
});

test('shares are exact', t => {
	t.deepEqual(sharesOf([1, 1, 2]), [Ratio(1n, 4n), Ratio(1n, 4n), Ratio(1n, 2n)]);
	t.deepEqual(equalShares(2, Ratio(1n, 5n)), [Ratio(2n, 5n), Ratio(2n, 5n)]);
	t.is(numberUp(leaderOdds(Ratio(0n, 1n), Ratio(1n, 2n))), 0);
	t.is(leaderOdds(Ratio(1n, 9n), Ratio(1n, 1n)), CERTAIN);
	t.is(powerUp(CERTAIN, 5), CERTAIN);
});
