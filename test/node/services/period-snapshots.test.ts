import test from 'ava';
import {defined} from '#kernel/assert';
import {decode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {stateCodec} from '#ledger/state/state';
import type {LedgerStore} from '#node/ports/ledger-store';
import {closedBetween, periodName, pinnedPeriods} from '#node/services/chain/period-snapshots';
import {dyingStores} from '../../support/failing-stores.ts';
import {
	type Branch,
	feed,
	ledgerBytes,
	memoryStores,
	openTestChain,
	TestChain,
	testNetwork,
} from '../../support/test-chain.ts';

/** 100 slots a period; a block in about every twelfth. */
const world = new TestChain(testNetwork({checkpointEvery: 1}));
const {network} = world;
const epochOfBlock = (slot: number): number => Math.floor(slot / network.params.epochLength);

/** Grows through `periods` ends of periods and some blocks more. */
const grow = (from: Branch, periods: number): Branch => {
	let branch = from;
	const last = periods * network.params.epochLength + 90;
	while (branch.tip === 'origin' || branch.tip.slot < last) branch = world.grow(branch, 1, {skip: 10});
	return branch;
};

const confirm = (branch: Branch, period: number): Branch => {
	const [, pending] = defined(
		[...branch.ledger.pendingCheckpoints].find(([key]) => Number(`0x${key}`) === period),
		'a closed period',
	);
	const event = {kind: 'checkpoint-confirmed', period, blockHash: pending.blockHash} as const;
	const mcRef = {slot: branch.mcRef.slot + 1, hash: Hash32(new Uint8Array(32).fill(branch.mcRef.slot))};
	return world.grow(branch, 1, {mainChain: {mcRef, events: [event]}});
};

const trunk = grow(world.origin, 5);
/** The last block of a period. */
const lastOf = (period: number) =>
	defined(
		trunk.blocks.findLast(({header}) => epochOfBlock(header.slot) < period),
		'the period has blocks',
	).header;

const pinnedAt = async (store: LedgerStore, period: number) =>
	defined(await store.pinned(periodName(period)), 'it is pinned');

test('a period ends between two blocks of which the second is in a later one', t => {
	const {env} = network;
	t.is(closedBetween(env, Slot(0), Slot(99)), undefined);
	t.is(closedBetween(env, Slot(99), Slot(100)), 1);
	t.is(closedBetween(env, Slot(150), Slot(450)), 2);
});

test('keeps the state after the last block of closed periods, the newest three while none is confirmed', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks);
	t.deepEqual(await pinnedPeriods(stores.ledgerStore), [3, 4, 5]);
	const {hash, blockNo, state} = await pinnedAt(stores.ledgerStore, 4);
	t.deepEqual(hash, lastOf(4).hash);
	t.deepEqual(state, ledgerBytes(world.cut(trunk, blockNo + 1).ledger));
	t.true(decode(stateCodec, state).ok);
});

test('lets go the states below a period that Cardano has confirmed, and keeps its own', async t => {
	const stores = memoryStores();
	const chain = await openTestChain(network, {stores});
	await feed(chain, trunk.blocks);
	const more = world.grow(confirm(trunk, 4), 1);
	await feed(chain, more.blocks.slice(trunk.blocks.length));
	t.deepEqual(await pinnedPeriods(stores.ledgerStore), [4, 5]);
});

test('has kept the same states whichever write the process dies at', async t => {
	const {stores, writes} = dyingStores(memoryStores(), Number.POSITIVE_INFINITY);
	await feed(await openTestChain(network, {stores, snapshotEvery: 3}), trunk.blocks);
	const wanted = await pinnedAt(stores.ledgerStore, 5);
	for (let dieAt = 0; dieAt < writes(); dieAt += 7) {
		const kept = memoryStores();
		const dying = dyingStores(kept, dieAt);
		const first = await openTestChain(network, {stores: dying.stores, snapshotEvery: 3}).catch(
			() => undefined,
		);
		if (first !== undefined) await feed(first, trunk.blocks).catch(() => undefined);
		const again = await openTestChain(network, {stores: kept, snapshotEvery: 3});
		await feed(again, trunk.blocks.slice(again.tip === 'origin' ? 0 : again.tip.blockNo + 1));
		t.deepEqual(await pinnedAt(kept.ledgerStore, 5), wanted, `died at write ${dieAt}`);
	}
});
