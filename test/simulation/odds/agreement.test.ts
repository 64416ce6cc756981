import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {disagreementOdds, slotsUntilAgreement} from './agreement.ts';
import {CERTAIN, powerUp, probability} from './probability.ts';
import {equalShares, type Lottery} from './slot-odds.ts';

/** Each of the two pools leads every other slot: one leader in a half of all slots, none in a quarter. */
const coins: Lottery = {f: Ratio(3n, 4n), honest: equalShares(2), adversary: [], delaySlots: 0};
const isNear = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) < CERTAIN >> 60n;

test('without delay any slot with one leader ends a disagreement', t => {
	for (const slots of [0, 1, 10, 40])
		t.true(isNear(disagreementOdds(coins, slots), powerUp(CERTAIN / 2n, slots)));
});

type Kind = 'silent' | 'unique' | 'other';
const kinds: readonly Kind[] = ['silent', 'unique', 'other'];
const strings = (length: number): readonly (readonly Kind[])[] =>
	length === 0 ? [[]] : strings(length - 1).flatMap(string => kinds.map(kind => [...string, kind]));

const isAgreed = (string: readonly Kind[], delay: number): boolean =>
	string.some((kind, at) => {
		const around = [...string.slice(Math.max(0, at - delay), at), ...string.slice(at + 1, at + 1 + delay)];
		return kind === 'unique' && around.length === 2 * delay && around.every(other => other === 'silent');
	});

test('with a delay it takes silence around it: every string of slots counted', t => {
	const quarters = {silent: 1n, unique: 2n, other: 1n};
	for (const delaySlots of [1, 2])
		for (const slots of [3, 5, 8]) {
			let ways = 0n;
			for (const string of strings(slots))
				if (!isAgreed(string, delaySlots)) ways += string.reduce((all, kind) => all * quarters[kind], 1n);
			const exact = (ways * CERTAIN) / 4n ** BigInt(slots);
			t.true(isNear(disagreementOdds({...coins, delaySlots}, slots), exact), `${delaySlots} ${slots}`);
		}
});

test('says after how many slots disagreement is unlikely enough', t => {
	t.is(slotsUntilAgreement(coins, CERTAIN / 1000n), 10);
	t.is(slotsUntilAgreement(coins, probability(Ratio(1n, 2n)) + (CERTAIN >> 60n)), 1);
	const slots = slotsUntilAgreement({...coins, f: Ratio(1n, 4n), delaySlots: 1}, CERTAIN / 1_000_000n);
	t.true(disagreementOdds({...coins, f: Ratio(1n, 4n), delaySlots: 1}, slots) <= CERTAIN / 1_000_000n);
	t.true(disagreementOdds({...coins, f: Ratio(1n, 4n), delaySlots: 1}, slots - 1) > CERTAIN / 1_000_000n);
});

test('an adversary that may lead any slot delays agreement', t => {
	const share = Ratio(1n, 5n);
	const attacked = {...coins, honest: equalShares(2, share), adversary: [share]};
	t.true(disagreementOdds(attacked, 20) > disagreementOdds(coins, 20));
});
