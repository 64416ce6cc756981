import type {Violation} from './bounds.ts';
import type {Odds, PlannedEvent, Scenario, Size} from './scenario.ts';
import {type TraceLine, World, type WorldOptions} from './world.ts';

export type RunOptions = {
	readonly scenario: Scenario;
	readonly seed: number;
	readonly nodes?: number;
	readonly slots?: number;
	/** Which of the planned disturbances happen, by their place in the plan; default: all. */
	readonly events?: readonly number[];
	readonly realCrypto?: boolean;
	readonly startServices?: WorldOptions['startServices'];
	/** Told now and then. */
	readonly progress?: (slot: number) => void;
};

export type RunResult = {
	readonly scenario: string;
	readonly seed: number;
	readonly size: Size;
	readonly violation: Violation | undefined;
	/** The disturbances that happened. */
	readonly plan: readonly Pick<PlannedEvent, 'slot' | 'what'>[];
	readonly eventsPlanned: number;
	/** Of everything that happened. */
	readonly hash: string;
	readonly blocks: number;
	readonly looks: number;
	/** Slots until the nodes agreed after the last disturbance. */
	readonly agreedAfter: number | undefined;
	readonly odds: Odds;
	readonly seconds: number;
	readonly trace: readonly TraceLine[];
};

const PROGRESS_SLOTS = 50;

const worldOptions = ({scenario, seed, realCrypto, startServices}: RunOptions, size: Size): WorldOptions => ({
	seed,
	stakes: scenario.stakes?.(size) ?? Array.from({length: size.nodes}, () => 1),
	foePools: scenario.foePools?.(size) ?? [],
	genesis: scenario.genesis,
	bounds: scenario.bounds(size),
	...(scenario.link && {link: scenario.link}),
	...(realCrypto === true && {realCrypto}),
	...(startServices && {startServices}),
});

export const sizeOf = ({scenario, nodes, slots}: Omit<RunOptions, 'seed'>): Size => ({
	nodes: nodes ?? scenario.nodes,
	slots: slots ?? scenario.slots,
});

/** The whole plan of a run, in order. */
export const planOf = (options: RunOptions, world: World): readonly PlannedEvent[] => {
	const plan = options.scenario.plan?.(world.random.fork('plan'), sizeOf(options)) ?? [];
	return plan.toSorted((a, b) => a.slot - b.slot);
};

/** One run from beginning to end, in virtual time. The same options give the same history. */
export const runScenario = async (options: RunOptions): Promise<RunResult> => {
	const {scenario, seed, progress} = options;
	const size = sizeOf(options);
	const startMs = performance.now();
	const world = new World(worldOptions(options, size));
	scenario.build(world, size);
	const planned = planOf(options, world);
	const plan =
		options.events === undefined ? planned : planned.filter((_, at) => options.events?.includes(at));
	for (const {slot, what, happen} of plan)
		if (slot < size.slots) world.atSlot(slot, what, () => happen(world));
	for (const node of world.nodes) world.start(node);
	for (let slot = 0; slot < size.slots && world.violation === undefined; ) {
		slot = Math.min(slot + PROGRESS_SLOTS, size.slots);
		await world.runUntilSlot(slot);
		progress?.(slot);
	}
	if (world.violation === undefined) await settle(world, size);
	if (world.violation === undefined) {
		const what = scenario.expect?.(world, size);
		if (what !== undefined) world.fail({code: 'SIMULATION_EXPECTATION_FAILED', node: undefined, what});
	}
	world.close();
	return {
		scenario: scenario.name,
		seed,
		size,
		violation: world.violation,
		plan: plan.map(({slot, what}) => ({slot, what})),
		eventsPlanned: planned.length,
		hash: world.history.hash,
		blocks: world.oracle.count,
		looks: world.invariants.looks,
		agreedAfter: world.agreedAfter,
		odds: scenario.odds(size),
		seconds: (performance.now() - startMs) / 1000,
		trace: world.trace,
	};
};

/** All disturbances end; then the nodes have the time that the scenario promises. */
const settle = async (world: World, {slots}: Size): Promise<void> => {
	world.restore();
	world.calm();
	const within = world.options.bounds?.agreeWithinSlots ?? 0;
	for (let slot = slots + 1; slot <= slots + within + 1; slot++) {
		if (world.violation !== undefined || !world.isUnsettled) return;
		await world.runUntilSlot(slot);
	}
};
