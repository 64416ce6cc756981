import {Ratio} from '#kernel/ratio';
import {createFileDisk} from '../file-disk.ts';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import type {World} from '../world.ts';

const f = Ratio(1n, 4n);
const k = 40;
const DOWN_SLOTS_MAX = 60;
const DOWN_MAX = 3;
const CYCLE_SLOTS = 130;
const AGREE_SLOTS = 200;
const RECONNECT_SLOTS = 60;

const nodeOf = (world: World, name: string) => world.nodes.find(node => node.name === name);

const restart = (world: World, name: string): void => {
	const node = nodeOf(world, name);
	if (node !== undefined && !node.isAlive) world.start(node);
};

const crashEvents = (random: Random, size: Size): readonly PlannedEvent[] => {
	const planned: PlannedEvent[] = [];
	for (let slot = 10; slot + CYCLE_SLOTS < size.slots; slot += CYCLE_SLOTS) {
		const isBlackout = random.chance(0.1);
		const count = isBlackout ? size.nodes : 1 + random.below(Math.min(DOWN_MAX, size.nodes - 1));
		for (const name of random.shuffled(honestNames(size)).slice(0, count)) {
			const how = isBlackout ? 'power' : random.pick(['process', 'power'] as const);
			const at = slot + (isBlackout ? 1 : random.next() * 40);
			const downSlots = 0.1 + random.next() * DOWN_SLOTS_MAX;
			planned.push({
				slot: at,
				what: `${name} loses its ${how}`,
				happen: world => nodeOf(world, name)?.crash(how),
			});
			planned.push({
				slot: at + downSlots,
				what: `${name} starts again`,
				happen: world => restart(world, name),
			});
		}
	}
	return planned;
};

export const crashes: Scenario = {
	name: 'crashes',
	about:
		'Up to three nodes at a time are killed or lose power, and now and then all of them; they start again from their disks.',
	nodes: 10,
	slots: 6_000,
	shortSlots: 1_200,
	genesis: {k, f},
	odds: size =>
		honestOdds(size, {
			k,
			f,
			delaySlots: 0,
			// What a node has made when it dies is not heard of until it is back.
			apart: {times: Math.ceil(size.slots / CYCLE_SLOTS) * DOWN_MAX, slots: RECONNECT_SLOTS, nodes: DOWN_MAX},
			agreeWithinSlots: AGREE_SLOTS,
			reconnectSlots: RECONNECT_SLOTS,
		}),
	bounds: () => ({agreeWithinSlots: AGREE_SLOTS}),
	build: (world, size) => {
		const {env} = world.network;
		addRing(world, size, name => ({
			disk: createFileDisk(env.crypto, env.genesisHash, world.random.fork(`disk of ${name}`)),
		}));
		addLoad(world, size, {everySlots: 8});
	},
	plan: crashEvents,
};
