import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {accountOf, agreementOf, payerOf, providerOf} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import {hashOf, LedgerChain, type Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	runEpoch,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

/** What an agreement of `openingOf` pays an epoch: 16 MiB at 1 ADA a GiB. */
const REVENUE = 15_625n;

const total = ({state}: LedgerChain): bigint => creditsInCirculation(state) + withdrawnTotal(state);

type Setting = {readonly settleEpochs?: number; readonly lockEpochs?: number; readonly funds?: Lovelace};

/** Two providers, bob as their client, and nothing that the ledger settles by itself before ten epochs. */
const start = ({settleEpochs = 10, lockEpochs = 3, funds = ada(10)}: Setting = {}) => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({
		...rest,
		parameters: {...parameters, settleEpochs, lockEpochs, missesToVacate: 3},
	});
	registerProviders(chain, alice, [east, west]);
	chain.send(bob, {kind: 'payer-deposit', amount: funds});
	const open = (provider: TestProvider, change: Partial<ActionOf<'agreement-open'>> = {}): Hash32 =>
		storeWith(chain, bob, provider, [pieceOf(`of ${provider.name}`, 5000)], change);
	const settle = (agreements: readonly Hash32[], by: Party = carol) =>
		chain.transaction(by, {kind: 'agreement-settle', agreements});
	const payer = () => defined(payerOf(chain.env, chain.state, bob.account), 'bob pays');
	const earned = (provider: TestProvider): bigint => providerOf(chain.state, provider.id)?.earned ?? 0n;
	return {chain, east, west, open, settle, payer, earned};
};

const lessFee = (amount: bigint): bigint => amount - amount / 20n;

