import test from 'ava';
import {kesPeriodOf, slotStartMs} from '#consensus/time';
import {evolveKesKey, generateKesKey, signKes} from '#crypto/kes/kes-key';
import {defined} from '#kernel/assert';
import {Slot} from '#kernel/slot';
import {decodeBody} from '#ledger/block/block-body';
import {ledgerEnv} from '#ledger/environment';
import {encodeTransaction} from '#ledger/tx/transaction';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {SigningGuard} from '#node/ports/signing-guard';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import type {ChainService} from '#node/services/chain/chain-service';
import {startCheckpointSigner} from '#node/services/forge/checkpoint-signer';
import {Forge, type ForgePorts} from '#node/services/forge/forge';
import type {ForgeOutcome} from '#node/services/forge/forge-outcome';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {Mempool} from '#node/services/mempool/mempool';
import {crypto} from '../../support/crypto.ts';
import {ada, alice, bob, poolKeys} from '../../support/ledger-genesis.ts';
import {noMetrics} from '../../support/no-metrics.ts';
import {type TestPool, testPool} from '../../support/praos.ts';
import {silentLog} from '../../support/silent-log.ts';
import {
	feed,
	nodeGenesis,
	openTestChain,
	pools,
	TestChain,
	testNetwork,
	timeOfSlot,
} from '../../support/test-chain.ts';
import {createVirtualClock, type VirtualClock} from '../../support/virtual-clock.ts';

const never = (): AbortSignal => new AbortController().signal;
const ownPool = defined(pools[0], 'a pool');

const memoryGuard = (last?: number): SigningGuard & {readonly recorded: number[]} => {
	const recorded: number[] = [];
	return {
		recorded,
		lastSignedSlot: () => {
			const slot = recorded.at(-1) ?? last;
			return slot === undefined ? undefined : Slot(slot);
		},
		record: async slot => {
			recorded.push(slot);
		},
	};
};

const keysOf = (pool: TestPool): ForgingKeys => {
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
		},
	};
};

type World = {
	readonly chain: ChainService;
	readonly clock: VirtualClock;
	readonly mempool: Mempool;
	readonly forge: Forge;
	readonly guard: ReturnType<typeof memoryGuard>;
	/** Tries slots from `from` until one is led, at most 300. */
	readonly forgeNext: (from: number) => Promise<{slot: number; outcome: ForgeOutcome}>;
};

/** A pool that has all the stake leads half of the slots. */
const soleNetwork = (change: Parameters<typeof nodeGenesis>[0] = {}): ChainNetwork => {
	const genesis = nodeGenesis();
	const [account] = genesis.accounts;
	return chainNetwork(ledgerEnv(crypto, {...genesis, accounts: [defined(account, 'an account')], ...change}));
};

const open = async (
	network: ChainNetwork,
	change: Partial<ForgePorts> = {},
	startSlot = -10,
): Promise<World> => {
	const clock = createVirtualClock(timeOfSlot(network, startSlot));
	const chain = await openTestChain(network, {clock});
	const mempool = new Mempool({chain, clock, log: silentLog, metrics: noMetrics}, {signal: never()});
	const guard = memoryGuard();
	const forge = new Forge({
		crypto,
		chain,
		mempool,
		mainChain: createBlindWatcher(),
		keys: keysOf(ownPool),
		guard,
		clock,
		log: silentLog,
		metrics: noMetrics,
		isSynced: () => true,
		...change,
	});
	const forgeNext = async (from: number): Promise<{slot: number; outcome: ForgeOutcome}> => {
		for (let slot = from; slot < from + 300; slot++) {
			clock.advanceTo(timeOfSlot(network, slot));
			const outcome = await forge.forgeSlot(Slot(slot));
			if (outcome.kind !== 'not-leader') return {slot, outcome};
		}
		return {slot: -1, outcome: {kind: 'not-leader'}};
	};
	return {chain, clock, mempool, forge, guard, forgeNext};
};

