/** Standing by, being promoted, and what tells two hosts with the same keys apart. */
import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {encodeTransaction} from '#ledger/tx/transaction';
import type {KesSigner} from '#node/ports/forging-keys';
import {LedgerChain, party} from '../../../support/ledger-chain.ts';
import {testPool} from '../../../support/praos.ts';
import {
	blockBytes,
	codesOf,
	delegator,
	forgingKeysOf,
	kindsOf,
	memoryGuard,
	memoryKes,
	type Producer,
	producerGenesis,
	startProducer,
} from '../../../support/producer.ts';

const ours = testPool(1);
const genesis = producerGenesis([ours]);

/** Gives what one host has forged to another. */
const share = async (from: Producer, to: Producer): Promise<void> => {
	for (const bytes of blockBytes(from.chain)) await to.chain.considerBlock(bytes);
};

const transfer = new LedgerChain(genesis).transaction(delegator(0), {
	kind: 'transfer',
	to: party('somebody').account,
	amount: Lovelace(5_000_000n),
});

const forgedIn = ({outcomes}: Producer): readonly number[] =>
	outcomes.filter(({kind}) => kind === 'forged').map(({slot}) => slot);

test('a standby checks keys and slots, moves the KES key on and signs nothing', async t => {
	let signatures = 0;
	const kes = memoryKes(ours.kesSeed);
	const counting: KesSigner = {
		get evolution() {
			return kes.evolution;
		},
		evolveTo: evolution => kes.evolveTo(evolution),
		sign: message => {
			signatures++;
			return kes.sign(message);
		},
		discard: () => undefined,
	};
	const short = producerGenesis([ours], {slotsPerKesPeriod: 4});
	const keys = forgingKeysOf(ours, counting);
	const guard = memoryGuard();
	const producer = await startProducer({pool: ours, genesis: short, standby: true, keys, guard});
	const outcomes = await producer.until(9);
	await producer.stop();
	t.deepEqual(kindsOf(outcomes), Array(10).fill('standby'));
	t.is(signatures, 0);
	t.is(guard.lastSignedSlot(), undefined);
	t.is(kes.evolution, 2);
	t.like(producer.forge.view(), {
		mode: 'standby',
		enabled: false,
		leaderSlots: 0,
		missed: 0,
		lastReason: null,
		lastOutcome: {slot: 9, kind: 'standby', code: null},
	});
});

test('a standby says which slots are not its own, and what would keep it from forging', async t => {
	const half = producerGenesis([ours], {f: Ratio(1n, 2n), epochLength: 100});
	const producer = await startProducer({pool: ours, genesis: half, standby: true});
	const kinds = kindsOf(await producer.until(39));
	t.deepEqual([...new Set(kinds)].sort(), ['not-leader', 'standby']);
	await producer.stop();
	const wrong = {...forgingKeysOf(ours), vrfVk: testPool(2).vrfVk};
	const other = await startProducer({pool: ours, genesis, standby: true, keys: wrong});
	t.deepEqual(codesOf(await other.until(0)), ['VRF_KEY_WRONG']);
	await other.stop();
	const later = testPool(1, {startPeriod: 3n});
	const early = await startProducer({pool: later, genesis: producerGenesis([later]), standby: true});
	t.deepEqual(codesOf(await early.until(0)), ['OPCERT_NOT_YET_VALID']);
	await early.stop();
});