test('nothing is paid until somebody asks, and then all proven epochs at once', t => {
	const {chain, east, open, settle, payer, earned} = start();
	const agreementId = open(east);
	const before = total(chain);
	for (const epoch of [1, 2, 3]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.deepEqual(chain.eventsOf('storage-paid'), []);
	t.is(earned(east), 0n);
	t.deepEqual(agreementOf(chain.state, agreementId)?.unsettled, {epochs: 3, amount: 3n * REVENUE});
	// One epoch of the four was waited for, before the agreement began: what was set aside for it comes back.
	t.like(payer(), {funds: ada(10), owed: Lovelace(4n * REVENUE), insolventFrom: null});
	t.is(payer().free, Lovelace(ada(10) - 7n * REVENUE));
	chain.next(settle([agreementId]));
	const amount = Lovelace(3n * REVENUE);
	t.deepEqual(chain.eventsOf('storage-paid'), [
		{
			kind: 'storage-paid',
			agreementId,
			provider: east.id,
			client: bob.account,
			epoch: Epoch(3),
			epochs: 3,
			amount,
			fee: Lovelace(amount / 20n),
		},
	]);
	t.is(earned(east), lessFee(amount));
	t.is(accountOf(chain.state, east.payout.account)?.balance, Lovelace(lessFee(amount)));
	t.like(payer(), {funds: Lovelace(ada(10) - amount), owed: Lovelace(0n)});
	t.deepEqual(agreementOf(chain.state, agreementId)?.unsettled, {epochs: 0, amount: 0n});
	t.is(total(chain), before);
});

test('epochs that were not proven are never paid, and what was set aside for them is free again', t => {
	const {chain, east, open, settle, payer, earned} = start();
	const agreementId = open(east);
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	runEpoch(chain, 2, {committing: [east], proving: []});
	runEpoch(chain, 3, {committing: [east], proving: [east]});
	t.is(payer().owed, Lovelace(4n * REVENUE));
	chain.next(settle([agreementId], bob));
	t.like(chain.eventsOf('storage-paid')[0], {epochs: 2, amount: Lovelace(2n * REVENUE)});
	t.is(earned(east), lessFee(2n * REVENUE));
	t.like(payer(), {funds: Lovelace(ada(10) - 2n * REVENUE), owed: Lovelace(0n)});
});

test('refuses to settle what is not there, and what is settled', t => {
	const {chain, east, west, open, settle} = start();
	const [agreementId, other] = [open(east), open(west)];
	const judgedUntil = Epoch(0);
	const nothing = {code: 'SETTLEMENT_NOTHING_DUE', agreements: 2, judgedUntil} as const;
	t.deepEqual(chain.refusal(settle([agreementId, other])), nothing);
	t.deepEqual(chain.refusal(settle([])), {...nothing, agreements: 0});
	const unknown = hashOf('no agreement');
	t.deepEqual(chain.refusal(settle([unknown])), {code: 'AGREEMENT_UNKNOWN', agreementId: unknown});
	runEpoch(chain, 1, {committing: [east, west], proving: [east, west]});
	chain.next(settle([agreementId]));
	t.is(chain.eventsOf('storage-paid').length, 1);
	t.deepEqual(chain.refusal(settle([agreementId, agreementId])), {
		code: 'SETTLEMENT_NOTHING_DUE',
		agreements: 2,
		judgedUntil: Epoch(2),
	});
	// The same one twice is paid once, and one that is settled does not keep another one from its pay.
	chain.next(settle([agreementId, other, other]));
	t.is(chain.eventsOf('storage-paid').length, 2);
});

test('the ledger settles what nobody has asked for in so many epochs', t => {
	const {chain, east, west, open, settle} = start({settleEpochs: 2});
	open(east);
	const other = open(west);
	const both = {committing: [east, west], proving: [east, west]};
	runEpoch(chain, 1, both);
	chain.next(settle([other]));
	runEpoch(chain, 2, both);
	// They were opened in epoch 0: three epochs have been judged since.
	const paid = () =>
		chain
			.eventsOf('storage-paid')
			.map(each => [keyOf(each.agreementId) === keyOf(other), Number(each.epoch), each.epochs]);
	t.deepEqual(paid()[0], [true, 1, 1]);
	t.deepEqual(paid().slice(1).toSorted(), [
		[false, 2, 2],
		[true, 2, 1],
	]);
	for (const epoch of [3, 4]) runEpoch(chain, epoch, both);
	t.is(paid().length, 3);
	runEpoch(chain, 5, both);
	t.deepEqual(paid().slice(3).toSorted(), [
		[false, 5, 3],
		[true, 5, 3],
	]);
});

test('the ledger does not settle all providers in one block for ever', t => {
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({...rest, parameters: {...parameters, settleEpochs: 8}});
	const providers = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => new TestProvider(name));
	registerProviders(chain, alice, providers);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	for (const provider of providers) storeWith(chain, bob, provider, [pieceOf(provider.name, 100)]);
	for (let epoch = 1; epoch <= 9; epoch++)
		runEpoch(chain, epoch, {committing: providers, proving: providers});
	const ends = chain.eventsOf('storage-paid').map(({epoch}) => Number(epoch));
	t.is(ends.length, providers.length);
	t.true(new Set(ends).size > 1 && ends.every(epoch => epoch >= 6 && epoch <= 8));
});

test('a new price is for epochs to come: what was earned is paid at the old one', t => {
	const {chain, east, open, payer} = start();
	const agreementId = open(east);
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	const terms = {capacityLeaves: 16_384, rate: ada(2), endEpoch: Epoch(20), lockedUntil: Epoch(0)};
	chain.send(bob, {kind: 'agreement-renew', agreementId, ...terms}, {with: [east.operator]});
	t.like(chain.eventsOf('storage-paid')[0], {epochs: 1, amount: Lovelace(REVENUE)});
	t.like(payer(), {owed: Lovelace(0n), lockRate: Lovelace(2n * REVENUE)});
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	t.deepEqual(agreementOf(chain.state, agreementId)?.unsettled, {epochs: 1, amount: 2n * REVENUE});
});

