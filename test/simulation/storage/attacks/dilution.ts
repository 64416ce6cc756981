/** Cheap agreements with itself draw the challenges away from customers' pieces that were thrown away. */
import {toHex} from '#kernel/bytes';
import {RATE_SPREAD_MAX} from '#ledger/limits';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {openingOf, pieceIdOf, storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, cheatUntilVacated, type Missing, piecesOf, publicRules} from '../cheating-provider.ts';
import {type Fraction, fraction, greatest, isBelow, percentText, textUp} from '../fraction.ts';
import {expectedGain, foundChance} from '../odds-of-gain.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
/** Own leaves for each one of the customer's. */
const TIMES = 9;
const EPOCHS = 20;
const CUSTOMER_RATE = ada(4000);
const OWN_RATE = ada(1000);
const terms = {endEpoch: 60 as never, rate: CUSTOMER_RATE, capacityLeaves: LEAVES};
const ownTerms = {endEpoch: 60 as never, rate: OWN_RATE, capacityLeaves: TIMES * LEAVES, nonce: 1};

const live = (missing: Missing, epochsMax: number, withItself: boolean) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	storeWith(chain, carol, east, piecesOf('customer', 1, LEAVES), terms);
	if (withItself) {
		chain.send(dave, {kind: 'payer-deposit', amount: ada(100)});
		storeWith(chain, dave, east, piecesOf('own', TIMES, LEAVES), ownTerms);
	}
	// The ledger refuses what would be cheaper still.
	const cheaper = openingOf(east, {...ownTerms, nonce: 2, rate: ada(999)});
	const refused = chain.refusal(chain.transaction(dave, cheaper, {with: [east.operator]}));
	const epochs = cheatUntilVacated(chain, east, missing, epochsMax);
	const wealth = wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]});
	return {chain, epochs, wealth, refused};
};

/** The most that can be expected of one epoch with own agreements at `ownRate`, over what is thrown away and how diluted. */
export const bestDilution = (ownRate: Fraction): Fraction => {
	const {storageFee} = publicRules.parameters;
	const plans: Fraction[] = [];
	for (const own of [0n, 1n, 2n, 5n, 10n, 20n, 50n, 91n, 200n, 500n, 1000n, 10_000n])
		for (const missing of [1n, 10n, 25n, 50n, 75n, 100n])
			plans.push(expectedGain({customers: 100n, missing, own: own * 100n, ownRate}, storageFee));
	return greatest(plans);
};

const play = async (): Promise<Outcome> => {
	const gone = new Set(piecesOf('customer', 1, LEAVES).map(piece => toHex(pieceIdOf(piece))));
	const cheat = live(gone, EPOCHS, true);
	const honest = live(new Set(), cheat.epochs, false);
	const saved = BigInt(honest.chain.eventsOf('storage-paid')[0]?.amount ?? 0n) * BigInt(cheat.epochs);
	const best = bestDilution(fraction(1n, RATE_SPREAD_MAX));
	const [first] = cheat.chain.eventsOf('missed');
	return {
		found: `first in epoch ${first?.epoch}, vacated in epoch ${cheat.epochs}`,
		chance: percentText(foundChance(1n, BigInt(TIMES + 1))),
		expected: textUp(best),
		payoff: cheat.wealth - honest.wealth + saved,
		problems: problemsOf({
			'an honest provider misses nothing': honest.chain.eventsOf('missed').length === 0,
			'the cheat is vacated': cheat.chain.eventsOf('agreement-vacated').length === 2,
			'agreements that are cheaper still are refused':
				(cheat.refused as {readonly code?: string} | undefined)?.code === 'AGREEMENT_RATE_APART',
			'no dilution can be expected to pay': isBelow(best, fraction(0n)),
			'with rates ten times apart it would': isBelow(fraction(0n), bestDilution(fraction(1n, 10n))),
		}),
	};
};

/** Rates far apart: what the network's least rate was to a market price of 260 lovelace a GiB and epoch. */
const FAR_APART = fraction(10n, 260n);

export const dilution: StorageAttack = {
	name: 'dilution',
	about:
		'Customers’ pieces are thrown away behind nine times as many leaves of cheap agreements with itself.',
	rule: 'The highest rate of a provider’s running agreements is at most four times the lowest, so a miss costs enough.',
	play,
	bite: {
		without: 'own agreements at 10 lovelace a GiB beside customers’ at 260',
		play: async () => {
			const best = bestDilution(FAR_APART);
			return isBelow(fraction(0n), best) ? `+${textUp(best)} of the customers’ pay an epoch` : undefined;
		},
	},
};
