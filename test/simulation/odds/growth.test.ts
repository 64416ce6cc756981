import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {growthOdds, qualityOdds} from './growth.ts';
import {CERTAIN, powerUp, probability} from './probability.ts';
import {equalShares, leaderOdds} from './slot-odds.ts';

const isNear = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) < CERTAIN >> 60n;

test('no block in ten slots of one half each: one run of tails, at any of a hundred slots', t => {
	const lottery = {f: Ratio(1n, 2n), honest: [Ratio(1n, 1n)], delaySlots: 0};
	const odds = growthOdds(lottery, {windowSlots: 10, blocksMin: 1, slots: 100});
	t.true(isNear(odds, (100n * CERTAIN) / 1024n));
});

test('a delay takes slots away before, between and behind blocks', t => {
	const lottery = {f: Ratio(1n, 2n), honest: [Ratio(1n, 1n)], delaySlots: 2};
	const odds = growthOdds(lottery, {windowSlots: 14, blocksMin: 1, slots: 1});
	t.true(isNear(odds, CERTAIN / 1024n));
	t.is(growthOdds(lottery, {windowSlots: 6, blocksMin: 2, slots: 1}), CERTAIN);
});

test('a chain of honest pools alone is honest', t => {
	const lottery = {f: Ratio(1n, 4n), honest: equalShares(4), adversary: [], delaySlots: 0};
	t.is(qualityOdds(lottery, {windowBlocks: 10, honestMin: 9, slots: 1000}), 0n);
});

test('quality is not promised beyond what an adversary does that leads ten slots in a row', t => {
	const share = Ratio(1n, 3n);
	const lottery = {f: Ratio(1n, 4n), honest: equalShares(4, share), adversary: [share], delaySlots: 0};
	const tenInARow = powerUp(leaderOdds(share, lottery.f), 10);
	t.true(qualityOdds(lottery, {windowBlocks: 10, honestMin: 1, slots: 100}) >= tenInARow);
});

test('fewer promised honest blocks and less stake make a violation less likely', t => {
	const lottery = (share: Ratio): Parameters<typeof qualityOdds>[0] => ({
		f: Ratio(1n, 4n),
		honest: equalShares(4, share),
		adversary: [share],
		delaySlots: 0,
	});
	const bound = {windowBlocks: 40, honestMin: 10, slots: 500};
	const tenth = qualityOdds(lottery(Ratio(1n, 10n)), bound);
	t.true(tenth < CERTAIN / 1000n);
	t.true(qualityOdds(lottery(Ratio(1n, 10n)), {...bound, honestMin: 5}) < tenth);
	t.true(qualityOdds(lottery(Ratio(1n, 20n)), bound) < tenth);
	t.true(qualityOdds(lottery(Ratio(1n, 5n)), bound) > tenth);
	t.is(qualityOdds({...lottery(Ratio(1n, 10n)), delaySlots: 1}, bound), CERTAIN);
	t.true(probability(Ratio(1n, 10n)) > 0n);
});
