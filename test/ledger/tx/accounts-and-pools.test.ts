import test from 'ava';
import {defined} from '#kernel/assert';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {accountOf, claimOf, payerOf, poolsOf} from '#ledger/queries';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, dave, poolIds, poolKeys, testGenesis} from '../../support/ledger-genesis.ts';
import {registerProviders, storeWith, TestProvider} from '../../support/ledger-storage.ts';

const chainOf = (): LedgerChain => new LedgerChain(testGenesis());
const cold = party('new cold');
const newPool = crypto.blake2b224(cold.verificationKey);
const unknownPool = Hash28(new Uint8Array(28));
const firstPool = defined(poolIds[0], 'there are pools');
const firstCold = defined(poolKeys[0], 'there are pools').cold;

const registration: ActionOf<'pool-register'> = {
	kind: 'pool-register',
	pool: {
		coldVk: cold.verificationKey,
		vrfKeyHash: hashOf('new vrf'),
		checkpointVk: party('new checkpoint').verificationKey,
		rewardAccount: dave.account,
		cost: Lovelace(7n),
		margin: Ratio(1n, 1n),
	},
};

test('a pool is registered with the signature of its cold key', t => {
	const chain = chainOf();
	const events = chain.send(alice, registration, {with: [cold]});
	t.deepEqual(events.at(-1), {kind: 'pool-registered', pool: newPool});
	t.deepEqual(
		poolsOf(chain.env, chain.state).find(({pool}) => Buffer.compare(pool, newPool) === 0),
		{
			...registration.pool,
			pool: newPool,
			retiresAt: null,
			blocksMade: 0,
			stake: {mark: Lovelace(0n), set: Lovelace(0n), go: Lovelace(0n)},
			cardanoWeight: Lovelace(0n),
			cardanoPools: [],
			cardanoStake: null,
		},
	);
});

test('rejects a margin above one', t => {
	const margin = Ratio(2n, 1n);
	const action = {...registration, pool: {...registration.pool, margin}};
	const chain = chainOf();
	t.deepEqual(chain.refusal(chain.transaction(alice, action, {with: [cold]})), {
		code: 'POOL_MARGIN_TOO_LARGE',
		margin,
	});
});

test('a pool retires at the boundary it named, its delegators are free, and a registration takes a retirement back', t => {
	const chain = chainOf();
	const retire = {kind: 'pool-retire', pool: firstPool, epoch: Epoch(2)} as const;
	chain.send(alice, retire, {with: [firstCold]});
	chain.advanceTo(chain.slotAt(1));
	t.true(chain.state.pools.has(Buffer.from(firstPool).toString('hex')));
	chain.advanceTo(chain.slotAt(2));
	t.deepEqual(chain.eventsOf('pool-retired'), [{kind: 'pool-retired', pool: firstPool}]);
	t.is(accountOf(chain.state, alice.account)?.pool, null);
	const back = new LedgerChain(testGenesis());
	back.send(alice, retire, {with: [firstCold]});
	const own = defined(back.env.genesis.pools[0], 'there are pools');
	back.send(alice, {kind: 'pool-register', pool: own}, {with: [firstCold]});
	back.advanceTo(back.slotAt(3));
	t.deepEqual(back.eventsOf('pool-retired'), []);
});

test('rejects a retirement of an unknown pool or in the running epoch', t => {
	const chain = chainOf();
	t.deepEqual(
		chain.refusal(chain.transaction(alice, {kind: 'pool-retire', pool: unknownPool, epoch: Epoch(2)})),
		{code: 'POOL_UNKNOWN', pool: unknownPool},
	);
	const now = {kind: 'pool-retire', pool: firstPool, epoch: Epoch(0)} as const;
	t.deepEqual(chain.refusal(chain.transaction(alice, now, {with: [firstCold]})), {
		code: 'POOL_RETIRES_TOO_EARLY',
		epoch: Epoch(0),
		epochMin: Epoch(1),
	});
});

