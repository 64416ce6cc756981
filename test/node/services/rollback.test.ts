/** Rolling back undoes everything that blocks do: compared with the same chain applied from the genesis. */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {keyOf} from '#ledger/state/keys';
import type {Transaction} from '#ledger/tx/transaction';
import type {ChainService} from '#node/services/chain/chain-service';
import {Mempool} from '#node/services/mempool/mempool';
import type {Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol} from '../../support/ledger-genesis.ts';
import {noMetrics} from '../../support/no-metrics.ts';
import {silentLog} from '../../support/silent-log.ts';
import {
	type Branch,
	feed,
	ledgerBytes,
	memoryStores,
	openTestChain,
	TestChain,
	timeOfSlot,
} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const {k, epochLength} = network.params;
const clock = createVirtualClock(timeOfSlot(network, 100_000));
const parties: readonly Party[] = [alice, bob, carol];

type Growth = {readonly skip: number; readonly sender: number; readonly amount: number};

/** Balances, sequences, fees, and so the stake of snapshots. */
const paymentOn = (branch: Branch, {sender, amount}: Growth): Transaction => {
	const from = defined(parties[sender], 'a sender');
	const to = defined(parties[(sender + 1) % parties.length], 'a receiver').account;
	return world.transaction(branch, from, {kind: 'transfer', to, amount: ada(amount)});
};

const grow = (branch: Branch, growth: readonly Growth[]): Branch =>
	growth.reduce(
		(grown, one) => world.grow(grown, 1, {skip: one.skip, transactions: [paymentOn(grown, one)]}),
		branch,
	);

/** Everything that a chain decides, from its genesis. */
const isAt = (t: ExecutionContext, chain: ChainService, branch: Branch): void => {
	const fresh = world.cut(branch, branch.blocks.length);
	t.deepEqual(chain.tip, branch.tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(fresh.ledger));
	t.deepEqual(encode(praosStateCodec, chain.praosState), encode(praosStateCodec, fresh.praosState));
};

/** What waits goes on from the ledger, each sender's transactions without a gap. */
const waitsInOrder = (t: ExecutionContext, chain: ChainService, mempool: Mempool): void => {
	for (const {account} of parties) {
		const waiting = mempool.transactions.filter(
			({body}) => body.sender && toHex(body.sender) === toHex(account),
		);
		const first = Number(chain.ledger.accounts.get(keyOf(account))?.sequence ?? 0);
		t.deepEqual(
			waiting.map(({body}) => Number(body.sequence)),
			waiting.map((_, index) => first + index),
		);
	}
};

const growthOf = (skip: fc.Arbitrary<number>): fc.Arbitrary<Growth> =>
	fc.record({skip, sender: fc.nat(2), amount: fc.integer({min: 1, max: 9})});
/** Over several epochs. */
const sparse = growthOf(fc.integer({min: 15, max: 40}));
/** So that k blocks are in two epochs at most: who leads further ahead is only known on top of them. */
const dense = growthOf(fc.nat(6));
/** To leave the chain `back` blocks below the tip for a chain that is longer by one, then to come back to a longer one. */
const turn = fc.record({
	back: fc.integer({min: 1, max: k - 1}),
	blocks: fc.array(dense, {minLength: k + 1, maxLength: k + 1}),
	again: fc.array(dense, {minLength: 2, maxLength: 2}),
});

test('switching back and forth leaves the state of the chain that is selected', async t => {
	let epochs = 0;
	let returned = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(sparse, {minLength: 12, maxLength: 12}),
			fc.array(dense, {minLength: k, maxLength: k}),
			fc.array(turn, {minLength: 2, maxLength: 3}),
			async (first, last, turns) => {
				const stores = memoryStores();
				const chain = await openTestChain(network, {stores, clock});
				const ports = {chain, clock, log: silentLog, metrics: noMetrics};
				const mempool = new Mempool(ports, {signal: new AbortController().signal});
				let here = grow(world.origin, [...first, ...last]);
				await feed(chain, here.blocks);
				for (const {back, blocks, again} of turns) {
					const root = world.cut(here, here.blocks.length - back);
					const there = grow(root, blocks.slice(0, back + 1));
					await feed(chain, there.blocks.slice(root.blocks.length));
					isAt(t, chain, there);
					waitsInOrder(t, chain, mempool);
					returned += mempool.count;
					here = grow(here, again);
					await feed(chain, here.blocks.slice(-2));
					isAt(t, chain, here);
					waitsInOrder(t, chain, mempool);
				}
				assert(here.tip !== 'origin', 'there are blocks');
				epochs = Math.max(epochs, Math.floor(here.tip.slot / epochLength));
				isAt(t, await openTestChain(network, {stores, clock}), here);
			},
		),
		{numRuns: 4, endOnFailure: true, includeErrorInReport: true},
	);
	// Boundaries with their snapshots and nonces were crossed, and transactions came back.
	t.true(epochs >= 2, `${epochs} epochs`);
	t.true(returned > 0);
});

test('a fork that begins where the tip has forgotten who might lead is judged by what was known there', async t => {
	const chain = await openTestChain(network, {stores: memoryStores(), clock});
	const payment = {sender: 0, amount: 1};
	const silence = {...payment, skip: epochLength};
	const root = grow(world.origin, [{...payment, skip: 1}]);
	const here = grow(
		root,
		Array.from({length: k - 1}, () => silence),
	);
	await feed(chain, here.blocks);
	const there = grow(
		root,
		Array.from({length: k}, () => ({...payment, amount: 2, skip: 1})),
	);
	await feed(chain, there.blocks.slice(root.blocks.length));
	isAt(t, chain, there);
});
