import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {shareOut} from '#ledger/epoch/pay-rewards';
import {goSnapshot, markSnapshot, setSnapshot} from '#ledger/epoch/snapshots';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {SnapshotPool} from '#ledger/pools/snapshot';
import {accountOf, poolsOf} from '#ledger/queries';
import {readerOf} from '#ledger/state/state';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, dave, poolIds, poolKeys, testGenesis} from '../../support/ledger-genesis.ts';

const [first, second, third] = [0, 1, 2].map(index => defined(poolIds[index], 'there are three pools'));

const poolOf = (change: Partial<SnapshotPool> = {}): SnapshotPool => ({
	pool: defined(first, 'a pool'),
	vrfKeyHash: hashOf('vrf'),
	checkpointVk: hashOf('key'),
	rewardAccount: carol.account,
	cost: Lovelace(100n),
	margin: Ratio(1n, 10n),
	stake: Lovelace(3n),
	delegators: [
		{account: alice.account, stake: Lovelace(1n)},
		{account: bob.account, stake: Lovelace(2n)},
	],
	...change,
});

test('a pool’s reward goes to its cost, its margin, then its delegators by their stake', t => {
	t.deepEqual(shareOut(poolOf(), 1000n), [
		{account: carol.account, amount: 190n},
		{account: alice.account, amount: 270n},
		{account: bob.account, amount: 540n},
	]);
});

test('a reward below the cost is the operator’s, whole', t => {
	t.deepEqual(
		shareOut(poolOf(), 99n).map(({amount}) => amount),
		[99n, 0n, 0n],
	);
});

test('shares never add up to more than the reward', t => {
	fc.assert(
		fc.property(
			fc.bigInt({min: 0n, max: 10n ** 15n}),
			fc.bigInt({min: 0n, max: 10n ** 9n}),
			fc.array(fc.bigInt({min: 1n, max: 10n ** 12n}), {minLength: 1, maxLength: 6}),
			fc.integer({min: 0, max: 100}),
			(reward, cost, stakes, percent) => {
				const delegators = stakes.map(stake => ({account: alice.account, stake: Lovelace(stake)}));
				const stake = Lovelace(stakes.reduce((sum, each) => sum + each, 0n));
				const margin = Ratio(BigInt(percent), 100n);
				const pool = poolOf({cost: Lovelace(cost), margin, stake, delegators});
				const sum = shareOut(pool, reward).reduce((total, {amount}) => total + amount, 0n);
				t.true(sum <= reward && reward - sum <= BigInt(stakes.length));
			},
		),
	);
});

test('four fifths of an epoch’s fees go to pools by blocks made, the rest to the treasury', t => {
	const chain = new LedgerChain(testGenesis());
	chain.send(dave, {kind: 'transfer', to: party('x').account, amount: ada(1)});
	for (const _ of [1, 2]) chain.next();
	chain.issuer = defined(second, 'a pool');
	chain.next();
	const fees = chain.state.pots.get('')?.fees ?? 0n;
	const before = [alice, bob, carol].map(({account}) => accountOf(chain.state, account)?.balance ?? 0n);
	chain.block(chain.slotAt(1));
	const forPools = (fees * 4n) / 5n;
	const after = [alice, bob, carol].map(({account}) => accountOf(chain.state, account)?.balance ?? 0n);
	const gains = after.map((balance, index) => balance - (before[index] ?? 0n));
	// Alice and bob own their pools and all their stake, so they get it whole.
	t.deepEqual(gains, [(forPools * 3n) / 4n, forPools / 4n, 0n]);
	const [credited] = chain.eventsOf('treasury-credited');
	t.is(credited?.amount, Lovelace(fees - (gains[0] ?? 0n) - (gains[1] ?? 0n)));
	t.is(chain.state.pots.get('')?.fees, Lovelace(0n));
});

