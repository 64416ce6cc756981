import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {praosRoot} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Point, Tip} from '#kernel/point';
import type {ChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import {openLevelChainIndex} from '#node/adapters/level-chain-index';
import {createMemoryChainIndex} from '#node/adapters/memory-stores';
import {createNodeFileSystem} from '#node/adapters/node-file-system';
import {accountHistory} from '#node/services/chain/chain-history';
import {createChainReader} from '#node/services/chain/chain-reader';
import type {ChainService} from '#node/services/chain/chain-service';
import {createBlindWatcher, type MainChainWatcher} from '#node/services/main-chain-watcher';
import {openTestDatabase} from '../../support/chain-databases.ts';
import {
	createFaultyFileSystem,
	type DiskFault,
	type FaultyFileSystem,
} from '../../support/faulty-file-system.ts';
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

const genesisHash = network.env.genesisHash;
const open = (disk: FaultyFileSystem): Promise<ChainDatabase> => openTestDatabase(disk, {genesisHash});

const pointOf = (tip: Tip): Point => (tip === 'origin' ? 'origin' : {slot: tip.slot, hash: tip.hash});

/** What a node was told to be final before its process ended. */
const tellUntilDeath = async (disk: FaultyFileSystem): Promise<Tip> => {
	let settled: Tip = 'origin';
	try {
		const chain = await openTestChain(network, {stores: await open(disk), snapshotEvery});
		for (const {bytes} of story) {
			await chain.considerBlock(bytes);
			// What runs beside adoption goes on a little.
			for (let turn = 0; turn < 40; turn++) await Promise.resolve();
			settled = chain.settledTip;
		}
		await chain.settle();
		settled = chain.settledTip;
	} catch (error) {
		if (!(error instanceof NodeError)) throw error;
	}
	return settled;
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

/** The fault at each write is another one each time, so that all come by all kinds of writes. */
const kinds = ['kill', 'powerCut', 'tornCut', 'full', 'powerCut'] as const;

/** What the ledger is after the last block of a chain of this story. */
const ledgerAfter = (tip: Tip): Uint8Array => {
	if (tip === 'origin') return ledgerBytes(world.origin.ledger);
	const branch = [trunk, fork].find(({blocks}) =>
		blocks.some(({header}) => equalBytes(header.hash, tip.hash)),
	);
	return ledgerBytes(world.cut(defined(branch, 'a known block'), tip.blockNo + 1).ledger);
};

/** What is final already, or would lead away from what is known to be final, although blocks before it are missing. */
const REFUSALS = new Set(['CHAIN_FORK_TOO_DEEP', 'CHAIN_PARENT_UNKNOWN', 'HEADER_CHECKPOINT_MISMATCH']);

/** As from a peer that begins at the start: what is final already is refused, all else is taken. */
const tellAll = async (t: ExecutionContext, chain: ChainService): Promise<void> => {
	for (const {bytes} of story) {
		const verdict = await chain.considerBlock(bytes);
		if (!verdict.ok) t.true(REFUSALS.has(verdict.error.code), verdict.error.code);
	}
	t.deepEqual(chain.tip, fork.tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(fork.ledger));
};

const surviveFault = async (t: ExecutionContext, at: number): Promise<void> => {
	const kind = kinds[at % kinds.length] as DiskFault['kind'];
	const disk = createFaultyFileSystem({seed: at});
	disk.arm({at, kind});
	const settled = await tellUntilDeath(disk);
	if (!disk.isDown) disk.crash(at % 2 === 0 ? 'power' : 'process');
	disk.restart();
	disk.freeSpace();
	const again = await openTestChain(network, {stores: await open(disk), snapshotEvery});
	const name = `${kind} at write ${at}`;
	t.true(await createChainReader(again).isOnChain(pointOf(settled)), `${name}: what was final`);
	t.deepEqual(ledgerBytes(again.ledger), ledgerAfter(again.tip), `${name}: states are not mixed`);
	await tellAll(t, again);
};

test('loses nothing that was final, and comes to the same chain, whichever write fails in whatever way', async t => {
	const counted = createFaultyFileSystem();
	await tellUntilDeath(counted);
	t.true(counted.writes > 100, `${counted.writes} writes`);
	for (let at = 0; at < counted.writes; at++) await surviveFault(t, at);
});

test('takes up blocks that were kept and not selected before it died', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks.slice(0, 3));
	for (const {header, bytes} of trunk.blocks.slice(3, 5))
		await stores.chainStore.putBlock({...header, bytes});
	const again = await openTestChain(network, {stores});
	t.deepEqual(again.tip, world.cut(trunk, 5).tip);
});

test('does not ask Cardano again about blocks that were selected', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores}), trunk.blocks);
	const blind: MainChainWatcher = {...createBlindWatcher(), judge: async () => 'wait'};
	const again = await openTestChain(network, {stores, mainChain: blind});
	t.deepEqual(again.tip, trunk.tip);
});

test('gives a new index all that it lacks', async t => {
	const stores = memoryStores();
	await feed(await openTestChain(network, {stores, snapshotEvery}), trunk.blocks);
	const chainIndex = createMemoryChainIndex();
	const again = await openTestChain(network, {stores: {...stores, chainIndex}});
	for (const {header} of trunk.blocks) {
		t.like(await chainIndex.find(header.hash), {blockNo: header.blockNo});
		t.deepEqual(await chainIndex.events(header.hash), await stores.chainIndex.events(header.hash));
	}
	const ports = {chain: again, reader: createChainReader(again)};
	const entries = await accountHistory(ports, toHex(bob.account), {limit: 100});
	t.is(entries.length, trunk.blocks.length);
});

/** The volatile files of a disk, with their sizes. */
const volatileFiles = (disk: FaultyFileSystem): readonly (readonly [string, number])[] =>
	disk.files().filter(([file]) => file.includes('/volatile/'));

test('comes to the same chain after any flipped bit among the blocks that may be rolled back', async t => {
	for (let at = 0; at < 60; at++) {
		const disk = createFaultyFileSystem();
		const settled = await tellUntilDeath(disk);
		disk.crash('process');
		disk.restart();
		const files = volatileFiles(disk).filter(([, size]) => size > 0);
		const [file, size] = defined(files[at % files.length], 'a volatile file');
		disk.flipBit(file, (at * 7919) % size, at % 8);
		const again = await openTestChain(network, {stores: await open(disk), snapshotEvery});
		await tellAll(t, again);
		t.true(await createChainReader(again).isOnChain(pointOf(settled)));
	}
});

test('comes back from the files of this disk', async t => {
	const folder = path.join(await temporaryFolder(t), 'db');
	const openHere = async (): Promise<ChainDatabase> =>
		openTestDatabase(createNodeFileSystem(), {
			folder,
			genesisHash,
			index: await openLevelChainIndex(path.join(folder, 'index')),
		});
	const first = await openHere();
	await feed(await openTestChain(network, {stores: first, snapshotEvery}), story);
	await first.close();
	const second = await openHere();
	t.true(second.wasClosedCleanly);
	const again = await openTestChain(network, {stores: second});
	t.deepEqual(again.tip, fork.tip);
	t.deepEqual(ledgerBytes(again.ledger), ledgerBytes(fork.ledger));
	await second.close();
});
