import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {moreThan} from './binomial.ts';
import {honestRollbackOdds, noHaltOdds, partitionRollbackOdds} from './partition.ts';
import {CERTAIN, powerUp, probability} from './probability.ts';
import {equalShares} from './slot-odds.ts';

/** Each of the two pools leads every other slot. */
const coins = {f: Ratio(3n, 4n), honest: equalShares(2), delaySlots: 0};
const isNear = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) < CERTAIN >> 60n;

test('without delay a fork lives on only through slots with two leaders', t => {
	// Ten letters in a row with two leaders each, beginning at any of a hundred slots.
	const third = probability(Ratio(1n, 3n));
	const expected = (100n * 3n * powerUp(third, 10)) / 4n;
	t.true(isNear(honestRollbackOdds(coins, {k: 10, slots: 100}), expected));
});

test('with a delay of one slot all gaps count', t => {
	const odds = honestRollbackOdds({...coins, f: Ratio(1n, 10n), delaySlots: 1}, {k: 1, slots: 1});
	// A leader (0.1), and then a letter that is not known to stand behind silence: nothing is promised of one.
	t.true(isNear(odds, probability(Ratio(1n, 10n))));
});

test('a partition undoes what the smaller part made and a few blocks around', t => {
	const lonely = {...coins, honest: [Ratio(1n, 1n)], f: Ratio(1n, 2n)};
	const part = [Ratio(1n, 1n)];
	// One pool agrees with itself at every letter but the one at the moment of the cut and of the heal.
	const odds = partitionRollbackOdds(lonely, {k: 12, slots: 20, part});
	t.true(odds >= moreThan(20, CERTAIN / 2n, 12));
	t.true(odds <= moreThan(20, CERTAIN / 2n, 10) + (CERTAIN >> 60n));
	t.is(partitionRollbackOdds(lonely, {k: 12, slots: 500, part}) > CERTAIN / 2n, true);
});

test('a partition that lasts ends in a halt unless a part is too slow', t => {
	const parts = [[Ratio(1n, 2n)], [Ratio(1n, 2n)]];
	const odds = noHaltOdds(coins, {k: 10, slots: 40, parts});
	// Each part has at most ten heads in forty throws.
	t.true(isNear(odds, 2n * moreThan(40, CERTAIN / 2n, 29)));
});