test('makes blocks in the slots that its pool leads, and no other slot', async t => {
	const network = testNetwork();
	const {chain, forgeNext, guard} = await open(network);
	const first = await forgeNext(0);
	t.like(first.outcome, {kind: 'forged', blockNo: 0, isAdopted: true, transactions: 0});
	const second = await forgeNext(first.slot + 1);
	t.like(second.outcome, {kind: 'forged', blockNo: 1, isAdopted: true});
	t.like(chain.tip, {blockNo: 1, slot: second.slot});
	t.deepEqual(guard.recorded, [first.slot, second.slot]);
	t.deepEqual(
		chain.volatile.map(({issuerVk}) => issuerVk),
		[ownPool.issuerVk, ownPool.issuerVk],
	);
});

test('puts the mempool’s transactions into its block', async t => {
	const network = soleNetwork();
	const world = new TestChain(network);
	const {chain, mempool, forgeNext} = await open(network);
	const payment = world.transaction(world.origin, alice, {kind: 'transfer', to: bob.account, amount: ada(3)});
	t.true(mempool.submit(encodeTransaction(payment), 'local').ok);
	const {outcome} = await forgeNext(0);
	t.like(outcome, {kind: 'forged', transactions: 1});
	const tip = defined(chain.tipHeader, 'a tip');
	const block = defined(chain.find(tip.hash)?.body, 'its body').block;
	const body = decodeBody(network.env, block.segments);
	t.deepEqual(body.ok && body.value.transactions.map(({id}) => id), [payment.id]);
	t.is(mempool.count, 0);
});

test('forges beside a block of its own slot, and the lower VRF output wins', async t => {
	const network = testNetwork();
	const world = new TestChain(network);
	const others = pools.slice(1);
	let found = 0;
	let branch = world.origin;
	for (let tries = 0; tries < 60 && found === 0; tries++) {
		branch = world.grow(branch, 1, {pools: others});
		const tip = defined(branch.blocks.at(-1), 'a block').header;
		const {chain, clock, forge} = await open(network);
		clock.advanceTo(timeOfSlot(network, tip.slot));
		await feed(chain, branch.blocks);
		const outcome = await forge.forgeSlot(tip.slot);
		if (outcome.kind === 'not-leader') continue;
		found++;
		t.like(outcome, {kind: 'forged', blockNo: tip.blockNo});
		const [own] = chain.headersBy(ownPool.issuerVk).filter(({slot}) => slot === tip.slot);
		const isLower = Buffer.compare(defined(own, 'our header').vrfOutput, tip.vrfOutput) < 0;
		t.is(outcome.kind === 'forged' && outcome.isAdopted, isLower);
	}
	t.is(found, 1);
});

test('never signs a slot twice: not one of the guard, not just after its start', async t => {
	const network = soleNetwork();
	const guarded = await open(network, {guard: memoryGuard(40)});
	for (let slot = 0; slot <= 40; slot++) {
		guarded.clock.advanceTo(timeOfSlot(network, slot));
		const outcome = await guarded.forge.forgeSlot(Slot(slot));
		t.true(
			outcome.kind === 'not-leader' ||
				(outcome.kind === 'could-not-forge' && outcome.reason === 'FORGE_SLOT_SIGNED_BEFORE'),
		);
	}
	t.like((await guarded.forgeNext(41)).outcome, {kind: 'forged'});

	const started = await open(network, {}, 100);
	for (const slot of [100, 101, 102]) {
		const outcome = await started.forge.forgeSlot(Slot(slot));
		t.true(outcome.kind === 'not-leader' || outcome.kind === 'could-not-forge');
	}
	t.like((await started.forgeNext(103)).outcome, {kind: 'forged'});
});

test('stops when it sees a block of its key that it did not make', async t => {
	const network = soleNetwork();
	const world = new TestChain(network);
	const {chain, clock, forgeNext, forge} = await open(network);
	const foreign = world.grow(world.origin, 1, {pools: [ownPool]});
	const {slot} = defined(foreign.blocks[0], 'a block').header;
	clock.advanceTo(timeOfSlot(network, slot));
	await feed(chain, foreign.blocks);
	t.like((await forgeNext(slot + 1)).outcome, {
		kind: 'could-not-forge',
		reason: 'FORGE_KEY_USED_ELSEWHERE',
		isLeader: true,
	});
	t.false(forge.view.enabled);
});