test('an account delegates to a pool or to none', t => {
	const chain = chainOf();
	chain.send(alice, {kind: 'delegate', pool: null});
	t.is(accountOf(chain.state, alice.account)?.pool, null);
	chain.send(alice, {kind: 'delegate', pool: firstPool});
	t.deepEqual(accountOf(chain.state, alice.account)?.pool, firstPool);
	t.deepEqual(chain.refusal(chain.transaction(alice, {kind: 'delegate', pool: unknownPool})), {
		code: 'POOL_UNKNOWN',
		pool: unknownPool,
	});
});

test('a payer account takes credits and gives back what is not locked', t => {
	const chain = chainOf();
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	chain.send(bob, {kind: 'payer-withdraw', amount: ada(4)});
	t.deepEqual(payerOf(chain.env, chain.state, bob.account), {
		funds: ada(6),
		lockRate: Lovelace(0n),
		owed: Lovelace(0n),
		free: ada(6),
		insolventFrom: null,
		fundedUntil: null,
	});
	const east = new TestProvider('east');
	registerProviders(chain, alice, [east]);
	storeWith(chain, bob, east, []);
	// 15,625 lovelace an epoch for 16 MiB, three epochs locked.
	const free = Lovelace(ada(6) - 3n * 15_625n);
	t.is(payerOf(chain.env, chain.state, bob.account)?.free, free);
	const needed = Lovelace(free + 1n);
	t.deepEqual(chain.refusal(chain.transaction(bob, {kind: 'payer-withdraw', amount: needed})), {
		code: 'PAYER_OVERSPENDS',
		free,
		needed,
	});
	t.is(chain.refusal(chain.transaction(bob, {kind: 'payer-withdraw', amount: free})), undefined);
});

test('rejects nothing to deposit or withdraw', t => {
	const chain = chainOf();
	const amount = Lovelace(0n);
	for (const kind of ['payer-deposit', 'payer-withdraw'] as const)
		t.deepEqual(chain.refusal(chain.transaction(bob, {kind, amount})), {
			code: 'TX_AMOUNT_ZERO',
			action: kind,
		});
	const claimId = hashOf('no claim');
	t.deepEqual(chain.refusal(chain.transaction(bob, {kind: 'withdraw', claimId, amount})), {
		code: 'TX_AMOUNT_ZERO',
		action: 'withdraw',
	});
	t.deepEqual(chain.refusal(chain.transaction(bob, {kind: 'payer-deposit', amount: ada(2_000_000)})), {
		code: 'TX_OVERSPENDS',
		account: bob.account,
		balance: Lovelace(
			ada(1_000_000) - chain.transaction(bob, {kind: 'payer-deposit', amount: ada(2_000_000)}).body.fee,
		),
		needed: ada(2_000_000),
	});
});

test('a withdrawal burns credits for a claim that Cardano reported, cumulatively', t => {
	const chain = chainOf();
	const {claimOpened, id: claimId} = new TestProvider('east');
	const withdrawal = {kind: 'withdraw', claimId, amount: ada(3)} as const;
	t.deepEqual(chain.refusal(chain.transaction(bob, withdrawal)), {code: 'CLAIM_UNKNOWN', claimId});
	chain.report(claimOpened);
	chain.send(bob, withdrawal);
	const events = chain.send(alice, withdrawal);
	t.deepEqual(events.at(-1), {
		kind: 'withdrawn',
		account: alice.account,
		claimId,
		amount: ada(3),
		cumulative: ada(6),
	});
	t.is(claimOf(chain.state, claimId)?.withdrawn, ada(6));
	t.deepEqual(chain.refusal(chain.transaction(bob, {...withdrawal, amount: ada(1_000_000)}), Slot(50)), {
		code: 'TX_OVERSPENDS',
		account: bob.account,
		balance: Lovelace(
			(accountOf(chain.state, bob.account)?.balance ?? 0n) -
				chain.transaction(bob, {...withdrawal, amount: ada(1_000_000)}).body.fee,
		),
		needed: ada(1_000_000),
	});
});
