import type {Genesis} from '#ledger/genesis/genesis';
import type {Bounds} from './bounds.ts';
import type {Random} from './random.ts';
import type {NodeOptions} from './simulated-node.ts';
import type {LinkQuality} from './wire.ts';
import type {World} from './world.ts';

export type Size = {readonly nodes: number; readonly slots: number};

/** A disturbance, as data: a failed run is tried again with fewer of them. */
export type PlannedEvent = {
	readonly slot: number;
	readonly what: string;
	readonly happen: (world: World) => void;
};

export type Odds = {
	/** The chance that luck alone breaks a bound in one run although every node is right. */
	readonly violation: number;
	/** How that was reckoned, in one line. */
	readonly text: string;
};

/** A world, what goes wrong in it, and what is promised all the same. */
export type Scenario = {
	readonly name: string;
	/** One sentence. */
	readonly about: string;
	/** Honest nodes and slots, unless the runner is told otherwise. */
	readonly nodes: number;
	readonly slots: number;
	/** Of a short run, as CI makes it; with `expect` no run is shorter. */
	readonly shortSlots: number;
	readonly genesis: Pick<Genesis, 'k' | 'f'> & Partial<Genesis>;
	readonly odds: (size: Size) => Odds;
	readonly bounds: (size: Size) => Bounds;
	/** One pool each; only their relations count. Default: one equal pool for each honest node. */
	readonly stakes?: (size: Size) => readonly number[];
	/** Pools of adversaries. */
	readonly foePools?: (size: Size) => readonly number[];
	readonly link?: LinkQuality;
	/** Adds nodes and foes; the nodes are started afterwards. */
	readonly build: (world: World, size: Size) => void;
	readonly plan?: (random: Random, size: Size) => readonly PlannedEvent[];
	/** What has to hold at the end besides the invariants: says what is wrong. */
	readonly expect?: (world: World, size: Size) => string | undefined;
};

export const honestNames = ({nodes}: Size): readonly string[] =>
	Array.from({length: nodes}, (_, index) => `node-${index}`);

/** How far each node of a ring dials. */
const ringSteps = ({nodes}: Size): readonly number[] => (nodes > 4 ? [1, Math.floor(nodes / 2) - 1] : [1]);

/** Links between the two nodes of a ring that are furthest apart. */
export const ringDiameter = (size: Size): number => {
	const steps = ringSteps(size).flatMap(step => [step, size.nodes - step]);
	const links = new Map([[0, 0]]);
	for (const [node, count] of links)
		for (const step of steps) {
			const next = (node + step) % size.nodes;
			if (!links.has(next)) links.set(next, count + 1);
		}
	return Math.max(...links.values());
};

/** Honest nodes with a pool each, in a ring with chords: no two are far apart, and no single loss divides them. */
export const addRing = (
	world: World,
	size: Size,
	more: (name: string) => Pick<NodeOptions, 'disk' | 'afterFailure' | 'cardano'> = () => ({}),
): void => {
	const names = honestNames(size);
	const steps = ringSteps(size);
	for (const [index, name] of names.entries()) {
		const peers = steps.map(step => names[(index + step) % size.nodes] as string);
		world.addNode({
			name,
			pool: index,
			peers: [...new Set(peers)].filter(peer => peer !== name),
			...more(name),
		});
	}
};
