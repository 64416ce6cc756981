import test from 'ava';
import type {LedgerView} from '#consensus/ledger-view';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import {circulation} from '#ledger/money';
import {
	accountOf,
	agreementOf,
	agreementsOf,
	challengeOf,
	claimOf,
	epochOfState,
	payerOf,
	payoutProof,
	poolsOf,
	providerOf,
	providersOf,
} from '#ledger/queries';
import {hashOf, LedgerChain, party} from '../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../support/ledger-storage.ts';

const [east, west] = [new TestProvider('east'), new TestProvider('west')];

const chainOf = (): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east, west]);
	for (const client of [bob, carol]) chain.send(client, {kind: 'payer-deposit', amount: ada(10)});
	return chain;
};

test('agreements are found by client, by provider, by both', t => {
	const chain = chainOf();
	const ids = [
		storeWith(chain, bob, east, []),
		storeWith(chain, bob, west, []),
		storeWith(chain, carol, east, []),
	];
	const found = (query: Parameters<typeof agreementsOf>[1]): unknown =>
		agreementsOf(chain.state, query)
			.map(({agreementId}) => ids.findIndex(id => Buffer.compare(id, agreementId) === 0))
			.sort();
	t.deepEqual(found({}), [0, 1, 2]);
	t.deepEqual(found({client: bob.account}), [0, 1]);
	t.deepEqual(found({provider: east.id}), [0, 2]);
	t.deepEqual(found({client: carol.account, provider: west.id}), []);
	t.is(agreementOf(chain.state, ids[0] ?? hashOf('none'))?.revenue, 15_625n);
});

test('what does not exist is undefined', t => {
	const {env, state} = new LedgerChain(testGenesis());
	const stranger = party('stranger').account;
	t.is(accountOf(state, stranger), undefined);
	t.is(payerOf(env, state, stranger), undefined);
	t.is(claimOf(state, hashOf('none')), undefined);
	t.is(providerOf(state, hashOf('none')), undefined);
	t.is(agreementOf(state, hashOf('none')), undefined);
	t.is(payoutProof(env, state, 1, hashOf('none')), undefined);
	t.deepEqual(providersOf(state), []);
});

test('a provider sees what an epoch asks of it, window by window', t => {
	const chain = chainOf();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	const ask = () => challengeOf(chain.env, chain.state, east.id, Epoch(1));
	t.like(ask(), {commitment: undefined, seed: null, indexes: undefined});
	t.is(ask().due.length, 1);
	t.like(ask().timetable, {
		commitFrom: Slot(90),
		commitUntil: Slot(110),
		proofFrom: Slot(140),
		settleAt: Slot(190),
	});
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	t.is(ask().commitment?.totalLeaves, 5);
	t.is(ask().indexes, undefined);
	chain.advanceTo(chain.slotAt(1, 4));
	t.is(ask().indexes?.length, 8);
	t.deepEqual(ask().seed, chain.eventsOf('challenge-drawn').at(-1)?.seed ?? null);
	chain.next(east.prove(chain, 1));
	t.true(ask().commitment?.proven);
	chain.advanceTo(chain.slotAt(1, 9));
	t.is(ask().commitment, undefined);
	t.is(epochOfState(chain.env, chain.state), Epoch(1));
});

test('a provider reads the reason, the block and the price of each penalty', t => {
	const chain = chainOf();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	runEpoch(chain, 1, {committing: [east], proving: []});
	const {slot, blockNo} = chain.blocks.at(-1)?.context ?? t.fail();
	t.deepEqual(providerOf(chain.state, east.id)?.penalties as unknown, [
		{epoch: 1, reason: 'no-proof', slashed: 15_625n, vacated: true, slot, blockNo},
	]);
	t.is(providerOf(chain.state, east.id)?.slashed, Lovelace(15_625n));
	t.is(providersOf(chain.state).length, 2);
});

test('pools are listed with their blocks and their stake', t => {
	const chain = chainOf();
	const [made] = poolsOf(chain.env, chain.state).filter(({blocksMade}) => blocksMade > 0);
	t.is(made?.blocksMade, chain.blocks.length);
	t.is(made?.stake.set, ada(1_000_000));
});

test('the places where credits are add up to what there is', t => {
	const chain = chainOf();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	runEpoch(chain, 1, {committing: [east], proving: []});
	const {bonds, payers, bounties, treasury} = circulation(chain.state);
	t.is(bonds, Lovelace(ada(200) - 15_625n));
	t.is(payers, ada(20));
	t.is(bounties, Lovelace(7812n));
	t.true(treasury >= 7813n);
});

test('consensus can read the ledger’s view', t => {
	const chain = chainOf();
	const view: LedgerView = ledgerViewAt(chain.env, chain.state, chain.slot);
	t.is(typeof view.pool, 'function');
});
