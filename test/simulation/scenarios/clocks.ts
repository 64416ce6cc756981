import {Ratio} from '#kernel/ratio';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import type {World} from '../world.ts';

const f = Ratio(1n, 20n);
const k = 60;
/** Two clocks that differ by this much still take each other's blocks. */
const SKEW_MS_MAX = 900;
const WRONG_MS_MAX = 40_000;
const WRONG_SLOTS_MAX = 60;
const RECONNECT_SLOTS = 60;
const CYCLE_SLOTS = 200;
const AGREE_SLOTS = 800;

const nodeOf = (world: World, name: string) => world.nodes.find(node => node.name === name);

const clockEvents = (random: Random, size: Size): readonly PlannedEvent[] => {
	const planned: PlannedEvent[] = [];
	const set = (slot: number, name: string, skewMs: number): void => {
		const what = `the clock of ${name} is ${skewMs} ms off`;
		planned.push({slot, what, happen: world => nodeOf(world, name)?.setSkew(skewMs)});
	};
	for (let slot = 10; slot + CYCLE_SLOTS < size.slots; slot += CYCLE_SLOTS) {
		const names = random.shuffled(honestNames(size)) as [string, string, string];
		for (const name of names.slice(0, 2)) {
			const skewMs = Math.round(random.between(-SKEW_MS_MAX, SKEW_MS_MAX));
			set(slot + random.next() * 50, name, skewMs);
		}
		const wrongMs = Math.round(random.between(3_000, WRONG_MS_MAX)) * (random.chance(0.5) ? 1 : -1);
		const from = slot + 60 + random.next() * 20;
		set(from, names[2], wrongMs);
		set(from + 5 + random.next() * (WRONG_SLOTS_MAX - 5), names[2], 0);
	}
	return planned;
};

export const skewedClocks: Scenario = {
	name: 'skewed-clocks',
	about: 'Clocks are up to 0.9 s off, are set forth and back, and one at a time is up to 40 s wrong.',
	nodes: 10,
	slots: 12_000,
	shortSlots: 2_500,
	genesis: {k, f},
	odds: size =>
		honestOdds(size, {
			k,
			f,
			delaySlots: 3,
			apart: {
				times: Math.floor(size.slots / CYCLE_SLOTS) + 1,
				slots: WRONG_SLOTS_MAX + RECONNECT_SLOTS + WRONG_MS_MAX / 1000,
				nodes: 1,
			},
			agreeWithinSlots: AGREE_SLOTS,
			reconnectSlots: RECONNECT_SLOTS,
		}),
	bounds: () => ({agreeWithinSlots: AGREE_SLOTS}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 20});
	},
	plan: clockEvents,
};
