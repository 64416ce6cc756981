/** A provider pays itself to look busy. */
import {ada, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, cheatUntilVacated, piecesOf, publicRules} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const EPOCHS = 5;
const LEAVES = 256;

const play = async (): Promise<Outcome> => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const coalition = {accounts: [dave, east.payout], providers: [east]};
	const before = wealthOf(chain.state, coalition);
	chain.send(dave, {kind: 'payer-deposit', amount: ada(100)});
	storeWith(chain, dave, east, piecesOf('own', 4, LEAVES / 4), {
		capacityLeaves: LEAVES,
		rate: ada(4000),
		endEpoch: 60 as never,
	});
	const opened = wealthOf(chain.state, coalition);
	cheatUntilVacated(chain, east, new Set(), EPOCHS);
	const after = wealthOf(chain.state, coalition);
	const {numerator, denominator} = publicRules.parameters.storageFee;
	const paid = chain.eventsOf('storage-paid');
	const fees = paid.reduce((sum, {amount}) => sum + (amount * numerator) / denominator, 0n);
	return {
		found: 'not needed: it earns nothing',
		chance: 'certain',
		payoff: after - before,
		problems: problemsOf({
			'it is paid by itself every epoch': paid.length === EPOCHS,
			'every epoch costs the protocol fee, to the lovelace': opened - after === fees && fees > 0n,
			'nothing is minted for stored bytes': chain
				.eventsOf('rewarded')
				.every(({account}) => account !== dave.account),
		}),
	};
};

export const selfDealing: StorageAttack = {
	name: 'self-dealing',
	about: 'A provider is its own customer, to look busy or to be rewarded for stored bytes.',
	rule: 'Nothing is minted per stored byte; each payment leaves a twentieth to others as the protocol fee.',
	play,
};
