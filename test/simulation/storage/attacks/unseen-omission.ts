/** Claims of omission: a right one, late, and one that is wrong. */
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import {omissionDeposit} from '#ledger/disputes/omission';
import {encodeForestInclusion, proveInclusion} from '#storage-proofs/forest-piece';
import {crypto} from '../../../support/crypto.ts';
import {ada, bob, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, commitAndProve, piecesOf, publicRules} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
const OWN_LEAVES = 8;
/** So long nobody looks. */
const ASLEEP_EPOCHS = 10;
const terms = {endEpoch: Epoch(60), rate: ada(4000), capacityLeaves: LEAVES};
const ownTerms = {...terms, capacityLeaves: OWN_LEAVES, nonce: 1};

type Plan = {readonly omits: boolean; readonly claims: boolean};

/** Carol is a customer that the chain has seen no revision of; Dave provides, and has an agreement with himself. */
const live = ({omits, claims}: Plan) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const customers = storeWith(chain, carol, east, piecesOf('customer', 1, LEAVES), terms);
	chain.send(dave, {kind: 'payer-deposit', amount: ada(100)});
	const own = storeWith(chain, dave, east, piecesOf('own', 1, OWN_LEAVES), ownTerms);
	const forest = () => (omits ? east.forestOf([own]) : undefined);
	for (let epoch = 1; epoch <= ASLEEP_EPOCHS; epoch++) commitAndProve(chain, east, epoch, forest());
	if (claims)
		chain.send(bob, {
			kind: 'omission-claim',
			epoch: Epoch(ASLEEP_EPOCHS),
			revision: east.newest(customers),
		});
	for (let epoch = ASLEEP_EPOCHS + 1; epoch <= ASLEEP_EPOCHS + 2; epoch++)
		commitAndProve(chain, east, epoch, forest());
	const paid = chain
		.eventsOf('storage-paid')
		.filter(({agreementId}) => Buffer.compare(agreementId, customers) === 0);
	return {
		chain,
		paid: paid.length,
		wealth: wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]}),
	};
};

const play = async (): Promise<Outcome> => {
	const cheat = live({omits: true, claims: true});
	const honest = live({omits: false, claims: false});
	const [fraud] = cheat.chain.eventsOf('fraud-punished');
	return {
		found: `epoch ${fraud?.epoch}, claimed after ${ASLEEP_EPOCHS} epochs`,
		chance: 'certain',
		payoff: cheat.wealth - honest.wealth + epochRevenue(terms) * BigInt(honest.paid),
		problems: problemsOf({
			'nobody has noticed before': cheat.chain.eventsOf('missed').length === 0,
			'it loses what the agreement locks': fraud?.by === 'provider' && fraud.fraud === 'omission',
			'who claimed gets its deposit back': cheat.chain.eventsOf('omission-unanswered').length === 1,
			'an honest provider is paid': honest.paid === ASLEEP_EPOCHS + 2,
		}),
	};
};

export const unseenOmission: StorageAttack = {
	name: 'unseen-omission',
	about: 'The same with a revision that the chain has never seen.',
	rule: 'Whoever has the revision claims the omission with a deposit; a provider that cannot show its place in the proven root loses as much as the agreement locks.',
	play,
	bite: {
		without: 'anybody who claims it',
		play: async () => {
			const {paid} = live({omits: true, claims: false});
			return paid === ASLEEP_EPOCHS + 2 ? `paid in all ${paid} epochs for pieces that are gone` : undefined;
		},
	},
};

/** Bob claims again and again what is not so; Dave's provider shows each time that it is not. */
const claimFalsely = async (): Promise<Outcome> => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const agreementId = storeWith(chain, carol, east, piecesOf('customer', 1, LEAVES), terms);
	const wealth = (): bigint => wealthOf(chain.state, {accounts: [bob]});
	const before = wealth();
	const providers = wealthOf(chain.state, {accounts: [east.payout], providers: [east]});
	let answered = 0n;
	for (let number = 1; number <= 3; number++) {
		const epoch = Epoch(number);
		commitAndProve(chain, east, epoch);
		const leaves = east.forestLeaves(chain, epoch);
		chain.send(bob, {kind: 'omission-claim', epoch, revision: east.newest(agreementId)});
		const inclusion = proveInclusion(crypto, leaves, agreementId);
		if (inclusion === undefined) continue;
		const answer = {
			kind: 'omission-answer',
			agreementId,
			epoch,
			inclusion: encodeForestInclusion(inclusion),
			revision: null,
		} as const;
		chain.sendFree(answer, [east.operator]);
		answered++;
	}
	const after = wealthOf(chain.state, {accounts: [east.payout], providers: [east]});
	const earned = chain.eventsOf('storage-paid').reduce((sum, {amount, fee}) => sum + amount - fee, 0n);
	const deposits = answered * omissionDeposit(publicRules.parameters);
	return {
		found: 'each time, by the answer',
		chance: 'certain',
		payoff: wealth() - before,
		problems: problemsOf({
			'the provider is punished for nothing': chain.eventsOf('fraud-punished').length === 0,
			'the provider gets the deposits': answered === 3n && after - providers === earned + deposits,
		}),
	};
};

export const falseClaims: StorageAttack = {
	name: 'false-claims',
	about: 'Somebody claims omissions that are none, to make a provider work or miss its answer.',
	rule: 'An answer is free of charge and brings the deposit; one claim at a time for an agreement and epoch.',
	play: claimFalsely,
};
