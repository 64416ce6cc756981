import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {addLoad} from './load.ts';
import {addRing} from './scenario.ts';
import {World} from './world.ts';

/** Half of all slots have leaders, many several, and keys move on every 25 slots: order within a slot matters. */
const play = async (seed: number, everySlot: boolean): Promise<World> => {
	const size = {nodes: 3, slots: 120};
	const genesis = {k: 9, f: Ratio(1n, 2n), slotsPerKesPeriod: 25};
	const world = new World({seed, stakes: [1, 2, 3], genesis, everySlot});
	addRing(world, size);
	addLoad(world, size, {everySlots: 3});
	for (const node of world.nodes) world.start(node);
	await world.runUntilSlot(size.slots);
	world.close();
	return world;
};

for (const seed of [1, 2, 3])
	test(`producers that sleep through slots that they do not lead make the same history, seed ${seed}`, async t => {
		const [asleep, awake] = [await play(seed, false), await play(seed, true)];
		t.is(asleep.violation, undefined);
		t.true(asleep.oracle.count > 30);
		t.is(asleep.history.hash, awake.history.hash);
	});