test('a standby that is promoted forges from the third slot after that on', async t => {
	const producer = await startProducer({pool: ours, genesis, standby: true});
	await producer.until(5);
	producer.forge.promote();
	t.like(producer.forge.view(), {mode: 'active', enabled: true});
	t.deepEqual(codesOf(await producer.until(7)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(8)), ['leader', 'forged', 'adopted']);
	// Once more changes nothing.
	producer.forge.promote();
	t.deepEqual(kindsOf(await producer.slot(9)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('a producer that is demoted stands by, and can be promoted again', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(3);
	await producer.forge.demote();
	t.deepEqual(kindsOf(await producer.until(6)), ['standby', 'standby', 'standby']);
	producer.forge.promote();
	t.deepEqual(codesOf(await producer.until(8)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(9)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('demoting resolves when nothing is signed any more, also in the middle of a slot', async t => {
	let goOn: () => void = () => undefined;
	let recorded = false;
	const guard = memoryGuard();
	const slow = {
		...guard,
		record: async (...signed: Parameters<typeof guard.record>) => {
			await new Promise<void>(resolve => {
				goOn = resolve;
			});
			recorded = true;
			await guard.record(...signed);
		},
	};
	const producer = await startProducer({pool: ours, genesis, guard: slow});
	const inSlot = producer.slot(0);
	while (goOn.length === 0 && !producer.outcomes.some(({kind}) => kind === 'leader'))
		await new Promise(resolve => setImmediate(resolve));
	for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
	let isDemoted = false;
	const demoted = producer.forge.demote().then(() => {
		isDemoted = true;
	});
	await new Promise(resolve => setImmediate(resolve));
	t.false(isDemoted);
	goOn();
	await Promise.all([demoted, inSlot]);
	t.true(recorded);
	// What had been begun is finished before; nothing comes after it.
	t.deepEqual(kindsOf(await inSlot), ['leader', 'forged', 'adopted']);
	t.deepEqual(kindsOf(await producer.slot(1)), ['standby']);
	await producer.stop();
});

test('the work of two hosts is handed over without a block of both in one slot', async t => {
	const first = await startProducer({pool: ours, genesis});
	const second = await startProducer({pool: ours, genesis, clock: first.clock, standby: true});
	const both = async (slot: number): Promise<void> => {
		for (const host of [first, second]) await host.slot(slot);
		await share(first, second);
		await share(second, first);
	};
	for (let slot = 0; slot < 6; slot++) await both(slot);
	await first.forge.demote();
	second.forge.promote();
	for (let slot = 6; slot < 14; slot++) await both(slot);
	t.deepEqual(forgedIn(first), [0, 1, 2, 3, 4, 5]);
	t.deepEqual(forgedIn(second), [8, 9, 10, 11, 12, 13]);
	t.true(first.forge.view().mode === 'standby' && second.forge.view().enabled);
	await first.stop();
	await second.stop();
});

test('a standby that is promoted while the other host goes on stops, and goes on when it is promoted again', async t => {
	const first = await startProducer({pool: ours, genesis});
	const second = await startProducer({pool: ours, genesis, clock: first.clock, standby: true});
	for (let slot = 0; slot < 3; slot++) {
		await first.slot(slot);
		await second.slot(slot);
		await share(first, second);
	}
	second.forge.promote();
	for (let slot = 3; slot < 7; slot++) {
		// Of what only one host knows come blocks that differ; the same block twice would be no fraud.
		if (slot === 5) t.true(first.mempool.submit(encodeTransaction(transfer), 'local').ok);
		await first.slot(slot);
		await second.slot(slot);
		await share(first, second);
	}
	// Both sign for the first slot in which both may: nothing tells either before of the other. It is the last time.
	t.deepEqual(forgedIn(second), [5]);
	t.like(second.forge.view(), {
		mode: 'active',
		enabled: false,
		lastReason: 'FORGE_KEYS_USED_ELSEWHERE',
	});
	await first.stop();
	t.deepEqual(codesOf(await second.slot(7)), ['FORGE_KEYS_USED_ELSEWHERE']);
	second.forge.promote();
	t.deepEqual(codesOf(await second.until(9)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await second.slot(10)), ['leader', 'forged', 'adopted']);
	await second.stop();
});

test('a clock that is set back signs nothing until it has passed where it was', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(9);
	producer.clock.setBackTo(genesis.systemStartMs + 4.5 * genesis.slotMs);
	const back = await producer.settled();
	t.deepEqual(back, [
		{
			kind: 'could-not-forge',
			slot: Slot(4),
			failure: {code: 'FORGE_CLOCK_MOVED_BACK', slot: Slot(4), highestSlot: Slot(9)},
			isLeader: false,
		},
	]);
	t.deepEqual(codesOf(await producer.until(9)), Array(5).fill('FORGE_CLOCK_MOVED_BACK'));
	t.is(producer.forge.view().lastReason, 'FORGE_CLOCK_MOVED_BACK');
	t.deepEqual(kindsOf(await producer.slot(10)), ['leader', 'forged', 'adopted']);
	await producer.stop();
	t.is(producer.forge.view().forged, 11);
});

test('a clock that is set back to before the beginning is waited for', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(2);
	producer.clock.setBackTo(genesis.systemStartMs - 3 * genesis.slotMs);
	t.deepEqual(await producer.settled(), []);
	t.deepEqual(codesOf(await producer.until(2)), Array(3).fill('FORGE_CLOCK_MOVED_BACK'));
	t.deepEqual(kindsOf(await producer.slot(3)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

const periods = producerGenesis([ours], {slotsPerKesPeriod: 4});

test('refuses a KES key from a backup: the chain shows a later evolution', async t => {
	const short = producerGenesis([ours], {slotsPerKesPeriod: 2});
	const before = await startProducer({pool: ours, genesis: short});
	await before.until(4);
	await before.stop();
	const restored = await startProducer({pool: ours, genesis: short, startSlot: 15});
	await share(before, restored);
	const outcomes = await restored.until(20);
	t.deepEqual([...new Set(codesOf(outcomes))], ['FORGE_KES_KEY_RESTORED']);
	const [first] = outcomes;
	t.deepEqual(first, {
		kind: 'could-not-forge',
		slot: Slot(16),
		failure: {code: 'FORGE_KES_KEY_RESTORED', evolution: 0, seenEvolution: 1, slot: Slot(2)},
		isLeader: false,
	});
	t.is(restored.forge.view().enabled, false);
	// Another host being gone is no cure for that.
	restored.forge.promote();
	t.deepEqual(codesOf(await restored.slot(21)), ['FORGE_KES_KEY_RESTORED']);
	await restored.stop();
	t.is(restored.logged.filter(({level}) => level === 'error').length, 1);
});

test('refuses a KES key from a backup: the data folder shows a later evolution', async t => {
	const guard = memoryGuard(Slot(13), {
		hotVk: ours.operationalCertificate.hotVk,
		counter: 0n,
		evolution: 3,
	});
	const producer = await startProducer({pool: ours, genesis: periods, startSlot: 15, guard});
	t.deepEqual([...new Set(codesOf(await producer.until(20)))], ['FORGE_KES_KEY_RESTORED']);
	await producer.stop();
});

test('warns of a data folder from a backup, and signs for no slot that the chain shows', async t => {
	const before = await startProducer({pool: ours, genesis});
	await before.until(4);
	await before.stop();
	const guard = memoryGuard(Slot(1), {hotVk: ours.operationalCertificate.hotVk, counter: 0n, evolution: 0});
	const producer = await startProducer({pool: ours, genesis, startSlot: 6, guard});
	await share(before, producer);
	await producer.until(8);
	t.deepEqual(kindsOf(await producer.slot(9)), ['leader', 'forged', 'adopted']);
	await producer.stop();
	const warnings = producer.logged.filter(({message}) => /data folder/.test(message));
	t.deepEqual(
		warnings.map(({level, fields}) => [level, fields]),
		[['warn', {slot: Slot(2), guardedSlot: Slot(1)}]],
	);
});

test('takes the KES key that did what the chain and the data folder show', async t => {
	const kes = memoryKes(ours.kesSeed);
	const before = await startProducer({pool: ours, genesis: periods, keys: forgingKeysOf(ours, kes)});
	await before.until(13);
	await before.stop();
	const guard = memoryGuard(Slot(13), {
		hotVk: ours.operationalCertificate.hotVk,
		counter: 0n,
		evolution: 3,
	});
	const keys = forgingKeysOf(ours, kes);
	const producer = await startProducer({pool: ours, genesis: periods, startSlot: 15, guard, keys});
	await share(before, producer);
	await producer.until(17);
	t.deepEqual(kindsOf(await producer.slot(18)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('a new KES key is no older one, whatever the last one had come to', async t => {
	const guard = memoryGuard(Slot(13), {hotVk: new Uint8Array(32), counter: 0n, evolution: 40});
	const renewed = testPool(1, {counter: 1n, startPeriod: 3n});
	const producer = await startProducer({pool: renewed, genesis: periods, startSlot: 15, guard});
	await producer.until(17);
	t.deepEqual(kindsOf(await producer.slot(18)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('a standby whose key moved on with the hours is not taken for a backup', async t => {
	const first = await startProducer({pool: ours, genesis: periods, startSlot: 2});
	const second = await startProducer({
		pool: ours,
		genesis: periods,
		clock: first.clock,
		standby: true,
	});
	for (let slot = 3; slot < 20; slot++) {
		await first.slot(slot);
		await share(first, second);
		await second.slot(slot);
	}
	t.deepEqual(codesOf(second.outcomes), []);
	await first.stop();
	second.forge.promote();
	await second.until(21);
	t.deepEqual(kindsOf(await second.slot(22)), ['leader', 'forged', 'adopted']);
	await second.stop();
});