for (const [how, end] of [
	['both sides close', 'close'],
	['has come to its end', 'time'],
	['its provider has lost', 'loss'],
] as const)
	test(`an agreement that ${how} is paid for what was proven before`, t => {
		const {chain, east, open, payer} = start();
		const agreementId = open(east, {endEpoch: Epoch(end === 'time' ? 3 : 20)});
		const before = total(chain);
		const both = {committing: [east], proving: [east]};
		for (const epoch of [1, 2]) runEpoch(chain, epoch, both);
		t.deepEqual(chain.eventsOf('storage-paid'), []);
		if (end === 'close')
			chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'cooperative'}, {with: [east.operator]});
		if (end === 'time') chain.advanceTo(chain.slotAt(3));
		if (end === 'loss') {
			chain.advanceTo(chain.slotAt(3, -1));
			const notice = {
				provider: east.id,
				epoch: Epoch(3),
				purpose: 'loss',
				agreements: [agreementId],
			} as const;
			chain.next(chain.feeFree({kind: 'provider-notice', ...notice}, [east.operator]));
		}
		t.like(chain.eventsOf('storage-paid'), [{epochs: 2, amount: Lovelace(2n * REVENUE)}]);
		t.like(payer(), {owed: Lovelace(0n), lockRate: Lovelace(0n), fundedUntil: null});
		t.is(total(chain), before);
		if (end === 'time') return;
		// What is over owes nothing.
		const settle = chain.transaction(carol, {kind: 'agreement-settle', agreements: [agreementId]});
		t.like(chain.refusal(settle), {code: 'SETTLEMENT_NOTHING_DUE'});
	});

test('a payer cannot take back what providers have earned, or open agreements with it', t => {
	const {chain, east, west, open, payer} = start({funds: Lovelace(6n * REVENUE)});
	open(east);
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.like(payer(), {funds: Lovelace(6n * REVENUE), owed: Lovelace(3n * REVENUE), free: Lovelace(0n)});
	t.deepEqual(chain.refusal(chain.transaction(bob, {kind: 'payer-withdraw', amount: Lovelace(1n)})), {
		code: 'PAYER_OVERSPENDS',
		free: Lovelace(0n),
		needed: Lovelace(1n),
	});
	t.deepEqual(chain.refusal(chain.transaction(bob, openingOf(west), {with: [west.operator]})), {
		code: 'PAYER_FUNDS_TOO_SMALL',
		funds: Lovelace(3n * REVENUE),
		needed: 6n * REVENUE,
	});
});

test('a payer whose funds do not cover the lock is insolvent: the lock pays on, and then its agreements end', t => {
	const {chain, east, open, payer, earned} = start({funds: Lovelace(4n * REVENUE + 7n)});
	const agreementId = open(east);
	const before = total(chain);
	const both = {committing: [east], proving: [east]};
	runEpoch(chain, 1, both);
	t.like(payer(), {insolventFrom: null, fundedUntil: Epoch(5)});
	runEpoch(chain, 2, both);
	t.deepEqual(chain.eventsOf('payer-insolvent'), [
		{kind: 'payer-insolvent', account: bob.account, epoch: Epoch(2), fundedUntil: Epoch(5)},
	]);
	t.like(payer(), {insolventFrom: Epoch(2), free: Lovelace(0n), fundedUntil: Epoch(5)});
	t.is(agreementOf(chain.state, agreementId)?.fundedUntil, Epoch(5));
	// The two epochs of the lock that are left.
	for (const epoch of [3, 4]) runEpoch(chain, epoch, both);
	t.deepEqual(chain.eventsOf('agreement-closed'), []);
	runEpoch(chain, 5, both);
	t.deepEqual(chain.eventsOf('agreement-closed'), [
		{kind: 'agreement-closed', agreementId, reason: 'unfunded'},
	]);
	t.is(chain.eventsOf('payer-insolvent').length, 1);
	const paid = chain.eventsOf('storage-paid').reduce((sum, {amount}) => sum + amount, 0n);
	t.is(paid, 4n * REVENUE + 7n);
	t.true(earned(east) > 0n);
	t.like(payer(), {funds: Lovelace(0n), owed: Lovelace(0n), lockRate: Lovelace(0n), insolventFrom: null});
	t.is(total(chain), before);
});

test('an insolvent payer that adds funds has recovered, and is told so', t => {
	const {chain, east, open, payer} = start({funds: Lovelace(4n * REVENUE)});
	open(east);
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.is(payer().insolventFrom, Epoch(2));
	chain.send(bob, {kind: 'payer-deposit', amount: Lovelace(1n)});
	t.is(payer().insolventFrom, Epoch(2));
	chain.send(bob, {kind: 'payer-deposit', amount: Lovelace(REVENUE)});
	t.is(payer().insolventFrom, null);
	t.deepEqual(chain.eventsOf('payer-recovered'), [
		{kind: 'payer-recovered', account: bob.account, epoch: Epoch(2)},
	]);
	t.is(chain.eventsOf('payer-insolvent').length, 1);
});