test('an epoch without blocks leaves its fees to the next one', t => {
	const chain = new LedgerChain(testGenesis());
	chain.send(dave, {kind: 'transfer', to: party('x').account, amount: ada(1)});
	chain.state.blocksMade.clear();
	const {fees} = chain.state.pots.get('') ?? {fees: 0n};
	chain.block(chain.slotAt(1));
	t.deepEqual(chain.eventsOf('treasury-credited'), []);
	chain.block(chain.slotAt(2));
	const paid = [...chain.eventsOf('rewarded'), ...chain.eventsOf('treasury-credited')];
	t.is(
		paid.reduce((sum, {amount}) => sum + amount, 0n),
		fees,
	);
});

test('stake moves from mark to set to go, one boundary each', t => {
	const chain = new LedgerChain(testGenesis());
	chain.send(dave, {kind: 'delegate', pool: defined(third, 'a pool')});
	const stakeOf = (snapshot: typeof markSnapshot, epoch: number): bigint | undefined =>
		snapshot(readerOf(chain.state), Epoch(epoch)).pools.find(
			({pool}) => Buffer.compare(pool, defined(third, 'a pool')) === 0,
		)?.stake;
	t.deepEqual(
		[markSnapshot, setSnapshot, goSnapshot].map(snapshot => stakeOf(snapshot, 0)),
		[ada(1_000_000), ada(1_000_000), ada(1_000_000)],
	);
	const grown = Lovelace(ada(1_000_000) + (accountOf(chain.state, dave.account)?.balance ?? 0n));
	const seen: boolean[][] = [];
	for (const epoch of [1, 2, 3]) {
		chain.advanceTo(chain.slotAt(epoch));
		seen.push([markSnapshot, setSnapshot, goSnapshot].map(snapshot => stakeOf(snapshot, epoch) === grown));
	}
	t.deepEqual(seen[0]?.[0], true);
	t.deepEqual(
		seen.map(row => row.slice(1)),
		[
			[false, false],
			[true, false],
			[true, true],
		],
	);
	t.is(chain.state.snapshots.size, 3);
	t.is(poolsOf(chain.env, chain.state).length, 3);
});

test('leaders of an epoch come from the snapshot taken at the start of the one before', t => {
	const chain = new LedgerChain(testGenesis());
	const cold = party('new cold');
	const pool = crypto.blake2b224(cold.verificationKey);
	const [template] = chain.env.genesis.pools;
	if (template === undefined) return t.fail();
	const parameters = {...template, coldVk: cold.verificationKey, vrfKeyHash: hashOf('new vrf')};
	chain.send(dave, {kind: 'pool-register', pool: parameters}, {with: [cold]});
	chain.send(dave, {kind: 'delegate', pool});
	const seen = (slot: Slot): unknown => ledgerViewAt(chain.env, chain.state, slot).pool(pool);
	t.is(seen(chain.slotAt(1)), undefined);
	t.like(seen(chain.slotAt(2)), {vrfKeyHash: hashOf('new vrf')}, 'two boundaries ahead are worked out');
	chain.advanceTo(chain.slotAt(1));
	t.is(seen(chain.slotAt(1)), undefined);
	t.like(seen(chain.slotAt(2)), {vrfKeyHash: hashOf('new vrf')});
});

test('stakes are exact parts of the whole, and a stranger has none', t => {
	const chain = new LedgerChain(testGenesis());
	const view = ledgerViewAt(chain.env, chain.state, Slot(5));
	for (const [index, id] of poolIds.entries())
		t.deepEqual(view.pool(id), {stake: Ratio(1n, 3n), vrfKeyHash: poolKeys[index]?.vrfKeyHash as never});
	t.is(view.pool(crypto.blake2b224(hashOf('stranger'))), undefined);
	const poor = new LedgerChain(testGenesis({accounts: []}));
	t.is(ledgerViewAt(poor.env, poor.state, Slot(5)).pool(defined(first, 'a pool')), undefined);
});