const obstacles: Readonly<Record<string, readonly [reason: string, change: () => Partial<ForgePorts>]>> = {
	'while it does not have its peers’ chain': ['FORGE_NOT_SYNCED', () => ({isSynced: () => false})],
	'for a pool that is not in the snapshot': ['FORGE_POOL_UNKNOWN', () => ({keys: keysOf(testPool(9))})],
	'with a VRF key that the pool did not register': [
		'FORGE_VRF_KEY_WRONG',
		() => ({keys: {...keysOf(ownPool), vrfVk: testPool(9).vrfVk}}),
	],
	'before its certificate begins': [
		'FORGE_CERTIFICATE_NOT_YET_VALID',
		() => {
			const pool = testPool(1, {startPeriod: 1n});
			return {keys: keysOf(pool)};
		},
	],
	'with a KES key that was evolved too far': [
		'FORGE_KES_KEY_TOO_NEW',
		() => {
			const keys = keysOf(ownPool);
			return {keys: {...keys, kes: {...keys.kes, evolution: 5, evolveTo: async () => false}}};
		},
	],
};

for (const [when, [reason, change]] of Object.entries(obstacles))
	test(`does not forge ${when}`, async t => {
		const {forgeNext, guard} = await open(soleNetwork(), change());
		t.like((await forgeNext(0)).outcome, {kind: 'could-not-forge', reason});
		t.deepEqual(guard.recorded, []);
	});

test('does not forge behind its tip, nor after its certificate', async t => {
	const network = soleNetwork();
	const {forge, forgeNext} = await open(network);
	const {slot} = await forgeNext(5);
	t.like(await forge.forgeSlot(Slot(slot - 1)), {kind: 'could-not-forge', reason: 'FORGE_TIP_AHEAD'});
	const {slotsPerKesPeriod, maxKesEvolutions} = network.params;
	const after = await open(network);
	t.like((await after.forgeNext(slotsPerKesPeriod * maxKesEvolutions)).outcome, {
		kind: 'could-not-forge',
		reason: 'FORGE_CERTIFICATE_EXPIRED',
	});
});

test('moves its KES key on with the periods', async t => {
	const network = soleNetwork();
	const keys = keysOf(ownPool);
	const {forgeNext} = await open(network, {keys});
	const {slot, outcome} = await forgeNext(2 * network.params.slotsPerKesPeriod);
	t.like(outcome, {kind: 'forged', isAdopted: true});
	t.is(keys.kes.evolution, kesPeriodOf(network.params, Slot(slot)));
});

test('forges slot after slot by the clock until it is stopped', async t => {
	const network = soleNetwork();
	const {forge, clock, chain} = await open(network);
	const stop = new AbortController();
	const running = forge.run({signal: stop.signal}).catch(() => undefined);
	for (let slot = 0; slot < 12; slot++) {
		while (clock.waiting === 0) await new Promise(resolve => setImmediate(resolve));
		clock.advanceTo(slotStartMs(network.slots, Slot(slot)));
		while (clock.waiting === 0) await new Promise(resolve => setImmediate(resolve));
	}
	stop.abort();
	await running;
	const blocks = chain.tip === 'origin' ? 0 : chain.tip.blockNo + 1;
	t.true(blocks > 1);
	t.like(forge.view, {leaderSlots: blocks, forged: blocks, adopted: blocks, missed: 0, enabled: true});
});

test('signs a closed period when its last block is final, and the block takes the signature', async t => {
	const network = soleNetwork();
	const {chain, mempool, forgeNext} = await open(network);
	const {seed} = defined(poolKeys[0], 'a pool').checkpoint;
	startCheckpointSigner({crypto, chain, mempool, log: silentLog}, {seed: seed.slice(), signal: never()});
	const {epochLength, checkpointEvery} = network.env.genesis;
	let slot = epochLength * checkpointEvery - 8;
	const boundary = epochLength * checkpointEvery;
	for (let blocks = 0; blocks < 20; blocks++) slot = (await forgeNext(slot)).slot + 1;
	t.true(slot > boundary);
	const signed = [...chain.ledger.checkpointSignatures.keys()];
	t.is(signed.length, 1);
	t.is(chain.ledger.pendingCheckpoints.size, 1);
});
