import test from 'ava';
import {slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {Slot} from '#kernel/slot';
import {encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import {createTxInlet, createTxOutlet} from '#node/services/mempool/exchange-transactions';
import {Mempool, type MempoolOptions} from '#node/services/mempool/mempool';
import {DCLOUD_TX_ERA} from '#relay/protocols/block';
import {crypto} from '../../support/crypto.ts';
import {ada, alice, bob, carol} from '../../support/ledger-genesis.ts';
import {noMetrics} from '../../support/no-metrics.ts';
import {silentLog} from '../../support/silent-log.ts';
import {feed, openTestChain, pools, TestChain, timeOfSlot} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const never = (): AbortSignal => new AbortController().signal;
const start = world.grow(world.origin, 2);
const payment = (sequence: number, amount = 1, sender = alice): Transaction =>
	world.transaction(start, sender, {kind: 'transfer', to: bob.account, amount: ada(amount)}, {sequence});
const wire = (transaction: Transaction): Uint8Array => encodeTransaction(transaction);

const open = async (options: MempoolOptions = {}) => {
	const clock = createVirtualClock(timeOfSlot(network, 1000));
	const chain = await openTestChain(network, {clock});
	await feed(chain, start.blocks);
	return {
		chain,
		clock,
		pool: new Mempool({chain, clock, log: silentLog, metrics: noMetrics}, {signal: never(), ...options}),
	};
};

test('keeps valid transactions in order, each on top of those before it', async t => {
	const {pool} = await open();
	for (const sequence of [0, 1, 2])
		t.deepEqual(pool.submit(wire(payment(sequence)), 'local'), {ok: true, value: payment(sequence).id});
	t.deepEqual(
		pool.transactions.map(({id}) => id),
		[0, 1, 2].map(sequence => payment(sequence).id),
	);
	t.is(pool.count, 3);
	t.is(pool.bytes, 3 * payment(0).size);
	t.is(pool.nextSequence(alice.account), 3);
	t.is(pool.nextSequence(bob.account), 0);
});

test('refuses what the ledger refuses, with its code, and remembers the code', async t => {
	const {pool} = await open();
	t.deepEqual(pool.submit(wire(payment(4)), 'local'), {
		ok: false,
		error: {code: 'TX_SEQUENCE_WRONG', sequence: 4, expected: 0},
	});
	t.is(pool.reasonOf(payment(4).id), 'TX_SEQUENCE_WRONG');
	const rich = pool.submit(wire(payment(0, 2_000_000)), 'local');
	t.like(rich, {ok: false, error: {code: 'TX_OVERSPENDS'}});
	t.like(pool.submit(Uint8Array.of(0x83), 'local'), {ok: false, error: {code: 'TX_MALFORMED'}});
	t.is(pool.count, 0);
});

test('does not keep the same transaction twice', async t => {
	const {pool} = await open();
	pool.submit(wire(payment(0)), 'local');
	t.deepEqual(pool.submit(wire(payment(0)), {peer: 'a'}), {
		ok: false,
		error: {code: 'MEMPOOL_HAS_IT', txId: payment(0).id},
	});
});

test('lets go of what came into a block and of what it made invalid', async t => {
	const {pool, chain} = await open();
	for (const sequence of [0, 1]) pool.submit(wire(payment(sequence)), 'local');
	pool.submit(wire(payment(0, 1, carol)), 'local');
	const other = payment(1, 7);
	const grown = world.grow(start, 1, {transactions: [payment(0), other]});
	await feed(chain, grown.blocks.slice(2));
	t.deepEqual(
		pool.transactions.map(({id}) => id),
		[payment(0, 1, carol).id],
	);
	t.is(pool.reasonOf(payment(1).id), 'TX_SEQUENCE_WRONG');
	t.is(pool.reasonOf(payment(0).id), undefined);
	t.is(pool.nextSequence(alice.account), 2);
});

test('takes back what was in blocks that left the chain', async t => {
	const {pool, chain} = await open();
	const ours = world.grow(start, 1, {transactions: [payment(0)]});
	await feed(chain, ours.blocks.slice(2));
	pool.submit(wire(payment(1)), 'local');
	t.is(pool.count, 1);
	const first = defined(ours.blocks[2], 'our block').header;
	const others = pools.filter(({issuerVk}) => !equalBytes(issuerVk, first.issuerVk));
	const theirs = world.grow(start, 2, index => (index === 0 ? {pools: others} : {}));
	await feed(chain, theirs.blocks.slice(2));
	t.deepEqual(
		pool.transactions.map(({id}) => id),
		[payment(0).id, payment(1).id],
	);
});

test('lets go of what has expired', async t => {
	const {pool, clock} = await open();
	const brief = world.transaction(
		start,
		alice,
		{kind: 'transfer', to: bob.account, amount: ada(1)},
		{validUntil: Slot(1002)},
	);
	t.true(pool.submit(wire(brief), 'local').ok);
	clock.advanceTo(slotStartMs(network.slots, Slot(1002)));
	t.deepEqual(pool.transactions, []);
	t.is(pool.reasonOf(brief.id), 'TX_EXPIRED');
	t.like(pool.submit(wire(payment(1)), 'local'), {ok: false, error: {code: 'TX_SEQUENCE_WRONG'}});
	t.like(pool.submit(wire(payment(0)), 'local'), {ok: true});
	t.like(
		pool.submit(
			wire(
				world.transaction(
					start,
					carol,
					{kind: 'transfer', to: bob.account, amount: ada(1)},
					{validUntil: Slot(1002)},
				),
			),
			'local',
		),
		{ok: false, error: {code: 'TX_EXPIRED'}},
	);
});

test('gives one peer no more than half of the room', async t => {
	const {pool} = await open({peerCountMax: 10_000});
	const half = network.params.bodyBytesMax;
	let sequence = 0;
	while (pool.submit(wire(payment(sequence)), {peer: 'greedy'}).ok) sequence++;
	t.true(pool.bytes <= half && pool.bytes + 2 * payment(sequence).size > half);
	t.deepEqual(pool.submit(wire(payment(sequence)), {peer: 'greedy'}), {
		ok: false,
		error: {code: 'MEMPOOL_PEER_QUOTA', peer: 'greedy', bytesMax: half, countMax: 10_000},
	});
	t.true(pool.submit(wire(payment(sequence)), {peer: 'other'}).ok);
});

test('gives one peer no more than so many transactions', async t => {
	const {pool} = await open({peerCountMax: 2});
	for (const sequence of [0, 1]) t.true(pool.submit(wire(payment(sequence)), {peer: 'busy'}).ok);
	t.deepEqual(pool.submit(wire(payment(2)), {peer: 'busy'}), {
		ok: false,
		error: {
			code: 'MEMPOOL_PEER_QUOTA',
			peer: 'busy',
			bytesMax: network.params.bodyBytesMax,
			countMax: 2,
		},
	});
	t.true(pool.submit(wire(payment(2)), 'local').ok);
});

test('does not take what a block has already, until the block leaves the chain', async t => {
	const {pool, chain} = await open();
	const inlet = createTxInlet(pool, 'a', silentLog);
	const offered = {id: {era: DCLOUD_TX_ERA, bytes: payment(0).id}, sizeBytes: payment(0).size};
	const ours = world.grow(start, 1, {transactions: [payment(0)]});
	await feed(chain, ours.blocks.slice(2));
	t.deepEqual(pool.submit(wire(payment(0)), 'local'), {
		ok: false,
		error: {code: 'MEMPOOL_IN_CHAIN', txId: payment(0).id},
	});
	t.false(inlet.wants(offered));
	const theirs = world.grow(start, 2, {skip: 1});
	await feed(chain, theirs.blocks.slice(2));
	t.deepEqual(
		pool.transactions.map(({id}) => id),
		[payment(0).id],
	);
});

test('does not verify a signature again when the chain has moved on', async t => {
	let verified = 0;
	const counting = {
		...crypto,
		verifyEd25519: (...all: Parameters<typeof crypto.verifyEd25519>) => {
			verified++;
			return crypto.verifyEd25519(...all);
		},
	};
	const chain = await openTestChain({...network, env: {...network.env, crypto: counting}});
	await feed(chain, start.blocks);
	const pool = new Mempool(
		{chain, clock: createVirtualClock(timeOfSlot(network, 1000)), log: silentLog, metrics: noMetrics},
		{signal: never()},
	);
	for (const sequence of [0, 1, 2]) pool.submit(wire(payment(sequence)), 'local');
	await feed(chain, world.grow(start, 1).blocks.slice(2));
	verified = 0;
	t.is(pool.transactions.length, 3);
	t.is(verified, 0);
});

test('lets the oldest go that nothing stands on when it is full', async t => {
	const {pool} = await open();
	const half = network.params.bodyBytesMax;
	const first = payment(0, 1, carol);
	t.true(pool.submit(wire(first), 'local').ok);
	let sequence = 0;
	while (pool.find(first.id) !== undefined) t.true(pool.submit(wire(payment(sequence++)), 'local').ok);
	t.is(pool.reasonOf(first.id), 'MEMPOOL_EVICTED');
	t.true(pool.bytes <= 2 * half);
	t.is(pool.count, sequence);
	// Now each stands on the one before.
	while (pool.bytes + payment(sequence).size <= 2 * half)
		t.true(pool.submit(wire(payment(sequence++)), 'local').ok);
	t.deepEqual(pool.submit(wire(payment(sequence)), 'local'), {
		ok: false,
		error: {code: 'MEMPOOL_FULL', bytesMax: 2 * half},
	});
	t.is(pool.count, sequence);
	t.is(pool.nextSequence(alice.account), sequence);
});

test('offers each peer what others brought, once', async t => {
	const {pool} = await open();
	const outlet = createTxOutlet(pool, 'a');
	t.deepEqual(outlet.take(5), []);
	const waiting = outlet.waitForMore({signal: never()});
	pool.submit(wire(payment(0)), {peer: 'b'});
	await waiting;
	pool.submit(wire(payment(1)), {peer: 'a'});
	pool.submit(wire(payment(2)), 'local');
	const offered = outlet.take(5);
	t.deepEqual(
		offered.map(({id, sizeBytes}) => [id.bytes, sizeBytes]),
		[payment(0), payment(2)].map(transaction => [transaction.id, transaction.size]),
	);
	t.deepEqual(outlet.take(5), []);
	t.deepEqual(outlet.transaction({era: DCLOUD_TX_ERA, bytes: payment(0).id}), {
		era: DCLOUD_TX_ERA,
		bytes: wire(payment(0)),
	});
	t.is(outlet.transaction({era: DCLOUD_TX_ERA, bytes: payment(9).id}), undefined);
});

test('wants of a peer what it does not have and what is not bad for ever', async t => {
	const {pool} = await open();
	const inlet = createTxInlet(pool, 'a', silentLog);
	const offer = (transaction: Transaction) => ({
		id: {era: DCLOUD_TX_ERA, bytes: transaction.id},
		sizeBytes: transaction.size,
	});
	const add = (transaction: Transaction) =>
		inlet.add({era: DCLOUD_TX_ERA, bytes: wire(transaction)}, {signal: never()});
	t.true(inlet.wants(offer(payment(0))));
	await add(payment(1));
	t.true(inlet.wants(offer(payment(1))));
	await add(payment(0));
	t.false(inlet.wants(offer(payment(0))));
	await add(payment(1));
	t.is(pool.count, 2);
	const unsigned = {...payment(2), witnesses: []};
	await add(unsigned);
	t.is(pool.reasonOf(unsigned.id), 'TX_SIGNATURE_MISSING');
	// Of the same id as the signed one: a peer that brings it without witnesses must not keep that out.
	t.true(inlet.wants(offer(payment(2))));
	await add(payment(2));
	t.is(pool.count, 3);
	const expired = world.transaction(
		start,
		carol,
		{kind: 'transfer', to: bob.account, amount: ada(1)},
		{sequence: 0, validUntil: Slot(1)},
	);
	await add(expired);
	t.is(pool.reasonOf(expired.id), 'TX_EXPIRED');
	t.false(inlet.wants(offer(expired)));
});
