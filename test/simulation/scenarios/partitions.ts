import {Ratio} from '#kernel/ratio';
import {firstHalf, honestOdds, secondHalf} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import {oddsOfRun} from '../odds/odds-of-run.ts';
import {noHaltOdds} from '../odds/partition.ts';
import {equalShares} from '../odds/slot-odds.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import type {World} from '../world.ts';

const f = Ratio(1n, 4n);
const k = 40;
const APART_SLOTS_MAX = 50;
/** Until connections are noticed to be dead, dialled again and the other chain is fetched. */
const RECONNECT_SLOTS = 30;
const AGREE_SLOTS = 150;
const CYCLE_SLOTS = APART_SLOTS_MAX + AGREE_SLOTS + 20;

const partitions = (random: Random, size: Size): readonly PlannedEvent[] => {
	const names = honestNames(size);
	const planned: PlannedEvent[] = [];
	for (let slot = 30; slot + CYCLE_SLOTS < size.slots; slot += CYCLE_SLOTS) {
		const shuffled = random.shuffled(names);
		const cut = 1 + random.below(size.nodes - 1);
		const groups = [shuffled.slice(0, cut), shuffled.slice(cut)];
		const how = random.pick(['silent', 'reset'] as const);
		const apart = 5 + random.next() * (APART_SLOTS_MAX - 5);
		planned.push({
			slot: slot + random.next() * 20,
			what: `partition (${how}): ${groups[0]?.join(' ')} | ${groups[1]?.join(' ')}`,
			happen: world => {
				world.disturb();
				world.wire.partition(groups, how);
			},
		});
		planned.push({
			slot: slot + 20 + apart,
			what: 'heal',
			happen: world => {
				world.wire.heal();
				world.calm();
			},
		});
	}
	return planned;
};

export const partition: Scenario = {
	name: 'partition',
	about: 'Again and again the network falls into two parts, for fewer slots than k blocks take, and heals.',
	nodes: 10,
	slots: 6_000,
	shortSlots: 1_000,
	genesis: {k, f},
	odds: size =>
		honestOdds(size, {
			k,
			f,
			delaySlots: 0,
			apart: {
				times: Math.floor(size.slots / CYCLE_SLOTS) + 1,
				slots: APART_SLOTS_MAX + RECONNECT_SLOTS,
				nodes: Math.floor(size.nodes / 2),
			},
			agreeWithinSlots: AGREE_SLOTS,
			reconnectSlots: RECONNECT_SLOTS,
		}),
	bounds: () => ({agreeWithinSlots: AGREE_SLOTS}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 8});
	},
	plan: partitions,
};

const LONG_K = 30;
const LONG_SLOTS = 700;
const FROM_SLOT = 100;

const halves = (size: Size): readonly [readonly string[], readonly string[]] => {
	const names = honestNames(size);
	return [firstHalf(names), secondHalf(names)];
};

/** Both halves have said, in a code, that the other one is on a chain that left theirs too long ago; nobody went over. */
const expectHalt = (world: World, size: Size): string | undefined => {
	const [first, second] = halves(size);
	const said = (names: readonly string[]): boolean =>
		world.nodes.some(
			({name, remarks}) => names.includes(name) && remarks.some(({code}) => code === 'SYNC_FORK_TOO_DEEP'),
		);
	if (!said(first) || !said(second)) return 'a half did not report SYNC_FORK_TOO_DEEP';
	const tipOf = (names: readonly string[]) => world.invariants.tipOf(names[0] as string);
	return tipOf(first) === tipOf(second) ? 'a half has undone more than k blocks' : undefined;
};

export const longPartition: Scenario = {
	name: 'long-partition',
	about:
		'Two halves are apart until each has made more than k blocks: they must halt towards each other, in a code.',
	nodes: 10,
	slots: 1_400,
	shortSlots: 1_000,
	genesis: {k: LONG_K, f},
	odds: size => {
		const honest = equalShares(size.nodes);
		const chance = noHaltOdds(
			{f, delaySlots: 0},
			{k: LONG_K, slots: LONG_SLOTS, parts: [firstHalf(honest), secondHalf(honest)]},
		);
		const rest = honestOdds(size, {k: LONG_K, f, delaySlots: 0});
		const halt = oddsOfRun([{what: 'no halt', chance}]);
		return {violation: halt.violation + rest.violation, text: `${halt.text}, ${rest.text}`};
	},
	bounds: size => ({groups: halves(size), agreeWithinSlots: 400}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 8});
	},
	plan: (_, size) => [
		{
			slot: FROM_SLOT,
			what: 'partition into halves',
			happen: world => world.wire.partition(halves(size), 'reset'),
		},
		{slot: FROM_SLOT + LONG_SLOTS, what: 'heal', happen: world => world.wire.heal()},
	],
	expect: expectHalt,
};
