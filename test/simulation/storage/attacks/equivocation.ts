/** A provider signs two revisions of one number, and keeps the pieces of the smaller one. */
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, commitAndProve, piecesOf} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
const EPOCHS = 3;
const terms = {endEpoch: Epoch(60), rate: ada(4000), capacityLeaves: LEAVES};

type Plan = {readonly signsTwice: boolean; readonly shown: boolean};

/** Carol got no answer to the first revision and asked again, for less; later the first answer comes all the same. */
const live = ({signsTwice, shown}: Plan) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const agreementId = storeWith(chain, carol, east, [], terms);
	const first = east.store(chain, carol, agreementId, piecesOf('many', 1, LEAVES));
	if (signsTwice) {
		const {revisionNo, prevHash} = first.revision;
		const second = east.store(chain, carol, agreementId, piecesOf('few', 1, 1), {revisionNo, prevHash});
		commitAndProve(chain, east, 1);
		if (shown) chain.send(carol, {kind: 'revision-equivocation', first, second});
	} else commitAndProve(chain, east, 1);
	for (let epoch = 2; epoch <= EPOCHS; epoch++) commitAndProve(chain, east, epoch);
	return {
		chain,
		wealth: wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]}),
		paid: chain.eventsOf('storage-paid').length,
	};
};

const play = async (): Promise<Outcome> => {
	const cheat = live({signsTwice: true, shown: true});
	const honest = live({signsTwice: false, shown: false});
	const [fraud] = cheat.chain.eventsOf('fraud-punished');
	return {
		found: `epoch ${fraud?.epoch}, when somebody has both`,
		chance: 'certain',
		payoff: cheat.wealth - honest.wealth + epochRevenue(terms) * BigInt(honest.paid),
		problems: problemsOf({
			'it loses what the agreement locks': fraud?.by === 'provider' && fraud.fraud === 'equivocation',
			'it loses the agreement': cheat.chain.eventsOf('agreement-vacated').length === 1,
			'an honest provider is paid': honest.paid === EPOCHS,
		}),
	};
};

export const equivocation: StorageAttack = {
	name: 'equivocation',
	about: 'A provider signs two revisions of one number, and keeps the pieces of the smaller one.',
	rule: 'Two revisions of one number, both with both signatures, cost the provider as much as the agreement locks, and the agreement.',
	play,
	bite: {
		without: 'anybody who has both',
		play: async () => {
			const {paid} = live({signsTwice: true, shown: false});
			return paid === EPOCHS ? `paid in all ${paid} epochs for pieces that are gone` : undefined;
		},
	},
};
