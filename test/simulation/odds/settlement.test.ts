import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {CERTAIN, powerUp, probability, timesDown} from './probability.ts';
import {forkOdds, rollbackOdds, unsettledAfter} from './settlement.ts';
import {equalShares, type Letters} from './slot-odds.ts';

type Letter = 'unique' | 'several' | 'harmful';

const word = (unique: Ratio, several: Ratio): Letters => {
	const [u, s] = [probability(unique), probability(several)];
	return {unique: u, several: s, harmful: CERTAIN - u - s, active: CERTAIN / 4n};
};

const reachAfter = (reach: number, letter: Letter): number =>
	letter === 'harmful' ? reach + 1 : Math.max(0, reach - 1);

/** The margin of a string of letters by the recursion's own words, one string at a time. */
const marginOf = (before: number, letters: readonly Letter[]): number => {
	let [reach, margin] = [before, before];
	for (const letter of letters) {
		const sticks = margin === 0 && letter !== 'harmful' && (reach > 0 || letter === 'several');
		margin = letter === 'harmful' ? margin + 1 : sticks ? 0 : margin - 1;
		reach = reachAfter(reach, letter);
	}
	return margin;
};

const strings = (length: number): readonly (readonly Letter[])[] =>
	length === 0
		? [[]]
		: strings(length - 1).flatMap(string =>
				(['unique', 'several', 'harmful'] as const).map(letter => [...string, letter]),
			);

test('counts every string of letters once', t => {
	const letters = word(Ratio(3n, 5n), Ratio(1n, 10n));
	const ratio = 3 / 7;
	const chance = {unique: 0.6, several: 0.1, harmful: 0.3};
	for (const length of [1, 3, 6]) {
		let expected = 0;
		for (let reach = 0; reach < 60; reach++)
			for (const string of strings(length)) {
				const margin = marginOf(reach, string);
				const odds = string.reduce((all, letter) => all * chance[letter], (1 - ratio) * ratio ** reach);
				expected += odds * (margin >= 0 ? 1 : ratio ** -margin);
			}
		const bound = Number((unsettledAfter(letters, length) * 10n ** 15n) / CERTAIN) / 1e15;
		t.true(Math.abs(bound - expected) < 1e-9, `${bound} ${expected}`);
	}
});

test('without an adversary only slots with several leaders keep a fork alive', t => {
	const letters = word(Ratio(2n, 3n), Ratio(1n, 3n));
	const third = probability(Ratio(1n, 3n)) + 1n;
	for (const length of [1, 5, 20]) {
		const odds = unsettledAfter(letters, length);
		t.true(odds >= powerUp(third - 1n, length) && odds - powerUp(third, length) < CERTAIN >> 90n);
	}
});

test('an adversary of one half may undo everything', t => {
	t.is(unsettledAfter(word(Ratio(1n, 2n), Ratio(0n, 1n)), 100), CERTAIN);
	t.is(forkOdds(word(Ratio(1n, 4n), Ratio(1n, 4n)), 100), CERTAIN);
});

/** P(an adversary alone, from one place on, is ever longer than k and not behind, within so many letters). */
const privateForkOdds = (harmful: bigint, k: number, letters: number): bigint => {
	/** By how many letters are its own. */
	let open = [CERTAIN];
	let won = 0n;
	for (let letter = 1; letter <= letters; letter++) {
		const next = Array.from({length: letter + 1}, (_, own) => {
			const fromBelow = own === 0 ? 0n : timesDown(open[own - 1] ?? 0n, harmful);
			return fromBelow + timesDown(open[own] ?? 0n, CERTAIN - harmful);
		});
		const hasWon = (own: number): boolean => own > k && 2 * own >= letter;
		won += next.reduce((sum, chance, own) => (hasWon(own) ? sum + chance : sum), 0n);
		open = next.map((chance, own) => (hasWon(own) ? 0n : chance));
	}
	return won;
};

test('the bound is not below what a private fork achieves', t => {
	for (const harmful of [Ratio(1n, 10n), Ratio(1n, 4n), Ratio(2n, 5n)])
		for (const k of [2, 5, 9]) {
			const letters = word(
				Ratio(harmful.denominator - harmful.numerator, harmful.denominator),
				Ratio(0n, 1n),
			);
			const achieved = privateForkOdds(letters.harmful, k, 40);
			t.true(forkOdds(letters, k) >= achieved, `${harmful.numerator}/${harmful.denominator} k=${k}`);
		}
});

test('a deeper limit, less stake and fewer slots make a violation less likely', t => {
	const lottery = (share: Ratio): Parameters<typeof rollbackOdds>[0] => ({
		f: Ratio(1n, 4n),
		honest: equalShares(8, share),
		adversary: [share],
		delaySlots: 0,
	});
	const tenth = rollbackOdds(lottery(Ratio(1n, 10n)), {k: 40, slots: 1000});
	t.true(rollbackOdds(lottery(Ratio(1n, 10n)), {k: 50, slots: 1000}) < tenth);
	t.true(rollbackOdds(lottery(Ratio(1n, 20n)), {k: 40, slots: 1000}) < tenth);
	t.true(rollbackOdds(lottery(Ratio(1n, 10n)), {k: 40, slots: 100}) < tenth);
	t.true(rollbackOdds({...lottery(Ratio(1n, 10n)), delaySlots: 1}, {k: 40, slots: 1000}) > tenth);
});
