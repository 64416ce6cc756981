import test from 'ava';
import {decode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {type MainChainSegment, mainChainCodec} from '#ledger/block/block-body';
import {MAIN_CHAIN_EVENTS_MAX} from '#ledger/limits';
import {accountOf} from '#ledger/queries';
import type {MainChain} from '#node/ports/main-chain';
import {CardanoNews} from '#node/services/forge/cardano-news';
import {createMainChainWatcher, type MainChainWatcher} from '#node/services/main-chain-watcher';
import {hashOf, party} from '../../../support/ledger-chain.ts';
import {testPool} from '../../../support/praos.ts';
import {
	eventually,
	kindsOf,
	type LogLine,
	type Producer,
	producerGenesis,
	recordingLog,
	startProducer,
} from '../../../support/producer.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const pool = testPool(1);
const genesis = producerGenesis([pool]);
const {start, stableDepth} = genesis.cardano;
const somebody = party('somebody').account;

const mcBlock = (slot: number): McRef =>
	slot === start.slot ? start : {slot, hash: Hash32(hashOf(`cardano ${slot}`))};

const deposit = (slot: number, index = 0): MainChainEvent => ({
	kind: 'deposit',
	outRef: {txId: hashOf(`deposit ${slot}`), index},
	account: somebody,
	amount: Lovelace(1_000_000n),
});

type ScriptedCardano = MainChain & {tipSlot: number; isReachable: boolean};

/** A Cardano with a block in every slot and the events that `eventsAt` gives it. */
const scriptedCardano = (eventsAt: (slot: number) => readonly MainChainEvent[]): ScriptedCardano => {
	const cardano: ScriptedCardano = {
		tipSlot: start.slot,
		isReachable: true,
		tip: async () => answer(mcBlock(cardano.tipSlot)),
		blockAt: async slot => answer(mcBlock(slot)),
		events: async ({after, upTo}) => {
			const slots = Array.from({length: upTo.slot - after.slot}, (_, index) => after.slot + 1 + index);
			return answer(slots.flatMap(eventsAt));
		},
	};
	const answer = <T>(value: T): T => {
		if (!cardano.isReachable) throw new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'});
		return value;
	};
	return cardano;
};

/** A producer that looks at that Cardano. */
const producerOn = async (
	cardano: MainChain,
): Promise<{readonly producer: Producer; readonly watcher: MainChainWatcher; stop(): Promise<void>}> => {
	const clock = createVirtualClock(genesis.systemStartMs - 500);
	const lines: LogLine[] = [];
	const watcher = createMainChainWatcher(
		{mainChain: cardano, clock, log: recordingLog(lines)},
		{stableDepth},
	);
	const stopping = new AbortController();
	const watching = watcher.run({signal: stopping.signal});
	const producer = await startProducer({pool, genesis, clock, mainChain: watcher});
	return {
		producer,
		watcher,
		stop: async () => {
			await producer.stop();
			stopping.abort();
			await watching;
		},
	};
};

/** Segment 3 of the tip. */
const segmentOfTip = ({chain}: Producer): MainChainSegment | undefined => {
	const body = chain.tipHeader && chain.find(chain.tipHeader.hash)?.body;
	const decoded = body && decode(mainChainCodec, body.block.segments[2]);
	return decoded?.ok === true ? decoded.value : undefined;
};

test('a block refers to the newest stable Cardano block and brings all that happened up to it', async t => {
	const cardano = scriptedCardano(slot => (slot === 12 || slot === 14 ? [deposit(slot)] : []));
	const {producer, stop} = await producerOn(cardano);
	t.deepEqual(kindsOf(await producer.slot(0)).at(-1), 'adopted');
	t.deepEqual(segmentOfTip(producer), {mcRef: start, events: []});
	cardano.tipSlot = 12 + stableDepth;
	await producer.slot(1);
	await producer.slot(2);
	t.deepEqual(segmentOfTip(producer)?.mcRef, mcBlock(12));
	cardano.tipSlot = 20 + stableDepth;
	await producer.slot(3);
	await producer.slot(4);
	t.deepEqual(segmentOfTip(producer)?.mcRef, mcBlock(20));
	t.is(accountOf(producer.chain.ledger, somebody)?.balance, Lovelace(2_000_000n));
	await stop();
});

test('a block takes no more events than it may, and the next ones the rest', async t => {
	const cardano = scriptedCardano(slot =>
		slot <= start.slot + 4 ? Array.from({length: 400}, (_, index) => deposit(slot, index)) : [],
	);
	const {producer, stop} = await producerOn(cardano);
	cardano.tipSlot = start.slot + 30 + stableDepth;
	const counts: number[] = [];
	for (let slot = 0; slot < 8; slot++) {
		await producer.slot(slot);
		counts.push(segmentOfTip(producer)?.events.length ?? 0);
	}
	t.true(counts.every(count => count <= MAIN_CHAIN_EVENTS_MAX));
	t.is(accountOf(producer.chain.ledger, somebody)?.balance, Lovelace(1_600_000_000n));
	await stop();
});

test('a block repeats the reference of its parent while Cardano cannot be reached', async t => {
	const cardano = scriptedCardano(slot => (slot === 12 ? [deposit(slot)] : []));
	const {producer, stop} = await producerOn(cardano);
	cardano.tipSlot = 11 + stableDepth;
	await producer.slot(0);
	await producer.slot(1);
	t.deepEqual(segmentOfTip(producer), {mcRef: mcBlock(11), events: []});
	cardano.isReachable = false;
	cardano.tipSlot = 30 + stableDepth;
	for (const slot of [2, 3, 4]) {
		t.is(kindsOf(await producer.slot(slot)).at(-1), 'adopted');
		t.deepEqual(segmentOfTip(producer), {mcRef: mcBlock(11), events: []});
	}
	cardano.isReachable = true;
	await producer.slot(5);
	await producer.slot(6);
	t.deepEqual(segmentOfTip(producer)?.mcRef, mcBlock(30));
	t.is(accountOf(producer.chain.ledger, somebody)?.balance, Lovelace(1_000_000n));
	await stop();
});

test('an answer that comes too late serves the next block on the same reference', async t => {
	const clock = createVirtualClock(0);
	const {signal} = new AbortController();
	const answers: ((segment: MainChainSegment) => void)[] = [];
	const news = new CardanoNews({
		clock,
		mainChain: {segmentAfter: () => new Promise(resolve => answers.push(resolve))},
	});
	const late: MainChainSegment = {mcRef: mcBlock(20), events: [deposit(15)]};

	const first = news.since(start, {untilMs: 500, signal});
	clock.advanceTo(500);
	t.deepEqual(await first, {mcRef: start, events: []});
	const second = news.since(start, {untilMs: 1500, signal});
	t.is(answers.length, 1, 'one question at a time');
	answers[0]?.(late);
	t.deepEqual(await second, late);
	t.is(clock.waiting, 0);

	const third = news.since(start, {untilMs: 2500, signal});
	await eventually(() => answers.length === 2);
	clock.advanceTo(2500);
	t.deepEqual(await third, late);
	const onAnother = news.since(mcBlock(20), {untilMs: 3500, signal});
	clock.advanceTo(3500);
	t.deepEqual(await onAnother, {mcRef: mcBlock(20), events: []});
});

test('a stop does not wait for Cardano', async t => {
	const clock = createVirtualClock(0);
	const stopping = new AbortController();
	const news = new CardanoNews({clock, mainChain: {segmentAfter: () => new Promise(() => undefined)}});
	const asked = news.since(start, {untilMs: 500, signal: stopping.signal});
	stopping.abort();
	t.deepEqual(await asked, {mcRef: start, events: []});
});

/** A watcher that answers with one event that the ledger refuses. */
const refusedWatcher = (event: MainChainEvent): MainChainWatcher => ({
	judge: async () => 'holds',
	judgePeriods: async () => 'holds',
	segmentAfter: async () => ({mcRef: mcBlock(20), events: [event]}),
	onChange: () => undefined,
	tip: () => mcBlock(30),
	unreachableSinceMs: () => undefined,
	rolledBackSinceMs: () => undefined,
	run: async () => undefined,
});

test('a chain that Cardano has decided against is not continued', async t => {
	const long = producerGenesis([pool], {checkpointEvery: 1});
	let segment: MainChainSegment | undefined;
	const producer = await startProducer({
		pool,
		genesis: long,
		mainChain: {
			...refusedWatcher(deposit(1)),
			segmentAfter: async parent => segment ?? {mcRef: parent, events: []},
		},
	});
	await producer.until(55);
	const blockHash = hashOf('a block of another chain');
	segment = {mcRef: mcBlock(20), events: [{kind: 'checkpoint-confirmed', period: 1, blockHash}]};
	const outcomes = await producer.slot(56);
	await producer.stop();
	t.deepEqual(kindsOf(outcomes), ['leader', 'could-not-forge']);
	t.like(outcomes.at(-1), {failure: {code: 'MC_CHECKPOINT_CONFLICT', period: 1}, isLeader: true});
});

test('news that the ledger refuses are left out and told, and blocks go on', async t => {
	const mainChain = refusedWatcher({kind: 'checkpoint-confirmed', period: 9, blockHash: hashOf('far')});
	const producer = await startProducer({pool, genesis, mainChain});
	t.is(kindsOf(await producer.slot(0)).at(-1), 'adopted');
	t.deepEqual(segmentOfTip(producer), {mcRef: start, events: []});
	await producer.stop();
	t.like(
		producer.logged.find(({level}) => level === 'error'),
		{message: 'the ledger refuses what Cardano says'},
	);
});
