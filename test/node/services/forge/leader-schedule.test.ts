import test from 'ava';
import {randomnessStabilisationWindow} from '#consensus/params';
import {defined} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {createVrfEvaluator} from '#node/adapters/native-vrf-prove';
import type {EpochName} from '#node/ports/forging-api';
import {drawLeaderSlots, LeaderSchedule, type ScheduleKeys} from '#node/services/forge/leader-schedule';
import {crypto} from '../../../support/crypto.ts';
import {type TestPool, testPool} from '../../../support/praos.ts';
import {eventually, type Producer, producerGenesis, startProducer} from '../../../support/producer.ts';

const [ours, theirs] = [testPool(1), testPool(2)] as const;
const LENGTH = 100;
const genesis = producerGenesis([ours, theirs], {f: Ratio(1n, 2n), epochLength: LENGTH});
const {signal} = new AbortController();

type Watched = {
	readonly schedule: LeaderSchedule;
	readonly draws: () => number;
	readonly breaths: () => number;
};

const scheduleOf = (
	{chain, clock}: Producer,
	pool: TestPool,
	{isSynced = () => true, ...keys}: {isSynced?: () => boolean; vrfVk?: Uint8Array} = {},
): Watched => {
	let [draws, breaths] = [0, 0];
	const evaluate = createVrfEvaluator(pool.vrfSeed);
	const schedule = new LeaderSchedule({
		crypto,
		chain,
		keys: () => ({
			issuerVk: pool.issuerVk,
			vrfVk: pool.vrfVk,
			vrfOutputOf: alpha => {
				draws++;
				return evaluate(alpha);
			},
			...keys,
		}),
		clock,
		breathe: async () => {
			breaths++;
		},
		isSynced,
	});
	return {schedule, draws: () => draws, breaths: () => breaths};
};

const slotsOf = async (schedule: LeaderSchedule, name: EpochName): Promise<readonly number[]> => {
	const found = await schedule.of(name, {signal});
	return found.ok ? found.value.slots : [];
};

const ledIn = ({outcomes}: Producer, epoch: number): readonly number[] =>
	outcomes
		.filter(({kind, slot}) => kind === 'leader' && Math.floor(slot / LENGTH) === epoch)
		.map(({slot}) => slot);

test('the schedule of an epoch is what the forge then does, and that of the next one too', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const {schedule} = scheduleOf(producer, ours);
	const freezeAt = LENGTH - randomnessStabilisationWindow(producer.network.params);
	let foretold: readonly number[] | undefined;
	for (let epoch = 0; epoch < 4; epoch++) {
		await producer.until(epoch * LENGTH + 1);
		const current = await slotsOf(schedule, 'current');
		if (foretold !== undefined) t.deepEqual(current, foretold);
		// Somewhere behind the freeze, with the first block after it.
		await producer.until(epoch * LENGTH + freezeAt + 15);
		foretold = await slotsOf(schedule, 'next');
		await producer.until((epoch + 1) * LENGTH - 1);
		t.deepEqual(ledIn(producer, epoch), current, `epoch ${epoch}`);
		t.true(current.length > 10 && current.length < 60);
	}
	await producer.stop();
});

test('the schedule of the next epoch is refused until its nonce is frozen, and final when no roll back reaches it', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const {schedule} = scheduleOf(producer, ours);
	const fromSlot = Slot(LENGTH - randomnessStabilisationWindow(producer.network.params));
	t.is(fromSlot, Slot(60));
	const seen: string[] = [];
	let first: readonly number[] | undefined;
	for (let slot = 0; slot < LENGTH; slot++) {
		await producer.slot(slot);
		const next = await schedule.of('next', {signal});
		const {tip} = producer.chain;
		const tipSlot = tip === 'origin' ? null : tip.slot;
		if (!next.ok) {
			t.true(tipSlot === null || tipSlot + 1 < fromSlot);
			t.deepEqual(next.error, {code: 'SCHEDULE_NONCE_NOT_FROZEN', epoch: Epoch(1), fromSlot, tipSlot});
			seen.push('refused');
			continue;
		}
		t.true(tipSlot !== null && tipSlot + 1 >= fromSlot);
		first ??= next.value.slots;
		t.deepEqual(next.value.slots, first);
		seen.push(next.value.isFinal ? 'final' : 'frozen');
		if (next.value.isFinal) {
			const {immutableTip} = producer.chain;
			t.true(immutableTip !== 'origin' && immutableTip.slot + 1 >= fromSlot);
		}
	}
	t.deepEqual(
		seen,
		[...seen].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)),
	);
	t.deepEqual([...new Set(seen)], ORDER);
	const current = await schedule.of('current', {signal});
	t.true(current.ok && current.value.isFinal, 'the first epoch is settled by the genesis');
	await producer.stop();
});

