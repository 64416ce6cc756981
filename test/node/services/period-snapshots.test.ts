import test from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {stateCodec} from '#ledger/state/state';
import type {LedgerStore} from '#node/ports/ledger-store';
import {tipOf} from '#node/services/chain/chain-entry';
import type {ChainStores} from '#node/services/chain/chain-stores';
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
	const {hash, blockNo} = lastOf(1);
	const between = (below: number, above: number) =>
		closedBetween(network.env, {slot: Slot(below), hash, blockNo}, {slot: Slot(above)});
	t.is(between(0, 99), undefined);
	t.is(between(99, 100), 1);
	t.is(between(150, 450), 2);
	t.is(closedBetween(network.env, 'origin', {slot: Slot(450)}), undefined);
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

/** In which three periods end, as many as are kept. */
const blocks = trunk.blocks.filter(({header}) => epochOfBlock(header.slot) < 4);

/** What is pinned, in hexadecimal. */
const allPinned = async ({ledgerStore}: ChainStores) =>
	Promise.all(
		(await ledgerStore.pinnedNames()).map(async name => {
			const {hash, state} = defined(await ledgerStore.pinned(name), 'it is pinned');
			return {name, hash: toHex(hash), state: toHex(state)};
		}),
	);

test('a period ends for good when the block after it is final', async t => {
	const stores = memoryStores();
	const chain = await openTestChain(network, {stores});
	const next = lastOf(1).blockNo + 1;
	await feed(chain, trunk.blocks.slice(0, next + network.params.k));
	t.deepEqual(chain.immutableTip, tipOf({header: lastOf(1)}));
	t.deepEqual(await pinnedPeriods(stores.ledgerStore), []);
	await feed(chain, trunk.blocks.slice(next + network.params.k, next + network.params.k + 1));
	t.deepEqual(await pinnedPeriods(stores.ledgerStore), [1]);
});

test('a node that begins where a period may end keeps the state when it knows', async t => {
	const stores = memoryStores();
	const end = lastOf(1).blockNo + 1 + network.params.k;
	await feed(await openTestChain(network, {stores}), trunk.blocks.slice(0, end));
	const again = await openTestChain(network, {stores});
	t.deepEqual(again.immutableTip, tipOf({header: lastOf(1)}));
	await feed(again, trunk.blocks.slice(end, end + 1));
	t.deepEqual((await pinnedAt(stores.ledgerStore, 1)).hash, lastOf(1).hash);
});

test('has kept the same states whichever write the process dies at', async t => {
	const {stores, writes} = dyingStores(memoryStores(), Number.POSITIVE_INFINITY);
	await feed(await openTestChain(network, {stores, snapshotEvery: 3}), blocks);
	const wanted = await allPinned(stores);
	t.is(wanted.length, 3);
	for (let dieAt = 0; dieAt < writes(); dieAt++) {
		const kept = memoryStores();
		const dying = dyingStores(kept, dieAt);
		const first = await openTestChain(network, {stores: dying.stores, snapshotEvery: 3}).catch(
			() => undefined,
		);
		if (first !== undefined) await feed(first, blocks).catch(() => undefined);
		const again = await openTestChain(network, {stores: kept, snapshotEvery: 3});
		await feed(again, blocks.slice(again.tip === 'origin' ? 0 : again.tip.blockNo + 1));
		t.deepEqual(await allPinned(kept), wanted, `died at write ${dieAt}`);
	}
});

test('a state that could not be kept is kept by the next process, whatever else could be written', async t => {
	const stores = memoryStores();
	const full = new NodeError({code: 'STORE_FAILED', message: 'The disk is full.'});
	const ledgerStore = {...stores.ledgerStore, pin: () => Promise.reject(full)};
	const failures: NodeError[] = [];
	const chain = await openTestChain(network, {
		stores: {...stores, ledgerStore},
		snapshotEvery: 1,
		failed: error => failures.push(error),
	});
	await t.throwsAsync(feed(chain, blocks), {instanceOf: NodeError});
	t.deepEqual(failures, [full]);
	const again = await openTestChain(network, {stores});
	t.true(again.tip !== 'origin' && again.tip.slot > lastOf(1).slot);
	await feed(again, blocks.slice(again.tip === 'origin' ? 0 : again.tip.blockNo + 1));
	const kept = memoryStores();
	await feed(await openTestChain(network, {stores: kept}), blocks);
	t.deepEqual(await allPinned(stores), await allPinned(kept));
});
