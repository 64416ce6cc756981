import test from 'ava';
import fc from 'fast-check';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {Revision, SignedRevision} from '#ledger/agreements/revision';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {agreementOf, payerOf, providerOf} from '#ledger/queries';
import {REASON_WEIGHTS} from '#ledger/reputation/track-record';
import {keyOf} from '#ledger/state/keys';
import type {LedgerState} from '#ledger/state/state';
import type {CloseMode} from '#ledger/tx/action-words';
import type {Transaction} from '#ledger/tx/transaction';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	runEpoch,
	signTogether,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

/** With what the treasury was paid on Cardano. */
const creditsEver = (state: LedgerState): bigint => creditsInCirculation(state) + withdrawnTotal(state);

const start = ({settleEpochs = 0, collateralEpochs = 3, funds = ada(10)} = {}) => {
	const east = new TestProvider('east');
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({...rest, parameters: {...parameters, settleEpochs, collateralEpochs}});
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: funds});
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	return {chain, east, agreementId, circulating: creditsEver(chain.state)};
};

/** Three epochs of what the agreement pays, by the parameters of the test profile. */
const penalty = 3n * epochRevenue(openingOf(new TestProvider('east')));

test('a client that closes with an older revision than it has signed pays for it once, and the provider gains nothing', t => {
	const {chain, east, agreementId, circulating} = start();
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	t.deepEqual(agreementOf(chain.state, agreementId)?.closing, {
		by: 'client',
		revisionNo: 0,
		isCaught: false,
	});
	const funds = payerOf(chain.env, chain.state, bob.account)?.funds ?? 0n;
	const bond = providerOf(chain.state, east.id)?.bond;
	const {treasury} = chain.state.pots.values().next().value ?? t.fail();
	const events = chain.send(carol, {kind: 'revision-post', revision: east.newest(agreementId)});
	t.deepEqual(events.at(-1), {
		kind: 'fraud-punished',
		agreementId,
		provider: east.id,
		by: 'client',
		fraud: 'stale-close',
		epoch: Epoch(0),
		slashed: penalty,
		toBounties: penalty / 2n,
		toTreasury: penalty - penalty / 2n,
	} as never);
	t.is(payerOf(chain.env, chain.state, bob.account)?.funds, (funds - penalty) as never);
	t.is(providerOf(chain.state, east.id)?.bond, bond);
	t.is(chain.state.pots.values().next().value?.treasury, (treasury + penalty - penalty / 2n) as never);
	t.like(agreementOf(chain.state, agreementId), {revisionNo: 1, bounty: penalty / 2n} as never);
	const second = east.store(chain, bob, agreementId, [pieceOf('b', 10)]);
	t.is(chain.send(carol, {kind: 'revision-post', revision: second}).at(-1)?.kind, 'revision-seen');
	t.is(creditsEver(chain.state), circulating);
});

test('a client pays for its fraud with what it does not owe: what a provider has earned stays there for it', t => {
	const revenue = epochRevenue(openingOf(new TestProvider('east')));
	const {chain, east, agreementId, circulating} = start({
		settleEpochs: 10,
		collateralEpochs: 5,
		funds: Lovelace(6n * revenue),
	});
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	const second = east.store(chain, bob, agreementId, [pieceOf('b', 10)]);
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	chain.send(carol, {kind: 'revision-post', revision: second});
	// Five epochs would be the penalty; three of six are owed.
	t.like(chain.eventsOf('fraud-punished'), [{by: 'client', slashed: Lovelace(3n * revenue)}]);
	chain.send(carol, {kind: 'agreement-settle', agreements: [agreementId]});
	t.like(chain.eventsOf('storage-paid'), [{epochs: 2, amount: Lovelace(2n * revenue)}]);
	t.is(creditsEver(chain.state), circulating);
});

test('a provider that closes with an older revision than it has signed loses collateral, and its record shows it', t => {
	const {chain, east, agreementId} = start();
	chain.send(alice, {kind: 'agreement-close', agreementId, mode: 'operator'}, {with: [east.operator]});
	const {bond} = providerOf(chain.state, east.id) ?? t.fail();
	chain.send(bob, {kind: 'revision-post', revision: east.newest(agreementId)});
	const after = providerOf(chain.state, east.id) ?? t.fail();
	t.is(after.bond, (bond - penalty) as never);
	t.is(after.slashed, penalty as never);
	t.like(after.penalties, [{reason: 'stale-close', slashed: penalty, vacated: false}] as never);
	const track = chain.state.trackRecords.get(keyOf(east.id));
	t.like(track?.events, [{reason: 'stale-close'}]);
	t.is(track?.failures[0]?.weight, REASON_WEIGHTS['stale-close']);
	// It goes on in the newest revision until the close window is over.
	t.like(agreementOf(chain.state, agreementId), {revisionNo: 1, collateral: 0n, vacancy: null});
});

test('who closes with the newest revision on chain loses nothing, whoever posts what', t => {
	const {chain, east, agreementId} = start();
	const revision = east.newest(agreementId);
	chain.send(bob, {kind: 'revision-post', revision});
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	t.deepEqual(chain.refusal(chain.transaction(carol, {kind: 'revision-post', revision})), {
		code: 'REVISION_STALE',
		revisionNo: 1,
		current: 1,
	});
	t.deepEqual(chain.eventsOf('fraud-punished'), []);
});