const ORDER = ['refused', 'frozen', 'final'];

test('draws each epoch once, in parts between which other work is done', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(3);
	const {schedule, draws, breaths} = scheduleOf(producer, ours);
	const both = await Promise.all([slotsOf(schedule, 'current'), slotsOf(schedule, 'current')]);
	t.deepEqual(both[0], both[1]);
	await slotsOf(schedule, 'current');
	t.is(draws(), LENGTH);
	t.is(breaths(), Math.ceil(LENGTH / 16));
	t.is(schedule.nextAfter(Slot(0)), both[0]?.find(slot => slot > 0) as Slot);
	t.is(schedule.nextAfter(Slot(LENGTH)), undefined);
	await producer.stop();
});

test('the schedule goes with the keys: there is none without, and another key has its own', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(3);
	let keys: ScheduleKeys | undefined;
	const {chain, clock} = producer;
	const ports = {crypto, chain, clock, breathe: async () => undefined, isSynced: () => true};
	const schedule = new LeaderSchedule({...ports, keys: () => keys});
	t.deepEqual(await schedule.of('current', {signal}), {ok: false, error: {code: 'FORGE_NO_KEYS'}});
	const led: string[] = [];
	for (const pool of [ours, theirs]) {
		keys = {...pool, vrfOutputOf: createVrfEvaluator(pool.vrfSeed)};
		const slots = await slotsOf(schedule, 'current');
		t.deepEqual(slots, await slotsOf(scheduleOf(producer, pool).schedule, 'current'));
		led.push(slots.join());
	}
	t.not(led[0], led[1]);
	t.not(schedule.nextAfter(Slot(3)), undefined);
	keys = undefined;
	t.is(schedule.nextAfter(Slot(3)), undefined);
	await producer.stop();
});

test('a computation that is broken off is told by the reason and begun anew', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const {schedule, draws} = scheduleOf(producer, ours);
	const stop = new AbortController();
	const broken = schedule.of('current', {signal: stop.signal});
	stop.abort(new RangeError('enough'));
	await t.throwsAsync(broken, {message: 'enough'});
	t.true(draws() < LENGTH);
	t.true((await slotsOf(schedule, 'current')).length > 0);
	await producer.stop();
});

test('tells how far it is', async t => {
	const told: number[] = [];
	const leadership = {firstSlot: Slot(200), lastSlot: Slot(239)};
	const slots = await drawLeaderSlots(
		crypto,
		leadership,
		{vrfOutputOf: createVrfEvaluator(ours.vrfSeed), epochNonce: 'neutral', threshold: 'always'},
		{breathe: async () => undefined, signal, progress: done => told.push(done)},
	);
	t.deepEqual(told, [0, 16, 32, 40]);
	t.deepEqual(slots[0], Slot(200));
	t.is(slots.length, 40);
});

test('refuses a pool without stake and a VRF key that it has not registered', async t => {
	const producer = await startProducer({pool: ours, genesis});
	const stranger = testPool(3);
	const unknown = await scheduleOf(producer, stranger).schedule.of('current', {signal});
	t.deepEqual(unknown, {ok: false, error: {code: 'HEADER_POOL_UNKNOWN', poolId: stranger.poolId}});
	const wrong = await scheduleOf(producer, ours, {vrfVk: theirs.vrfVk}).schedule.of('current', {signal});
	t.is(wrong.ok ? undefined : wrong.error.code, 'VRF_KEY_WRONG');
	await producer.stop();
});

test('follows the chain: both epochs are known before anybody asks, once the node has the chain', async t => {
	const producer = await startProducer({pool: ours, genesis});
	let isSynced = false;
	const {schedule, draws} = scheduleOf(producer, ours, {isSynced: () => isSynced});
	const stop = new AbortController();
	const running = schedule.run({signal: stop.signal});
	await producer.until(3);
	t.is(draws(), 0);
	isSynced = true;
	await producer.until(90);
	await eventually(() => draws() === 2 * LENGTH);
	const next = schedule.nextAfter(Slot(LENGTH - 1));
	t.true(defined(next, 'the next epoch is known') >= LENGTH);
	stop.abort();
	await running;
	await producer.stop();
});
