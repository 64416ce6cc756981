/** A provider pays itself for the subsidy, and owns all pools besides, which get back most of the fee. */
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {LedgerChain} from '../../../support/ledger-chain.ts';
import {ada, alice, bob, carol, dave, testGenesis} from '../../../support/ledger-genesis.ts';
import {registerProviders, storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {cheatEpoch, piecesOf, publicRules} from '../cheating-provider.ts';
import {lovelaceText, type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 256;
const EPOCHS = 4;
/** More than anybody can get. */
const parameters = {...publicRules.parameters, subsidyPerPeriod: ada(1000)};

/** All stake, all pools, the provider and its one customer are of one owner; so nobody else pays a fee. */
const live = (dealsWithItself: boolean) => {
	const east = new TestProvider('east');
	const chain = new LedgerChain(testGenesis({parameters}));
	registerProviders(chain, dave, [east]);
	if (dealsWithItself) {
		chain.send(dave, {kind: 'payer-deposit', amount: ada(1000)});
		storeWith(chain, dave, east, piecesOf('own', 4, LEAVES / 4), {
			capacityLeaves: LEAVES,
			rate: ada(4000),
			endEpoch: (EPOCHS + 1) as never,
		});
		for (let epoch = 1; epoch <= EPOCHS; epoch++) cheatEpoch(chain, east, epoch, new Set());
	}
	// Rewards and subsidies of the last period.
	chain.advanceTo(Slot(chain.slotAt(EPOCHS + 2)));
	const credits = wealthOf(chain.state, {
		accounts: [alice, bob, carol, dave, east.payout],
		providers: [east],
	});
	const subsidies = chain.eventsOf('subsidised').reduce((sum, {amount}) => sum + amount, 0n);
	const fees = chain.eventsOf('storage-paid').reduce((sum, {fee}) => sum + fee, 0n);
	return {chain, wealth: credits + subsidies, subsidies, fees};
};

const play = async (): Promise<Outcome> => {
	const [deals, rests] = [live(true), live(false)];
	const {numerator, denominator} = parameters.poolShare;
	return {
		found: 'not needed: it earns nothing',
		chance: 'certain',
		payoff: deals.wealth - rests.wealth,
		problems: problemsOf({
			'it is paid every epoch': deals.chain.eventsOf('storage-paid').length === EPOCHS,
			'it gets a subsidy': deals.subsidies > 0n,
			'no more than what pools leave of the fees':
				deals.subsidies * denominator <= deals.fees * (denominator - numerator),
			'the pot would have had more': deals.subsidies < ada(1000),
		}),
	};
};

export const subsidisedSelfDealing: StorageAttack = {
	name: 'subsidised-self-dealing',
	about: 'A provider that owns all pools is its own customer, for the sake of the storage subsidy.',
	rule: 'A subsidy is at most that part of the fees which pools do not get, so fee and subsidy together never return more than was paid.',
	play,
	bite: {
		without: 'a subsidy of up to all fees',
		play: async () => {
			const [deals, rests] = [live(true), live(false)];
			const gained = deals.wealth - rests.wealth - deals.subsidies + deals.fees;
			return gained > 0n ? `+${lovelaceText(Lovelace(gained))} lovelace` : undefined;
		},
	},
};
