import test from 'ava';
import {type GenesisHash, Hash28, Hash32, type HeaderHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {MAIN_CHAIN_EVENTS_MAX} from '#ledger/limits';
import type {CheckpointHistory, CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {MainChain} from '#node/ports/main-chain';
import {createMainChainWatcher, type MainChainWatcher} from '#node/services/main-chain-watcher';
import {type LogLine, recordingLog} from '../../support/producer.ts';
import {silentLog} from '../../support/silent-log.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const refAt = (slot: number): McRef => ({slot, hash: Hash32(new Uint8Array(32).fill(slot & 255))});
const depositAt = (slot: number, index = 0): MainChainEvent => ({
	kind: 'deposit',
	outRef: {txId: Hash32(new Uint8Array(32).fill(slot & 255)), index},
	account: Hash28(new Uint8Array(28)),
	amount: Lovelace(5n),
});

/** Cardano with a block in each even slot up to `tip`, and `perBlock` deposits in each block. */
const cardano = (tip: number, perBlock = 1) => {
	const world = {tip, isDown: false as boolean};
	const answer = <T>(value: T): Promise<T> =>
		world.isDown ? Promise.reject(new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'})) : Promise.resolve(value);
	const mainChain: MainChain = {
		tip: () => answer(refAt(world.tip)),
		blockAt: slot => answer(refAt(Math.min(slot - (slot % 2), world.tip))),
		events: ({after, upTo}) => {
			const events: MainChainEvent[] = [];
			for (let slot = after.slot + 2; slot <= upTo.slot; slot += 2)
				for (let index = 0; index < perBlock; index++) events.push(depositAt(slot, index));
			return answer(events);
		},
	};
	return {world, mainChain};
};

const open = async (mainChain: MainChain) => {
	const clock = createVirtualClock(0);
	const watcher = createMainChainWatcher({mainChain, clock, log: silentLog}, {stableDepth: 5});
	const stop = new AbortController();
	const running = watcher.run({signal: stop.signal});
	while (clock.waiting === 0) await new Promise(resolve => setImmediate(resolve));
	return {
		watcher,
		clock,
		stop: async () => {
			stop.abort();
			await running;
		},
	};
};

const judge = (watcher: MainChainWatcher, to: number, events: readonly MainChainEvent[]) =>
	watcher.judge(refAt(10), {mcRef: refAt(to), events});

test('a forger refers to the newest stable block and reports all that happened up to it', async t => {
	const {mainChain} = cardano(20);
	const {watcher, stop} = await open(mainChain);
	t.deepEqual(await watcher.segmentAfter(refAt(10)), {
		mcRef: refAt(14),
		events: [depositAt(12), depositAt(14)],
	});
	t.deepEqual(await watcher.segmentAfter(refAt(14)), {mcRef: refAt(14), events: []});
	t.deepEqual(watcher.tip(), refAt(20));
	await stop();
});

test('a forger reports no more than fits in a block and goes only as far', async t => {
	const {mainChain} = cardano(1000, 10);
	const {watcher, stop} = await open(mainChain);
	const {mcRef, events} = await watcher.segmentAfter(refAt(10));
	t.true(mcRef.slot > 10 && mcRef.slot < 995);
	t.true(events.length > 0 && events.length <= MAIN_CHAIN_EVENTS_MAX);
	t.is(events.length, ((mcRef.slot - 10) / 2) * 10);
	await stop();
});

test('a block holds that says exactly what happened', async t => {
	const {watcher, stop} = await open(cardano(20).mainChain);
	t.is(await judge(watcher, 14, [depositAt(12), depositAt(14)]), 'holds');
	t.is(await judge(watcher, 10, []), 'holds');
	await stop();
});

test('a block is refused that leaves something out, invents or reorders it, or names an unknown block', async t => {
	const {watcher, stop} = await open(cardano(20).mainChain);
	const wrong = {code: 'MC_EVENTS_WRONG', mcRef: refAt(14)};
	t.deepEqual(await judge(watcher, 14, [depositAt(14)]), wrong as never);
	t.deepEqual(await judge(watcher, 14, [depositAt(12), depositAt(14), depositAt(14, 1)]), wrong as never);
	t.deepEqual(await judge(watcher, 14, [depositAt(14), depositAt(12)]), wrong as never);
	t.deepEqual(await judge(watcher, 10, [depositAt(12)]), {code: 'MC_EVENTS_WRONG', mcRef: refAt(10)});
	const strange = {slot: 12, hash: Hash32(new Uint8Array(32).fill(99))};
	t.deepEqual(await watcher.judge(refAt(10), {mcRef: strange, events: []}), {
		code: 'MC_REF_UNKNOWN',
		mcRef: strange,
	});
	t.deepEqual(await watcher.judge(refAt(10), {mcRef: refAt(13), events: []}), {
		code: 'MC_REF_UNKNOWN',
		mcRef: refAt(13),
	});
	await stop();
});

test('a block waits that refers to what is not stable here yet, and the news that it is comes by itself', async t => {
	const {world, mainChain} = cardano(20);
	const {watcher, clock, stop} = await open(mainChain);
	t.is(await judge(watcher, 18, []), 'wait');
	let changes = 0;
	watcher.onChange(() => changes++, {signal: new AbortController().signal});
	world.tip = 24;
	clock.advanceTo(clock.now() + 1000);
	while (changes === 0) await new Promise(resolve => setImmediate(resolve));
	t.is(await judge(watcher, 18, [depositAt(12), depositAt(14), depositAt(16), depositAt(18)]), 'holds');
	await stop();
});

test('while Cardano cannot be asked forgers repeat and validators wait', async t => {
	const {world, mainChain} = cardano(20);
	const {watcher, stop} = await open(mainChain);
	world.isDown = true;
	t.deepEqual(await watcher.segmentAfter(refAt(10)), {mcRef: refAt(10), events: []});
	t.is(await judge(watcher, 14, []), 'wait');
	t.is(await judge(watcher, 10, []), 'holds');
	world.isDown = false;
	t.is(await judge(watcher, 14, [depositAt(12), depositAt(14)]), 'holds');
	await stop();
});

test('while Cardano does not answer it is asked less and less often, and again at once when it does', async t => {
	const {world, mainChain} = cardano(20);
	let asked = 0;
	const counted: MainChain = {
		...mainChain,
		tip: options => {
			asked++;
			return mainChain.tip(options);
		},
	};
	const {watcher, clock, stop} = await open(counted);
	const pass = async (ms: number): Promise<number> => {
		const before = asked;
		clock.advanceTo(clock.now() + ms);
		for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
		return asked - before;
	};
	t.is(watcher.unreachableSinceMs(), undefined);
	world.isDown = true;
	t.is(await pass(500), 1);
	t.is(watcher.unreachableSinceMs(), 500);
	const waits = [1_000, 2_000, 4_000, 8_000, 8_000];
	for (const ms of waits) {
		t.is(await pass(ms - 1), 0);
		t.is(await pass(1), 1);
	}
	t.is(watcher.unreachableSinceMs(), 500);
	world.isDown = false;
	t.is(await pass(8_000), 1);
	t.is(watcher.unreachableSinceMs(), undefined);
	t.is(await pass(500), 1);
	await stop();
});

test('a rollback deeper than the stability depth undoes nothing, is told from a Cardano that is away, and is said once', async t => {
	const {mainChain} = cardano(20);
	const logged: LogLine[] = [];
	const world = {isRolledBack: true};
	const forked: MainChain = {
		...mainChain,
		blockAt: async slot => {
			const block = await mainChain.blockAt(slot);
			return block && world.isRolledBack ? {...block, hash: hashOf(99)} : block;
		},
	};
	const clock = createVirtualClock(700);
	const watcher = createMainChainWatcher(
		{mainChain: forked, clock, log: recordingLog(logged)},
		{stableDepth: 5},
	);
	const onOtherFork = {mcRef: {slot: 14, hash: hashOf(99)}, events: [depositAt(12)]};
	t.is(await watcher.judge(refAt(10), onOtherFork), 'wait');
	t.deepEqual(await watcher.segmentAfter(refAt(10)), {mcRef: refAt(10), events: []});
	t.is(await watcher.judge(refAt(10), {mcRef: refAt(10), events: []}), 'holds', 'the chain goes on');
	t.is(watcher.rolledBackSinceMs(), 700);
	t.is(watcher.unreachableSinceMs(), undefined);
	const [told, ...more] = logged;
	t.like(told, {level: 'error', fields: {slot: 10}});
	t.deepEqual(more, []);

	world.isRolledBack = false;
	t.is(await judge(watcher, 14, [depositAt(12), depositAt(14)]), 'holds');
	t.is(watcher.rolledBackSinceMs(), undefined);
	t.like(logged[1], {level: 'info', fields: {slot: 10}});
});

const hashOf = (byte: number): Hash32 => Hash32(new Uint8Array(32).fill(byte));
const checkpointOf = (period: number): CheckpointOnCardano => ({
	genesisHash: hashOf(1) as GenesisHash,
	period,
	blockHash: hashOf(100 + period) as HeaderHash,
	stateRoot: hashOf(2),
	payoutRoot: hashOf(3),
	committeeHash: hashOf(4),
	createdAt: refAt(period),
});

/** A watcher of a Cardano that shows checkpoints of these periods, which may change. */
const checkpointWatcher = (shown: {periods: number[]; asked: number; isDown?: boolean}) => {
	const checkpoints: CheckpointHistory = {
		stable: async () => {
			if (shown.isDown) throw new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'});
			shown.asked++;
			return shown.periods.map(checkpointOf);
		},
	};
	const {mainChain} = cardano(20);
	const ports = {mainChain, checkpoints, clock: createVirtualClock(0), log: silentLog};
	return createMainChainWatcher(ports, {stableDepth: 5});
};
const ended = (first: number, last: number, byte: number) => ({
	first,
	last,
	blockHash: hashOf(byte) as HeaderHash,
});

test('a period ends as Cardano says that it did, or is not over for Cardano yet', async t => {
	const shown = {periods: [1, 3], asked: 0};
	const watcher = checkpointWatcher(shown);
	t.is(await watcher.judgePeriods(ended(3, 3, 103)), 'holds');
	t.is(await watcher.judgePeriods(ended(1, 1, 101)), 'holds');
	t.is(await watcher.judgePeriods(ended(2, 2, 99)), 'holds', 'Cardano has skipped it');
	t.is(shown.asked, 1, 'what is known stays');
	const wrong = {code: 'MC_PERIOD_CONFLICT', period: 1, expected: hashOf(101), blockHash: hashOf(99)};
	t.deepEqual(await watcher.judgePeriods(ended(1, 1, 99)), wrong as never);
	t.is(await watcher.judgePeriods(ended(4, 5, 99)), 'holds');
	shown.periods.push(5);
	t.like(await watcher.judgePeriods(ended(4, 5, 99)), {code: 'MC_PERIOD_CONFLICT', period: 5});
});

test('no period is refused while Cardano cannot be asked, and it is asked again', async t => {
	const shown = {periods: [1], asked: 0, isDown: true};
	const watcher = checkpointWatcher(shown);
	t.is(await watcher.judgePeriods(ended(1, 1, 99)), 'holds');
	t.not(watcher.unreachableSinceMs(), undefined);
	t.is(await watcher.judge(refAt(10), {mcRef: refAt(10), events: []}), 'holds');
	t.not(watcher.unreachableSinceMs(), undefined, 'what Cardano was not asked for is no answer of it');
	shown.isDown = false;
	t.like(await watcher.judgePeriods(ended(1, 1, 99)), {code: 'MC_PERIOD_CONFLICT'});
});
