/** Pieces are thrown away in the hope that no challenge falls on them. */
import {toHex} from '#kernel/bytes';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {pieceIdOf, storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, cheatUntilVacated, type Missing, piecesOf} from '../cheating-provider.ts';
import {fraction, greatest, isBelow, percentText, textUp} from '../fraction.ts';
import {expectedGain, foundChance, foundWithin} from '../odds-of-gain.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const PIECES = 20;
const LEAVES = 16;
const KEPT = 15;
const EPOCHS = 25;

const live = (missing: Missing, epochs?: number) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const pieces = piecesOf('thin', PIECES, LEAVES);
	storeWith(chain, carol, east, pieces, {
		capacityLeaves: PIECES * LEAVES,
		rate: ada(4000),
		endEpoch: 60 as never,
	});
	const lived = cheatUntilVacated(chain, east, missing, epochs ?? EPOCHS);
	return {chain, lived, wealth: wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]})};
};

/** Of customers' pay in an epoch, whatever part is thrown away. */
const best = () =>
	greatest(
		Array.from({length: 100}, (_, index) =>
			expectedGain(
				{customers: 100n, missing: BigInt(index + 1), own: 0n, ownRate: fraction(1n)},
				{numerator: 1n, denominator: 20n},
			),
		),
	);

const play = async (): Promise<Outcome> => {
	const missing = new Set(
		piecesOf('thin', PIECES, LEAVES)
			.slice(KEPT)
			.map(piece => toHex(pieceIdOf(piece))),
	);
	const cheat = live(missing);
	const honest = live(new Set(), cheat.lived);
	const revenue = honest.chain.eventsOf('storage-paid')[0]?.amount ?? 0n;
	const saved = (revenue * BigInt(cheat.lived) * BigInt(PIECES - KEPT)) / BigInt(PIECES);
	const [first] = cheat.chain.eventsOf('missed');
	const chance = foundChance(BigInt(PIECES - KEPT), BigInt(PIECES));
	return {
		found: `first in epoch ${first?.epoch}, vacated in epoch ${cheat.lived}`,
		chance: percentText(chance),
		expected: textUp(best()),
		payoff: cheat.wealth - honest.wealth + saved,
		problems: problemsOf({
			'an honest provider misses nothing': honest.chain.eventsOf('missed').length === 0,
			'the cheat is vacated at its third miss': cheat.chain.eventsOf('missed').length === 3,
			'no part that is thrown away can be expected to pay': isBelow(best(), fraction(0n)),
			'1 % missing is found with 7.7 % a day and 91 % a month':
				percentText(foundChance(1n, 100n)) === '7.7 %' &&
				percentText(foundWithin(foundChance(1n, 100n), 30)) === '91.0 %',
			'5 % missing is found with 33.7 % a day': percentText(foundChance(5n, 100n)) === '33.7 %',
			'50 % missing is found with 99.6 % a day': percentText(foundChance(1n, 2n)) === '99.6 %',
		}),
	};
};

export const thinStorage: StorageAttack = {
	name: 'thin-storage',
	about: 'A quarter of the pieces is thrown away, in the hope that no challenge falls on them.',
	rule: 'Eight leaves are drawn by later blocks; a miss costs the pay of the epoch and one, three, ten epochs of revenue.',
	play,
};
