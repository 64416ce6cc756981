import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {addLoad} from './load.ts';
import {addRing} from './scenario.ts';
import {World} from './world.ts';

const play = async (everySlot: boolean): Promise<World> => {
	const size = {nodes: 3, slots: 250};
	const genesis = {k: 5, f: Ratio(1n, 4n)};
	const world = new World({seed: 3, stakes: [1, 2, 3], genesis, everySlot});
	addRing(world, size);
	addLoad(world, size, {everySlots: 10});
	for (const node of world.nodes) world.start(node);
	await world.runUntilSlot(size.slots);
	world.close();
	return world;
};

test('producers that sleep through slots that they do not lead make the same history', async t => {
	const [asleep, awake] = [await play(false), await play(true)];
	t.is(asleep.violation, undefined);
	t.true(asleep.oracle.count > 30);
	t.is(asleep.history.hash, awake.history.hash);
});
