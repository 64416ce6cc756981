import {defined} from '#kernel/assert';
import {u64be} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {encodeUtf8} from '#kernel/utf8';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import {SimulatedCardano} from '../simulated-cardano.ts';
import type {World} from '../world.ts';

const f = Ratio(1n, 4n);
const k = 30;
const EPOCH_SLOTS = 1200;
const APART_SLOTS_MAX = 10;
const RECONNECT_SLOTS = 30;
const AGREE_SLOTS = 150;
const CYCLE_SLOTS = 200;
const BLIND_SLOTS_MAX = 60;
const APART_NODES_MAX = 3;

const depositTo = (world: World, random: Random): void => {
	const pool = random.pick(world.pools);
	const txId = world.crypto.blake2b256(encodeUtf8('deposit'), u64be(random.word()));
	const amount = Lovelace(BigInt(1 + random.below(10_000_000)));
	cardanoOf(world).happen({
		kind: 'deposit',
		outRef: {txId, index: random.below(10)},
		account: pool.delegator.account,
		amount,
	});
};

const cardanos = new WeakMap<World, SimulatedCardano>();
const cardanoOf = (world: World): SimulatedCardano =>
	defined(cardanos.get(world), 'this world has a Cardano');

const events = (random: Random, size: Size): readonly PlannedEvent[] => {
	const planned: PlannedEvent[] = [];
	const luck = random.fork('deposits');
	for (let slot = 30; slot + CYCLE_SLOTS < size.slots; slot += CYCLE_SLOTS) {
		const names = random.shuffled(honestNames(size));
		const cut = 1 + random.below(Math.min(APART_NODES_MAX, Math.floor(size.nodes / 2)));
		const blind = random.pick(names);
		const see = (at: number, isReachable: boolean): PlannedEvent => ({
			slot: at,
			what: `${blind} ${isReachable ? 'sees Cardano again' : 'cannot reach Cardano'}`,
			happen: world => cardanoOf(world).setReachable(blind, isReachable),
		});
		planned.push(
			{
				slot: slot + random.next() * 10,
				what: `partition: ${names.slice(0, cut).join(' ')} | the others`,
				happen: world => world.wire.partition([names.slice(0, cut), names.slice(cut)], 'reset'),
			},
			{
				slot: slot + APART_SLOTS_MAX,
				what: 'heal',
				happen: world => world.wire.heal(),
			},
			{slot: slot + 60, what: 'a deposit on Cardano', happen: world => depositTo(world, luck)},
			see(slot + 80 + random.next() * 20, false),
			see(slot + 100 + random.next() * (BLIND_SLOTS_MAX - 20), true),
		);
	}
	return planned;
};

/** Of the last period that must be final by the end: its last block k deep, signed, on Cardano, stable, reported. */
const duePeriod = ({slots}: Size): number => Math.floor((slots - (2 * k * 4 + 150)) / EPOCH_SLOTS);

const expectFinality = (world: World, size: Size): string | undefined => {
	const due = duePeriod(size);
	for (const {name, services} of world.nodes) {
		const [confirmed] = services?.chain.ledger.confirmedCheckpoint.values() ?? [];
		if ((confirmed?.period ?? 0) < due) return `${name} knows of no checkpoint of period ${due}`;
		if (due > 0 && (world.invariants.tipOf(name)?.finalNo ?? -1) < 0) return `nothing is final for ${name}`;
	}
	return undefined;
};

export const checkpoints: Scenario = {
	name: 'checkpoints',
	about:
		'Periods are signed and made final on Cardano, deposits arrive; some nodes are apart or do not see Cardano.',
	nodes: 7,
	slots: 5_200,
	shortSlots: 1_700,
	genesis: {k, f, epochLength: EPOCH_SLOTS, checkpointEvery: 1},
	odds: size =>
		honestOdds(size, {
			k,
			f,
			delaySlots: 0,
			apart: {
				times: Math.ceil(size.slots / CYCLE_SLOTS),
				slots: APART_SLOTS_MAX + RECONNECT_SLOTS,
				nodes: APART_NODES_MAX,
			},
			agreeWithinSlots: AGREE_SLOTS,
			reconnectSlots: RECONNECT_SLOTS,
		}),
	bounds: () => ({agreeWithinSlots: AGREE_SLOTS}),
	build: (world, size) => {
		const cardano = new SimulatedCardano(world);
		cardanos.set(world, cardano);
		addRing(world, size, () => ({cardano}));
		addLoad(world, size, {everySlots: 8});
	},
	plan: events,
	expect: expectFinality,
};
