import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {decodeBody, encodeBody} from '#ledger/block/block-body';
import {encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {SigningGuard} from '#node/ports/signing-guard';
import {LedgerChain, party} from '../../../support/ledger-chain.ts';
import {forgeTestBlock, testPool} from '../../../support/praos.ts';
import {
	blockBytes,
	codesOf,
	delegator,
	forgingKeysOf,
	kindsOf,
	memoryGuard,
	memoryStores,
	openObserver,
	type Producer,
	producerGenesis,
	startProducer,
} from '../../../support/producer.ts';

const pools = [testPool(1), testPool(2)] as const;
const [ours, theirs] = pools;
const genesis = producerGenesis(pools);

/** A transfer of the delegator `number`: its first transaction. */
const transfer = (number: number): Transaction =>
	new LedgerChain(genesis).transaction(delegator(number), {
		kind: 'transfer',
		to: party('somebody').account,
		amount: Lovelace(5_000_000n),
	});

/** A block of the other pool on top of a producer's chain, or beside its tip. */
const rivalBlock = (
	{chain, network}: Producer,
	slot: number,
	pool = theirs,
	transactions: Transaction[] = [],
) =>
	forgeTestBlock({
		params: network.params,
		state: chain.praosState,
		parent: chain.tip,
		slot,
		pool,
		segments: encodeBody({transactions, mainChain: {mcRef: genesis.cardano.start, events: []}}),
	});

test('forges blocks that an independent chain service adopts, and tells of every slot', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const observer = await openObserver(genesis, producer.clock);
	for (let slot = 0; slot < 60; slot++) {
		t.deepEqual(kindsOf(await producer.slot(slot)), ['leader', 'forged', 'adopted']);
		const header = producer.chain.tipHeader;
		const body = header && producer.chain.find(header.hash)?.body;
		t.deepEqual(await observer.considerBlock(body?.block.bytes ?? new Uint8Array()), {
			ok: true,
			value: 'adopted',
		});
	}
	t.deepEqual(observer.tip, producer.chain.tip);
	await producer.stop();
	t.like(producer.forge.view(), {
		enabled: true,
		leaderSlots: 60,
		forged: 60,
		adopted: 60,
		missed: 0,
		lastReason: null,
	});
	t.is(producer.outcomes.filter(({kind}) => kind === 'about-to-lead').length, 60);
});

test('forges only in the slots that the stake of the pool wins', async t => {
	const half = producerGenesis(pools, {f: Ratio(1n, 2n), epochLength: 100});
	const producer = await startProducer({pool: ours, genesis: half});
	const outcomes = await producer.until(79);
	await producer.stop();
	const [led, idle] = ['leader', 'not-leader'].map(
		kind => outcomes.filter(each => each.kind === kind).length,
	);
	t.is((led ?? 0) + (idle ?? 0), 80);
	t.true((led ?? 0) > 5 && (led ?? 0) < 60);
	t.is(producer.chain.tip === 'origin' ? 0 : producer.chain.tip.blockNo + 1, led ?? 0);
});

test('puts waiting transactions into its block', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(2);
	t.true(producer.mempool.submit(encodeTransaction(transfer(0)), 'local').ok);
	t.like((await producer.slot(3))[1], {kind: 'forged', transactions: 1, isSibling: false});
	t.is(producer.mempool.count, 0);
	await producer.stop();
});

test('extends a tip of an earlier slot and competes with one of the same slot: the lower VRF output wins', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const {chain} = producer;
	await producer.until(4);
	const ends = new Set<string>();
	for (let slot = 5; slot < 17; slot++) {
		const before = chain.tip;
		const {header: rival, bytes} = rivalBlock(producer, slot);
		t.true((await chain.considerBlock(bytes)).ok);
		t.deepEqual(chain.tip, before, 'it waits for its slot');
		const outcomes = await producer.slot(slot);
		const forged = outcomes.find(outcome => outcome.kind === 'forged');
		t.like(forged, {blockNo: rival.blockNo, isSibling: true});
		const own = defined(chain.find(forged?.hash ?? rival.hash), 'our block is kept').header;
		t.deepEqual(own.prevHash, before === 'origin' ? null : before.hash);
		const isLower = Buffer.compare(own.vrfOutput, rival.vrfOutput) < 0;
		t.is(outcomes.at(-1)?.kind, isLower ? 'adopted' : 'not-adopted');
		t.deepEqual(chain.tipHeader?.hash, isLower ? own.hash : rival.hash);
		ends.add(String(isLower));
	}
	await producer.stop();
	t.is(ends.size, 2);
});

