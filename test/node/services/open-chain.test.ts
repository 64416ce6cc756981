import path from 'node:path';
import test from 'ava';
import {praosRoot} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {createLevelChainStore} from '#node/adapters/level-chain-store';
import {openDatabase} from '#node/adapters/level-database';
import {createLevelLedgerStore} from '#node/adapters/level-ledger-store';
import type {ChainStores} from '#node/services/chain/open-chain';
import {dyingStores} from '../../support/failing-stores.ts';
import {ada, alice, bob} from '../../support/ledger-genesis.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {feed, ledgerBytes, memoryStores, openTestChain, pools, TestChain} from '../../support/test-chain.ts';

const world = new TestChain();
const {network} = world;
const {crypto} = network.env;
const trunk = world.grow(world.origin, 14, (_, branch) => ({
	transactions: [world.transaction(branch, alice, {kind: 'transfer', to: bob.account, amount: ada(1)})],
}));
/** Leaves the trunk after ten blocks and is longer than it. */
const fork = (() => {
	const root = world.cut(trunk, 10);
	const next = defined(trunk.blocks[10], 'the trunk goes on').header;
	const others = pools.filter(({issuerVk}) => !equalBytes(issuerVk, next.issuerVk));
	return world.grow(root, 6, index => (index === 0 ? {pools: others} : {}));
})();
/** The trunk, then the fork, which wins. */
const story = [...trunk.blocks, ...fork.blocks.slice(10)];
const snapshotEvery = 3;

const tellUntilDeath = async (stores: ChainStores): Promise<void> => {
	try {
		await feed(await openTestChain(network, {stores, snapshotEvery}), story);
	} catch (error) {
		if (!(error instanceof NodeError)) throw error;
	}
};

test('finds the same chain again, from a snapshot and from the genesis', async t => {
	for (const hasSnapshots of [true, false]) {
		const stores = memoryStores();
		await feed(await openTestChain(network, {stores, snapshotEvery}), trunk.blocks);
		t.is((await stores.ledgerStore.snapshots()).length, 2);
		const none = {...stores.ledgerStore, snapshots: async () => []};
		const ledgerStore = hasSnapshots ? stores.ledgerStore : none;
		const again = await openTestChain(network, {stores: {...stores, ledgerStore}});
		t.deepEqual(again.tip, trunk.tip);
		t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(trunk.ledger));
		t.deepEqual(praosRoot(crypto, again.praosState), praosRoot(crypto, trunk.praosState));
		t.is(again.volatile.length, network.params.k);
		await feed(again, fork.blocks.slice(10));
		t.deepEqual(again.tip, fork.tip);
		t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(fork.ledger));
	}
});

test('loses nothing and comes to the same chain whichever write it dies at', async t => {
	const counting = dyingStores(memoryStores(), Number.POSITIVE_INFINITY);
	await tellUntilDeath(counting.stores);
	const writes = counting.writes();
	t.true(writes > 3 * story.length);
	for (let dieAt = 0; dieAt < writes; dieAt++) {
		const stores = memoryStores();
		await tellUntilDeath(dyingStores(stores, dieAt).stores);
		const before = await stores.chainStore.tip();
		const again = await openTestChain(network, {stores, snapshotEvery});
		const reached = again.tip === 'origin' ? -1 : again.tip.blockNo;
		t.true(reached >= (before?.blockNo ?? -1), `died at ${dieAt}`);
		// A peer that begins at the start: what is final already is refused, all else is taken.
		for (const {bytes} of story) {
			const verdict = await again.considerBlock(bytes);
			if (!verdict.ok) t.true(['CHAIN_FORK_TOO_DEEP', 'CHAIN_PARENT_UNKNOWN'].includes(verdict.error.code));
		}
		t.deepEqual(again.tip, fork.tip, `died at ${dieAt}`);
		t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(fork.ledger));
	}
});

test('takes up blocks that were kept and not selected before it died', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks.slice(0, 3));
	for (const {header, bytes} of trunk.blocks.slice(3, 5))
		await stores.chainStore.putBlock({...header, bytes});
	const again = await openTestChain(network, {stores});
	t.deepEqual(again.tip, world.cut(trunk, 5).tip);
});

test('works out again what a lost record said', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks);
	await stores.ledgerStore.dropApplied(trunk.blocks.slice(2, 13).map(({header}) => header.hash));
	const again = await openTestChain(network, {stores});
	t.deepEqual(again.tip, trunk.tip);
	t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(trunk.ledger));
});

test('cuts the chain before a damaged block and takes it from peers again', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks);
	const {header, bytes} = defined(trunk.blocks[11], 'a block');
	await stores.chainStore.putBlock({
		...header,
		bytes: bytes.map((byte, at) => (at === 900 ? byte ^ 1 : byte)),
	});
	const again = await openTestChain(network, {stores});
	t.deepEqual(again.tip, world.cut(trunk, 11).tip);
	t.deepEqual(await stores.chainStore.place(BlockNo(11)), undefined);
	await feed(again, trunk.blocks.slice(11));
	t.deepEqual(again.tip, trunk.tip);
});

test('comes back on level stores', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	const open = async () => {
		const database = await openDatabase({folder, genesisHash: network.env.genesisHash});
		const stores = {
			chainStore: createLevelChainStore(database),
			ledgerStore: createLevelLedgerStore(database, {hasher: crypto}),
		};
		return {database, stores};
	};
	const first = await open();
	await feed(await openTestChain(network, {stores: first.stores, snapshotEvery}), story);
	await first.database.close();
	const second = await open();
	const again = await openTestChain(network, {stores: second.stores});
	t.deepEqual(again.tip, fork.tip);
	t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(fork.ledger));
	await second.database.close();
});
