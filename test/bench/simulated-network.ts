import {Ratio} from '#kernel/ratio';
import {World} from '../simulation/world.ts';
import {isShort} from './measure.ts';

const NODES = 10;
/** What the engine has to see before it runs at its pace. */
const WARM_UP_SLOTS = isShort ? 50 : 3_000;
const SLOTS = isShort ? 200 : 10_000;
const REAL_SLOTS = isShort ? 20 : 500;
const PER_DIALLER = 3;

export type SimulatedNetworkOptions = {
	readonly seed?: number;
	readonly slotMs: number;
	/** Ed25519 and VRF in earnest. Default: keyed hashes. */
	readonly realCrypto?: boolean;
};

/** Slots a second of whole nodes in a tree, at the public network's rate of blocks; nothing goes wrong. */
export const simulatedSlotsPerSecond = async ({
	seed = 1,
	slotMs,
	realCrypto = false,
}: SimulatedNetworkOptions): Promise<number> => {
	const world = new World({
		seed,
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