test('a block beside the tip brings what the tip took out of the mempool', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(4);
	t.true(producer.mempool.submit(encodeTransaction(transfer(1)), 'local').ok);
	await producer.chain.considerBlock(rivalBlock(producer, 5, theirs, [transfer(0)]).bytes);
	const forged = (await producer.slot(5)).find(outcome => outcome.kind === 'forged');
	await producer.stop();
	const body = forged && producer.chain.find(forged.hash)?.body;
	const decoded = body && decodeBody(producer.network.env, body.block.segments);
	t.deepEqual(decoded?.ok === true ? decoded.value.transactions.map(({id}) => id) : [], [
		transfer(0).id,
		transfer(1).id,
	]);
});

test('never builds on a tip that is ahead of the clock, as after a start with a clock that was set back', async t => {
	const stores = memoryStores();
	const before = await startProducer({pool: theirs, genesis, stores});
	await before.until(9);
	await before.stop();
	const producer = await startProducer({pool: ours, genesis, stores, startSlot: 4});
	t.deepEqual(await producer.until(8), [
		...[5, 6, 7, 8].map(slot => ({
			kind: 'could-not-forge' as const,
			slot: Slot(slot),
			failure: {code: 'FORGE_TIP_AHEAD', slot: Slot(slot), tipSlot: Slot(9)},
			isLeader: false,
		})),
	]);
	t.true(kindsOf(await producer.slot(9)).includes('forged'));
	await producer.stop();
});

