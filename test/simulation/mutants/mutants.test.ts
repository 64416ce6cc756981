/** Nodes with a fault among honest ones: the invariants have to see each, or they promise nothing. */
import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {honestNames} from '../scenario.ts';
import {World} from '../world.ts';
import {loadMutant} from './load-mutant.ts';
import {type Mutant, mutants} from './mutants.ts';

const SLOTS = 260;
const size = {nodes: 4, slots: SLOTS};

/** Half of the nodes are mutants. The epoch has 100 slots. */
const play = async ({changes, apart}: Pick<Mutant, 'changes' | 'apart'>): Promise<World> => {
	const startServices = changes.length === 0 ? undefined : await loadMutant(changes);
	const world = new World({
		seed: 4,
		stakes: [1, 1, 1, 1],
		genesis: {k: 5, f: Ratio(1n, 2n)},
		// Parts that are apart for too long agree no more; what one node does is still to be right.
		bounds: apart === undefined ? {} : {groups: []},
	});
	const names = honestNames(size);
	for (const [index, name] of names.entries()) {
		const peers = names.filter((_, other) => other > index);
		const isMutant = index % 2 === 1 && startServices !== undefined;
		world.addNode({name, pool: index, peers, ...(isMutant && {startServices})});
	}
	for (const node of world.nodes) world.start(node);
	if (apart !== undefined) {
		world.atSlot(apart.from, 'halves', () =>
			world.wire.partition([names.slice(0, 2), names.slice(2)], 'reset'),
		);
		world.atSlot(apart.to, 'heal', () => world.wire.heal());
	}
	await world.runUntilSlot(SLOTS);
	world.close();
	return world;
};

for (const mutant of mutants)
	test(`a node that ${mutant.name} is seen`, async t => {
		const {violation} = await play(mutant);
		t.log(violation);
		t.true(violation !== undefined && mutant.caughtBy.includes(violation.code));
		t.true(['node-1', 'node-3'].includes(violation?.node ?? ''));
	});

test('honest nodes in their place break no promise', async t => {
	t.is((await play({changes: []})).violation, undefined);
	t.is((await play({changes: [], apart: {from: 20, to: 100}})).violation, undefined);
});
