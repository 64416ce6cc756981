/** Pieces that are kept and proven, and not given back; and demands for pieces that anybody would be given. */

import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import {answerFee, demandDeposit} from '#ledger/service/service-terms';
import {
	answer,
	classOf,
	demandOf,
	leafOf,
	OTHER,
	PIECE,
	type Scene,
} from '../../../ledger/service/service-scene.ts';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, commitAndProve, publicRules} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const EPOCHS = 3;
const DEMANDS = 3;
const terms = {endEpoch: Epoch(60), rate: ada(4000), capacityLeaves: 64};

/** Carol's provider, which is Dave's, has proven some epochs, and promised an answer or not. */
const live = (promise: boolean): Scene => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const id = storeWith(chain, carol, east, [PIECE, OTHER], terms);
	if (promise) chain.send(carol, classOf(id), {with: [east.operator]});
	for (let epoch = 1; epoch <= EPOCHS; epoch++) commitAndProve(chain, east, epoch);
	return {chain, east, id};
};

const provider = ({chain, east}: Scene): bigint =>
	wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]});
const customer = ({chain}: Scene): bigint => wealthOf(chain.state, {accounts: [carol]});

/** Asked for a piece before everybody, the provider says nothing. */
const withhold = async (): Promise<Outcome> => {
	const scene = live(true);
	const {chain} = scene;
	const before = provider(scene);
	chain.send(carol, demandOf(scene));
	const [demanded] = chain.eventsOf('retrieval-demanded');
	if (demanded !== undefined) chain.advanceTo(demanded.deadline);
	const [missed] = chain.eventsOf('retrieval-missed');
	return {
		found: 'by the first demand, a tenth of an epoch later',
		chance: 'certain',
		payoff: provider(scene) - before,
		problems: problemsOf({
			'the customer has its money back': missed?.refund === BigInt(EPOCHS) * epochRevenue(terms),
			'the agreement goes on': chain.eventsOf('agreement-vacated').length === 0,
		}),
	};
};

export const withheldPieces: StorageAttack = {
	name: 'withheld-pieces',
	about: 'A provider proves its pieces and gives them to nobody, in the hope to be paid for them once more.',
	rule: 'With a class of service its customer demands a piece on the chain; without an answer what was paid goes back, out of the collateral.',
	play: withhold,
	bite: {
		without: 'a class of service',
		play: async () => {
			const scene = live(false);
			const {chain} = scene;
			const refused = chain.refusal(chain.transaction(carol, demandOf(scene))) as
				| {readonly code: string}
				| undefined;
			const paid = chain.eventsOf('storage-paid').length;
			return refused?.code === 'SERVICE_CLASS_NONE' && paid === EPOCHS
				? `paid in all ${EPOCHS} epochs, and gives nothing back`
				: undefined;
		},
	},
};

/** Carol demands what she is given anyway; each time the provider answers. */
const demandFalsely = async (): Promise<Outcome> => {
	const scene = live(true);
	const {chain} = scene;
	const [customers, providers] = [customer(scene), provider(scene)];
	for (let number = 0; number < DEMANDS; number++) {
		chain.send(carol, demandOf(scene));
		chain.next(answer(scene, leafOf(PIECE, 3)));
	}
	const {parameters} = publicRules;
	const each = demandDeposit(parameters) - answerFee(parameters);
	return {
		found: 'each time, by the answer',
		chance: 'certain',
		payoff: customer(scene) - customers,
		problems: problemsOf({
			'the provider is punished for nothing': chain.eventsOf('retrieval-missed').length === 0,
			'the provider is paid for each answer': provider(scene) - providers === BigInt(DEMANDS) * each,
		}),
	};
};

export const falseDemands: StorageAttack = {
	name: 'false-demands',
	about:
		'A customer demands pieces on the chain that it is given anyway, for the sake of a refund or to make its provider work.',
	rule: 'The deposit pays for the answer and something for the provider; one demand at a time for an agreement, and no refund is more than was paid since the last one.',
	play: demandFalsely,
};
