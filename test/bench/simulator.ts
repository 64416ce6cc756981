import {Ratio} from '#kernel/ratio';
import {World} from '../simulation/world.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {isShort} from './measure.ts';

const NODES = 10;
/** What the engine has to see before it runs at its pace. */
const WARM_UP_SLOTS = isShort ? 50 : 3_000;
const SLOTS = isShort ? 200 : 10_000;
const REAL_SLOTS = isShort ? 20 : 500;
const PER_DIALLER = 3;

/** Whole nodes in a tree, the public network's rate of blocks, ideal crypto; nothing goes wrong. */
const slotsPerSecond = async (slotMs: number, realCrypto = false): Promise<number> => {
	const world = new World({
		seed: 1,
		stakes: Array.from({length: NODES}, () => 1),
		genesis: {k: 20, f: Ratio(1n, 20n), slotMs},
		realCrypto,
	});
	for (let index = 0; index < NODES; index++) {
		const peers = index === 0 ? [] : [`node-${Math.floor((index - 1) / PER_DIALLER)}`];
		world.addNode({name: `node-${index}`, pool: index, peers});
	}
	for (const node of world.nodes) world.start(node);
	const [warmUp, slots] = realCrypto ? [REAL_SLOTS, REAL_SLOTS] : [WARM_UP_SLOTS, SLOTS];
	await world.runUntilSlot(warmUp);
	const startMs = performance.now();
	await world.runUntilSlot(warmUp + slots);
	const seconds = (performance.now() - startMs) / 1000;
	const {violation} = world;
	world.close();
	if (violation !== undefined)
		throw new RangeError(`the simulator's nodes broke a promise: ${violation.code}`);
	return slots / seconds;
};

/** Slots of a whole network of ten nodes that are simulated in a second. */
export const simulatorBench: Bench = {
	name: 'simulator',
	run: async () => {
		const real = {name: 'with real keys', value: await slotsPerSecond(200, true)};
		return [
			moreIsBetter('simulator 10 nodes', 'slots/s', await slotsPerSecond(200), real),
			moreIsBetter('simulator 10 nodes, 1 s slots', 'slots/s', await slotsPerSecond(1000)),
		];
	},
};
