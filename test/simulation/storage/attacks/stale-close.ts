/** One side closes an agreement with an older revision than both have signed. */
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {SignedRevision} from '#ledger/agreements/revision';
import {keyOf} from '#ledger/state/keys';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, commitAndProve, piecesOf} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
const LEAVES_BEFORE = 4;
/** The close window is over by then. */
const EPOCHS = 5;
const terms = {endEpoch: Epoch(60), rate: ada(4000), capacityLeaves: LEAVES};

type Plan = {
	readonly closes: 'operator' | 'client';
	/** Shows the newest revision first, as who closes has to. */
	readonly honest: boolean;
	/** The other side shows it after. */
	readonly shown: boolean;
};

/** Carol is a customer. The chain has seen the first revision of two. */
const live = ({closes, honest, shown}: Plan) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const agreementId = storeWith(chain, carol, east, [], terms);
	const few = piecesOf('few', 1, LEAVES_BEFORE);
	const before = east.store(chain, carol, agreementId, few);
	const post = (revision: SignedRevision): void => {
		chain.send(carol, {kind: 'revision-post', revision});
	};
	post(before);
	const newest = east.store(chain, carol, agreementId, piecesOf('many', 1, LEAVES));
	if (honest) post(newest);
	const close = {kind: 'agreement-close', agreementId, mode: closes} as const;
	if (closes === 'client') chain.send(carol, close);
	else chain.send(dave, close, {with: [east.operator]});
	if (shown && !honest) post(newest);
	// A provider that has closed with the first revision has thrown away what came with the second.
	if (!honest && closes === 'operator') east.store(chain, carol, agreementId, few, before.revision);
	for (let epoch = 1; epoch < EPOCHS; epoch++) commitAndProve(chain, east, epoch);
	chain.advanceTo(chain.slotAt(EPOCHS, 9));
	return {
		chain,
		isOver: !chain.state.agreements.has(keyOf(agreementId)) || chain.eventsOf('agreement-vacated').length > 0,
		provider: wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]}),
		client: wealthOf(chain.state, {accounts: [carol]}),
		paid: chain.eventsOf('storage-paid').length,
	};
};

const playProvider = async (): Promise<Outcome> => {
	const cheat = live({closes: 'operator', honest: false, shown: true});
	const honest = live({closes: 'operator', honest: true, shown: false});
	const [fraud] = cheat.chain.eventsOf('fraud-punished');
	const saved = epochRevenue(terms) * BigInt(honest.paid);
	return {
		found: `epoch ${fraud?.epoch}, when the newest revision is shown`,
		chance: 'certain',
		payoff: cheat.provider - honest.provider + saved,
		problems: problemsOf({
			'it loses what the agreement locks': fraud?.by === 'provider' && fraud.fraud === 'stale-close',
			'who closes with the newest revision loses nothing':
				honest.paid > 0 && honest.isOver && honest.chain.eventsOf('missed').length === 0,
		}),
	};
};

const playClient = async (): Promise<Outcome> => {
	const cheat = live({closes: 'client', honest: false, shown: true});
	const honest = live({closes: 'client', honest: true, shown: false});
	const [fraud] = cheat.chain.eventsOf('fraud-punished');
	return {
		found: `epoch ${fraud?.epoch}, when the newest revision is shown`,
		chance: 'certain',
		payoff: cheat.client - honest.client,
		problems: problemsOf({
			'it loses what the agreement locks': fraud?.by === 'client' && fraud.fraud === 'stale-close',
			'the provider loses nothing by it': cheat.provider >= honest.provider && cheat.paid === honest.paid,
			'the provider gains nothing by it': cheat.provider <= honest.provider,
		}),
	};
};

export const staleCloseByProvider: StorageAttack = {
	name: 'stale-close',
	about: 'A provider closes an agreement with an older revision, and throws away what came after it.',
	rule: 'Anybody may show the newest revision until the close window is over; whoever closed with an older one loses as much as the agreement locks.',
	play: playProvider,
	bite: {
		without: 'anybody who shows it',
		play: async () => {
			const cheat = live({closes: 'operator', honest: false, shown: false});
			const honest = live({closes: 'operator', honest: true, shown: false});
			return cheat.paid === honest.paid && cheat.provider >= honest.provider
				? `paid in the close window (epochs: ${cheat.paid}) for a sixteenth of the pieces`
				: undefined;
		},
	},
};

export const staleCloseByClient: StorageAttack = {
	name: 'stale-close-by-client',
	about:
		'A client closes an agreement with an older revision, so that its provider misses pieces that both had given up.',
	rule: 'As above, from what the client has set aside for storage; nothing of it goes to the provider.',
	play: playClient,
};