test('forges nothing while it has not the chain of its peers', async t => {
	let isSynced = false;
	const producer = await startProducer({pool: ours, genesis, isSynced: () => isSynced});
	t.deepEqual(codesOf(await producer.until(4)), Array(5).fill('FORGE_NOT_SYNCED'));
	t.is(producer.chain.tip, 'origin');
	isSynced = true;
	t.deepEqual(kindsOf(await producer.slot(5)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('signs nothing in the slot in which it starts and the two after it', async t => {
	const producer = await startProducer({pool: ours, genesis, startSlot: 10});
	t.deepEqual(codesOf(await producer.until(12)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(13)), ['leader', 'forged', 'adopted']);
	await producer.stop();
	t.like(producer.forge.view(), {leaderSlots: 3, forged: 1, missed: 2});
});

test('the slot is on disk before the key signs for it', async t => {
	const acts: string[] = [];
	const keys = forgingKeysOf(ours);
	const guard = memoryGuard();
	const watchedKeys: ForgingKeys = {
		...keys,
		kes: {
			evolution: 0,
			evolveTo: evolution => keys.kes.evolveTo(evolution),
			sign: message => {
				acts.push('sign');
				return keys.kes.sign(message);
			},
			discard: () => undefined,
		},
	};
	const watchedGuard: SigningGuard = {
		lastSignedSlot: guard.lastSignedSlot,
		lastSignedUnder: guard.lastSignedUnder,
		record: async (slot, under) => {
			await new Promise(resolve => setImmediate(resolve));
			await guard.record(slot, under);
			acts.push(`recorded ${slot}`);
		},
	};
	const producer = await startProducer({pool: ours, genesis, keys: watchedKeys, guard: watchedGuard});
	await producer.until(2);
	await producer.stop();
	t.deepEqual(acts, ['recorded 0', 'sign', 'recorded 1', 'sign', 'recorded 2', 'sign']);
});

test('a disk that does not take the slot keeps the key from signing', async t => {
	const keys = forgingKeysOf(ours);
	let signatures = 0;
	const producer = await startProducer({
		pool: ours,
		genesis,
		keys: {
			...keys,
			kes: {
				...keys.kes,
				sign: message => {
					signatures++;
					return keys.kes.sign(message);
				},
			},
		},
		guard: {
			lastSignedSlot: () => undefined,
			lastSignedUnder: () => undefined,
			record: async () => {
				throw new NodeError({code: 'STORE_DISK_FULL'});
			},
		},
	});
	t.deepEqual(codesOf(await producer.until(2)), Array(3).fill('STORE_DISK_FULL'));
	await producer.stop();
	t.is(signatures, 0);
	t.is(producer.forge.view().missed, 3);
});

type Life = {readonly startSlot: number; readonly slots: number};

/** The slots that one process signs for. It has lost its chain: only the guard's file tells of the past. */
const signedIn = async (guard: SigningGuard, {startSlot, slots}: Life): Promise<readonly number[]> => {
	const producer = await startProducer({pool: ours, genesis, guard, startSlot});
	const outcomes = await producer.until(startSlot + slots);
	await producer.stop();
	return outcomes.filter(({kind}) => kind === 'forged').map(({slot}) => slot);
};

test('never signs two blocks for one slot, however often it is restarted and its clock set back', async t => {
	const life = fc.record({startSlot: fc.integer({min: -1, max: 12}), slots: fc.integer({min: 1, max: 8})});
	await fc.assert(
		fc.asyncProperty(fc.array(life, {minLength: 2, maxLength: 4}), async lives => {
			const guard = memoryGuard();
			for (const each of lives) {
				const last = each.startSlot + each.slots;
				const quiet = each.startSlot === -1 ? -1 : each.startSlot + 2;
				const first = Math.max(quiet, guard.lastSignedSlot() ?? -1) + 1;
				const free = Array.from({length: Math.max(0, last - first + 1)}, (_, index) => first + index);
				t.deepEqual(await signedIn(guard, each), free);
			}
		}),
		{numRuns: 15},
	);
});

test('signs nothing up to the last recorded slot when the clock was set back', async t => {
	const producer = await startProducer({pool: ours, genesis, guard: memoryGuard(Slot(8))});
	const outcomes = await producer.until(9);
	await producer.stop();
	t.deepEqual(codesOf(outcomes), Array(9).fill('FORGE_SLOT_SIGNED_BEFORE'));
	t.like(outcomes.at(-2), {kind: 'forged', slot: Slot(9)});
});

test('signs nothing up to the slot of a block of its own that the chain shows', async t => {
	const producer = await startProducer({pool: ours, genesis, startSlot: 5});
	// The data folder with the guard was lost; a block made shortly before the start comes from peers.
	await producer.chain.considerBlock(rivalBlock(producer, 7, ours).bytes);
	t.deepEqual(codesOf(await producer.until(7)), Array(2).fill('FORGE_SLOT_SIGNED_BEFORE'));
	t.deepEqual(kindsOf(await producer.slot(8)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('stops and says so when another host forges with its keys', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(4);
	const rival = rivalBlock(producer, 5, ours);
	await producer.chain.considerBlock(rival.bytes);
	const failure = {code: 'FORGE_KEYS_USED_ELSEWHERE', slot: Slot(5), hash: rival.header.hash};
	t.deepEqual(await producer.slot(5), [{kind: 'could-not-forge', slot: Slot(5), failure, isLeader: false}]);
	t.deepEqual(codesOf(await producer.until(20)), Array(15).fill('FORGE_KEYS_USED_ELSEWHERE'));
	await producer.stop();
	t.like(producer.forge.view(), {enabled: false, forged: 5, lastReason: 'FORGE_KEYS_USED_ELSEWHERE'});
	t.is(producer.logged.filter(({level}) => level === 'error').length, 1);
});

test('refuses keys that the pool has not registered', async t => {
	const stranger = testPool(3);
	const unknown = await startProducer({pool: stranger, genesis});
	t.deepEqual(codesOf(await unknown.until(0)), ['HEADER_POOL_UNKNOWN']);
	await unknown.stop();
	const {vrfSeed, vrfVk} = stranger;
	const other = await startProducer({pool: ours, genesis, keys: {...forgingKeysOf(ours), vrfSeed, vrfVk}});
	t.deepEqual(codesOf(await other.until(0)), ['VRF_KEY_WRONG']);
	await other.stop();
});

test('refuses a certificate that a block of the pool has outdated', async t => {
	const producer = await startProducer({pool: ours, genesis, startSlot: 5});
	const renewed = testPool(1, {counter: 1n});
	t.true((await producer.chain.considerBlock(rivalBlock(producer, 2, renewed).bytes)).ok);
	t.deepEqual(codesOf(await producer.slot(10)), ['FORGE_CERTIFICATE_SUPERSEDED']);
	await producer.stop();
	t.like(producer.forge.view(), {enabled: false, missed: 0});
	const guard = memoryGuard(Slot(2), {hotVk: ours.operationalCertificate.hotVk, counter: 1n, evolution: 0});
	const restored = await startProducer({pool: ours, genesis, startSlot: 5, guard});
	const [outcome] = await restored.slot(10);
	await restored.stop();
	t.deepEqual(outcome, {
		kind: 'could-not-forge',
		slot: Slot(10),
		failure: {code: 'FORGE_CERTIFICATE_SUPERSEDED', counter: 0n, seenCounter: 1n, slot: Slot(2)},
		isLeader: false,
	});
});

test('refuses a certificate that a block of the pool outdated long ago', async t => {
	const renewed = await startProducer({pool: testPool(1, {counter: 1n}), genesis});
	const old = await startProducer({pool: ours, genesis, startSlot: 19, isSynced: () => isSynced});
	let isSynced = false;
	await renewed.until(1);
	const first = blockBytes(renewed.chain);
	await renewed.stop();
	// So long ago that no header of it is left in memory: the state of the chain remembers the number.
	for (const bytes of first) t.true((await old.chain.considerBlock(bytes)).ok);
	for (let slot = 2; slot < 12; slot++)
		t.true((await old.chain.considerBlock(rivalBlock(old, slot).bytes)).ok);
	isSynced = true;
	t.true(codesOf(await old.until(23)).every(code => code === 'FORGE_CERTIFICATE_SUPERSEDED'));
	await old.stop();
});

test('ends when it is told to, in the middle of a wait', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(1);
	await producer.stop();
	t.is(producer.clock.waiting, 0);
});