test('a proof that brings a newer revision than the one closed with shows the fraud by itself', t => {
	const {chain, east, agreementId} = start();
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	// Ends with epoch 3: the close window is half an epoch.
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	chain.advanceTo(chain.slotAt(1, 4));
	const endEpoch = agreementOf(chain.state, agreementId)?.endEpoch ?? 0;
	if (endEpoch <= 1) return t.fail('it ends before it is proven');
	chain.next(east.prove(chain, 1));
	t.like(chain.eventsOf('fraud-punished'), [{by: 'client', fraud: 'stale-close'}]);
});

const equivocation = (first: SignedRevision, second: SignedRevision) =>
	({kind: 'revision-equivocation', first, second}) as const;

test('a provider that signs two revisions of one number loses the collateral and the agreement', t => {
	const {chain, east, agreementId, circulating} = start();
	const first = east.newest(agreementId);
	const second = signTogether(chain, bob, east.operator, {...first.revision, root: hashOf('other pieces')});
	const events = chain.send(carol, equivocation(first, second));
	t.deepEqual(
		events.slice(-2).map(({kind}) => kind),
		['fraud-punished', 'agreement-vacated'],
	);
	t.like(events.at(-2), {by: 'provider', fraud: 'equivocation', slashed: penalty} as never);
	t.like(agreementOf(chain.state, agreementId), {collateral: 0n, bounty: penalty / 2n});
	t.like(providerOf(chain.state, east.id)?.penalties, [{reason: 'equivocation', vacated: true}]);
	t.deepEqual(chain.refusal(chain.transaction(carol, equivocation(first, second))), {
		code: 'AGREEMENT_VACATED',
		agreementId,
	});
	t.is(creditsEver(chain.state), circulating);
});

test('rejects two revisions that do not contradict each other, or that not both sides have signed', t => {
	const {chain, east, agreementId} = start();
	const first = east.newest(agreementId);
	const other = (change: Partial<Revision>, client = bob, operator = east.operator): SignedRevision =>
		signTogether(chain, client, operator, {...first.revision, ...change});
	const refusal = (second: SignedRevision): unknown =>
		chain.refusal(chain.transaction(carol, equivocation(first, second)));
	t.is(refusal(other({leaves: 1})), undefined);
	const agree = {code: 'REVISIONS_AGREE', agreementId, revisionNo: 1};
	t.deepEqual(refusal(first), agree);
	t.deepEqual(refusal(other({revisionNo: 2})), agree);
	t.deepEqual(refusal(other({agreementId: hashOf('another')})), agree);
	t.like(refusal(other({leaves: 1}, carol)) as object, {code: 'REVISION_CLIENT_WRONG'});
	// What only the client has signed twice is no fraud of the provider's.
	t.like(refusal(other({leaves: 1}, bob, carol)) as object, {
		code: 'REVISION_SIGNATURE_INVALID',
		signer: 'provider',
	});
});

type Scene = ReturnType<typeof start>;

const attempt = (chain: LedgerChain, transaction: Transaction): void => {
	if (chain.refusal(transaction) === undefined) chain.next(transaction);
};

const close = (agreementId: Hash32, mode: CloseMode) =>
	({kind: 'agreement-close', agreementId, mode}) as const;

/** What may happen to an agreement; each does nothing when it is not possible. */
const happenings: {readonly [name: string]: (scene: Scene) => void} = {
	post: ({chain, east, agreementId}) =>
		attempt(chain, chain.transaction(carol, {kind: 'revision-post', revision: east.newest(agreementId)})),
	close: ({chain, agreementId}) => attempt(chain, chain.transaction(bob, close(agreementId, 'client'))),
	leave: ({chain, east, agreementId}) =>
		attempt(chain, chain.transaction(carol, close(agreementId, 'operator'), {with: [east.operator]})),
	revise: ({chain, east, agreementId}) => {
		east.store(chain, bob, agreementId, [pieceOf('more', 100)]);
	},
	epoch: ({chain, east, agreementId}) => {
		const agreement = agreementOf(chain.state, agreementId);
		if (agreement === undefined || agreement.vacancy !== null) return;
		const epoch = Math.floor(chain.slot / chain.env.genesis.epochLength) + 1;
		if (epoch >= agreement.startEpoch && epoch < agreement.endEpoch)
			runEpoch(chain, epoch, {committing: [east], proving: [east]});
	},
	contradict: ({chain, east, agreementId}) => {
		const newest = east.newest(agreementId);
		const other = signTogether(chain, bob, east.operator, {...newest.revision, leaves: 1});
		attempt(chain, chain.transaction(carol, equivocation(newest, other)));
	},
};

test('no order of posts, closes and proofs punishes anybody twice for one agreement, or loses a credit', t => {
	const steps = fc.array(fc.constantFrom(...Object.values(happenings)), {maxLength: 7});
	const holds = (each: readonly ((scene: Scene) => void)[]): void => {
		const scene = start();
		for (const happen of each) happen(scene);
		const frauds = scene.chain.eventsOf('fraud-punished');
		t.true(frauds.filter(({fraud}) => fraud === 'stale-close').length <= 1);
		t.true(frauds.filter(({fraud}) => fraud === 'equivocation').length <= 1);
		t.is(creditsEver(scene.chain.state), scene.circulating);
	};
	fc.assert(fc.property(steps, holds), {numRuns: 25});
});
