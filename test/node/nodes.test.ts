/** Whole nodes in one process: virtual time, memory bearers, memory stores; everything else is what runs in production. */
import test from 'ava';
import {slotStartMs} from '#consensus/time';
import {evolveKesKey, generateKesKey, signKes} from '#crypto/kes/kes-key';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {encodeTransaction} from '#ledger/tx/transaction';
import type {ChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import {createLifecycle} from '#node/lifecycle';
import {type NodeParts, type NodeServices, startServices} from '#node/node-services';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {ChainStores} from '#node/services/chain/open-chain';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import type {Address} from '#relay/bearer/bearer';
import {relayTargets} from '#relay/known-peers';
import {localRootOf, NO_PEERS} from '#relay/topology';
import {encodeAnnouncement, signAnnouncement} from '#transport/protocols/announcement';
import {openTestDatabase} from '../support/chain-databases.ts';
import {crypto} from '../support/crypto.ts';
import {createFaultyFileSystem} from '../support/faulty-file-system.ts';
import {ada, alice, bob, poolKeys} from '../support/ledger-genesis.ts';
import {noMetrics} from '../support/no-metrics.ts';
import type {TestPool} from '../support/praos.ts';
import {silentLog} from '../support/silent-log.ts';
import {ledgerBytes, memoryStores, pools, TestChain, testNetwork} from '../support/test-chain.ts';
import {createVirtualClock} from '../support/virtual-clock.ts';
import {createVirtualNetwork} from '../support/virtual-network.ts';

const network = testNetwork();
const world = new TestChain(network);
const {slots} = network;
const relayAddress: Address = {host: '127.0.0.1', port: 4000};

const forgingKeys = (pool: TestPool): ForgingKeys => {
	let key = generateKesKey(crypto, pool.kesSeed);
	return {
		issuerVk: pool.issuerVk,
		vrfSeed: pool.vrfSeed,
		vrfVk: pool.vrfVk,
		operationalCertificate: pool.operationalCertificate,
		kes: {
			get evolution() {
				return key.period;
			},
			evolveTo: async evolution => {
				while (key.period < evolution) {
					const evolved = evolveKesKey(crypto, key);
					if (!evolved.ok) return false;
					key = evolved.value;
				}
				return key.period === evolution;
			},
			sign: message => signKes(crypto, key, message),
			discard: () => undefined,
		},
	};
};

const guardOf = () => {
	let last: Slot | undefined;
	return {
		lastSignedSlot: () => last,
		lastSignedUnder: () => undefined,
		record: async (slot: Slot) => {
			last = slot;
		},
	};
};

type TestNode = {
	readonly services: NodeServices;
	readonly address: Address;
	readonly failures: NodeError[];
	readonly stop: () => Promise<void>;
};

/** Nodes around one relay, which is all that they are told of. */
const openWorld = () => {
	const clock = createVirtualClock(slotStartMs(slots, Slot(0)) - 5 * slots.slotLengthMs);
	const transport = createVirtualNetwork(clock);
	const start = async (
		number: number,
		{pool, stores = memoryStores()}: {readonly pool?: number; readonly stores?: ChainStores} = {},
	): Promise<TestNode> => {
		const address = {host: '127.0.0.1', port: 4000 + number};
		const failures: NodeError[] = [];
		const lifecycle = createLifecycle((_, error) => {
			throw error;
		});
		const keys = pool === undefined ? undefined : forgingKeys(defined(pools[pool], 'a pool'));
		const parts: NodeParts = {
			network,
			crypto,
			stores,
			mainChain: createBlindWatcher(),
			clock,
			log: silentLog,
			metrics: noMetrics,
			transport,
			topology: {
				...NO_PEERS,
				localRoots: number === 0 ? [] : [localRootOf([relayAddress], {advertise: true})],
			},
			targets: {...relayTargets(5), known: 20, active: 5},
			address,
			peerSharing: true,
			producer: keys && {keys, guard: guardOf()},
			checkpointSeed: pool === undefined ? undefined : poolKeys[pool]?.checkpoint.seed.slice(),
			failed: error => failures.push(error),
		};
		const services = await startServices(lifecycle, parts);
		return {services, address, failures, stop: () => lifecycle.stop()};
	};
	/** Lets everything that is under way come to an end. */
	const settle = async (): Promise<void> => {
		for (let turn = 0; turn < 60; turn++) await new Promise(resolve => setImmediate(resolve));
	};
	const advance = async (count: number): Promise<void> => {
		const step = slots.slotLengthMs / 4;
		for (let quarter = 0; quarter < 4 * count; quarter++) {
			clock.advanceTo(clock.now() + step);
			await settle();
		}
	};
	return {clock, transport, start, advance};
};

const tipsOf = (nodes: readonly TestNode[]): string[] =>
	nodes.map(({services: {chain}}) => (chain.tip === 'origin' ? 'origin' : toHex(chain.tip.hash)));
const blocksOf = ({services: {chain}}: TestNode): number =>
	chain.tip === 'origin' ? 0 : chain.tip.blockNo + 1;

/** Forks of one or two blocks are everyday; a quiet moment ends them. */
const agree = async (
	nodes: readonly TestNode[],
	advance: (slots: number) => Promise<void>,
): Promise<boolean> => {
	for (let tries = 0; tries < 40; tries++) {
		if (new Set(tipsOf(nodes)).size === 1) return true;
		await advance(1);
	}
	return false;
};

test('producers that know a relay only find each other, make a chain together and agree on it', async t => {
	const {start, advance} = openWorld();
	const nodes = [await start(0)];
	for (const pool of [0, 1, 2]) nodes.push(await start(pool + 1, {pool}));
	await advance(60);
	t.true(await agree(nodes, advance));
	const [relay] = nodes as [TestNode];
	t.true(blocksOf(relay) > 15);
	const issuers = new Set(relay.services.chain.volatile.map(({issuerVk}) => toHex(issuerVk)));
	t.true(issuers.size >= 2);
	for (const node of nodes.slice(1)) {
		const addresses = new Set(node.services.peers.views.map(({address}) => address));
		t.true(addresses.size >= 3, `a producer knows ${[...addresses].join()}`);
		t.true(node.services.peers.isSynced);
	}
	for (const {services} of nodes)
		t.deepEqual(ledgerBytes(services.chain.ledger), ledgerBytes(relay.services.chain.ledger));

	// A transaction handed to one producer comes into a block, whoever makes it, and leaves every mempool.
	const payment = world.transaction(world.origin, alice, {kind: 'transfer', to: bob.account, amount: ada(7)});
	const last = nodes.at(-1) as TestNode;
	t.true(last.services.mempool.submit(encodeTransaction(payment), 'local').ok);
	await advance(12);
	t.true(await agree(nodes, advance));
	for (const {services} of nodes) {
		t.is(services.chain.ledger.accounts.get(toHex(bob.account))?.balance, ada(1_000_007));
		t.is(services.mempool.count, 0);
	}

	// What a provider announces at one node is known at all.
	const announced = signAnnouncement(crypto, network.env.genesisHash, alice.seed, {
		sequence: 1n,
		validUntilSlot: Slot(10_000),
		endpoint: '127.0.0.1:9000',
		routes: [],
		attributes: [],
	});
	t.is(last.services.announcements.offer(encodeAnnouncement(announced)), undefined);
	await advance(2);
	for (const {services} of nodes)
		t.is(services.announcements.of(alice.verificationKey)?.endpoint, '127.0.0.1:9000');
	for (const node of nodes) t.deepEqual(node.failures, []);
	await Promise.all(nodes.map(({stop}) => stop()));
});

test('a node that joins late fetches the whole chain', async t => {
	const {start, advance} = openWorld();
	const first = [await start(0), await start(1, {pool: 0}), await start(2, {pool: 1})];
	await advance(150);
	const late = await start(9);
	await advance(4);
	const nodes = [...first, late];
	t.true(await agree(nodes, advance));
	t.true(blocksOf(late) > 30);
	t.deepEqual(
		ledgerBytes(late.services.chain.ledger),
		ledgerBytes((first[0] as TestNode).services.chain.ledger),
	);
	await Promise.all(nodes.map(({stop}) => stop()));
});

test('a producer that was cut off for a few blocks comes back to the common chain', async t => {
	const {start, advance, transport} = openWorld();
	const nodes = [await start(0)];
	for (const pool of [0, 1, 2]) nodes.push(await start(pool + 1, {pool}));
	await advance(30);
	const lonely = nodes[3] as TestNode;
	transport.cutOff(lonely.address);
	await advance(6);
	transport.join(lonely.address);
	await advance(20);
	t.true(await agree(nodes, advance));
	await Promise.all(nodes.map(({stop}) => stop()));
});

test('a node that was stopped goes on from its stores and forges again', async t => {
	const {start, advance} = openWorld();
	const stores = memoryStores();
	const others = [await start(0), await start(1, {pool: 0})];
	const mortal = await start(2, {pool: 1, stores});
	await advance(40);
	await mortal.stop();
	const before = blocksOf(mortal);
	await advance(10);
	const reborn = await start(2, {pool: 1, stores});
	t.true(blocksOf(reborn) >= before);
	await advance(60);
	const nodes = [...others, reborn];
	t.true(await agree(nodes, advance));
	t.true((reborn.services.forge?.view().forged ?? 0) > 0);
	await Promise.all(nodes.map(({stop}) => stop()));
});

test('a node whose disk is full says so and stops cleanly; with space again it has lost nothing', async t => {
	const {start, advance} = openWorld();
	const disk = createFaultyFileSystem();
	const open = (): Promise<ChainDatabase> => openTestDatabase(disk, {genesisHash: network.env.genesisHash});
	const others = [await start(0), await start(1, {pool: 0})];
	const database = await open();
	const full = await start(2, {pool: 1, stores: database});
	await advance(40);
	const {settledTip} = full.services.chain;
	t.not(settledTip, 'origin');
	disk.arm({at: 3, kind: 'full'});
	await advance(20);
	t.deepEqual(
		full.failures.map(({code}) => code),
		['STORE_DISK_FULL'],
	);
	await full.stop();
	await database.close();
	disk.freeSpace();
	const again = await start(2, {pool: 1, stores: await open()});
	t.true(await again.services.reader.isOnChain(settledTip));
	await advance(30);
	t.true(await agree([...others, again], advance));
	for (const {stop} of [...others, again]) await stop();
});