test('one short payer costs another one nothing, and what it owed before comes first', t => {
	const {chain, east, west, open} = start({funds: Lovelace(2n * REVENUE + 2n * REVENUE + 9n), lockEpochs: 1});
	chain.send(carol, {kind: 'payer-deposit', amount: ada(10)});
	const [first, second] = [open(east), open(west)];
	const other = storeWith(chain, carol, east, [pieceOf('of carol', 5000)]);
	const both = {committing: [east, west], proving: [east, west]};
	for (const epoch of [1, 2, 3]) runEpoch(chain, epoch, both);
	const paidFor = (id: Hash32): bigint =>
		chain
			.eventsOf('storage-paid')
			.reduce((sum, each) => (keyOf(each.agreementId) === keyOf(id) ? sum + each.amount : sum), 0n);
	// Two epochs of both were owed and are paid in full; of the third one only nine lovelace were left.
	t.deepEqual([paidFor(first), paidFor(second)].sort(), [2n * REVENUE, 2n * REVENUE + 9n]);
	t.deepEqual(
		chain.eventsOf('agreement-closed').map(({reason}) => reason),
		['unfunded', 'unfunded'],
	);
	t.deepEqual(agreementOf(chain.state, other)?.unsettled, {epochs: 3, amount: 3n * REVENUE});
});

type Life = {
	readonly funds: bigint;
	readonly epochs: readonly {
		readonly proves: readonly [boolean, boolean];
		readonly settles: readonly [boolean, boolean];
	}[];
};

test('whenever and by whomever it is settled, payers pay and providers get the same', t => {
	const life = fc.record({
		settleEpochs: fc.integer({min: 0, max: 4}),
		funds: fc.bigInt({min: 2n * REVENUE, max: 7n * REVENUE}),
		epochs: fc.array(
			fc.record({
				proves: fc.tuple(fc.boolean(), fc.boolean()),
				settles: fc.tuple(fc.boolean(), fc.boolean()),
			}),
			{minLength: 3, maxLength: 5},
		),
	});
	const play = (settleEpochs: number, {funds, epochs}: Life) => {
		const world = start({settleEpochs, lockEpochs: 1, funds: Lovelace(funds)});
		const {chain, east, west, open, settle} = world;
		const ids = [open(east), open(west)];
		const before = total(chain);
		for (const [index, {proves, settles}] of epochs.entries()) {
			const there = [east, west].filter(({id}) => providerOf(chain.state, id)?.agreements !== 0);
			const proving = there.filter(each => proves[each === east ? 0 : 1]);
			runEpoch(chain, index + 1, {committing: there, proving});
			t.is(total(chain), before);
			const wanted = ids.filter((id, of) => settles[of] && chain.state.agreements.has(keyOf(id)));
			const transaction = settle(wanted);
			if (settleEpochs > 0 && chain.refusal(transaction) === undefined) chain.next(transaction);
		}
		const left = ids.filter(id => agreementOf(chain.state, id) !== undefined);
		const last = settle(left);
		if (chain.refusal(last) === undefined) chain.next(last);
		const gross = (provider: TestProvider): bigint =>
			chain
				.eventsOf('storage-paid')
				.reduce((sum, each) => (keyOf(each.provider) === keyOf(provider.id) ? sum + each.amount : sum), 0n);
		return {
			funds: world.payer().funds,
			owed: world.payer().owed,
			paid: [gross(east), gross(west)],
			closed: chain
				.eventsOf('agreement-closed')
				.map(({agreementId, reason}) => [ids.findIndex(id => keyOf(id) === keyOf(agreementId)), reason]),
		};
	};
	let [paid, ended] = [false, false];
	fc.assert(
		fc.property(life, ({settleEpochs, ...rest}) => {
			const eager = play(0, rest);
			t.deepEqual(play(settleEpochs, rest), eager);
			paid ||= eager.paid.some(amount => amount > 0n);
			ended ||= eager.closed.length > 0;
		}),
		{numRuns: 25, seed: 20261121},
	);
	t.true(paid && ended, 'lives in which something is at stake');
});
