/** A provider leaves a customer's agreement out of the forest that it commits to, and throws its pieces away. */
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, cheatEpoch, piecesOf} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
const OWN_LEAVES = 8;
const EPOCH = 1;
const terms = {endEpoch: 60 as never, rate: ada(4000), capacityLeaves: LEAVES};
const ownTerms = {endEpoch: 60 as never, rate: ada(4000), capacityLeaves: OWN_LEAVES, nonce: 1};

/** Carol is a customer; Dave provides, and has a small agreement with himself to commit to. */
const live = (omits: boolean) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const customers = storeWith(chain, carol, east, piecesOf('customer', 1, LEAVES), terms);
	chain.send(carol, {kind: 'revision-post', revision: east.newest(customers)});
	chain.send(dave, {kind: 'payer-deposit', amount: ada(100)});
	const own = storeWith(chain, dave, east, piecesOf('own', 1, OWN_LEAVES), ownTerms);
	const wealth = (): bigint => wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]});
	if (!omits) {
		cheatEpoch(chain, east, EPOCH, new Set());
		return {chain, wealth: wealth(), refused: undefined};
	}
	const forest = east.forestOf([own]);
	chain.advanceTo(chain.slotAt(EPOCH, -1));
	chain.next(east.commit(chain, EPOCH, forest));
	chain.advanceTo(chain.slotAt(EPOCH, 4));
	const proof = east.prove(chain, EPOCH, east.proof(chain, EPOCH, forest));
	const refused = chain.refusal(proof) as {readonly code?: string} | undefined;
	if (refused === undefined) chain.next(proof);
	chain.advanceTo(chain.slotAt(EPOCH, 9));
	return {chain, wealth: wealth(), refused};
};

const play = async (): Promise<Outcome> => {
	const cheat = live(true);
	const honest = live(false);
	const paid = honest.chain.eventsOf('storage-paid').map(({amount}) => BigInt(amount));
	const saved = paid.reduce((most, amount) => (amount > most ? amount : most), 0n);
	const [missed] = cheat.chain.eventsOf('missed');
	return {
		found: `epoch ${missed?.epoch}, by the ledger itself`,
		chance: 'certain',
		payoff: cheat.wealth - honest.wealth + saved,
		problems: problemsOf({
			'the proof is refused': cheat.refused?.code === 'PROOF_LEAVES_TOO_FEW',
			'it misses and is not paid':
				missed?.reason === 'no-proof' && cheat.chain.eventsOf('storage-paid').length === 0,
			'an honest provider is paid for both':
				paid.length === 2 && honest.chain.eventsOf('missed').length === 0,
		}),
	};
};

export const omission: StorageAttack = {
	name: 'omission',
	about:
		'A provider leaves a customer’s agreement out of the forest that it commits to, and throws its pieces away.',
	rule: 'A proven forest has at least the leaves of all revisions that the chain has seen; with a larger sum for another agreement it is `sum-inflation`.',
	play,
};
