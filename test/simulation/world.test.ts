import test from 'ava';
import {Ratio} from '#kernel/ratio';
import {Forger} from './foes/forger.ts';
import {World} from './world.ts';

test('every seed has leaders of its own, and one seed always the same', t => {
	const leaders = (seed: number): readonly string[] => {
		const world = new World({seed, stakes: [1, 1, 1], genesis: {k: 5, f: Ratio(1n, 2n)}});
		const forger = new Forger(world);
		return Array.from({length: 60}, (_, slot) =>
			forger
				.leaders(undefined, world.pools, slot)
				.map(({index}) => index)
				.join(),
		);
	};
	t.deepEqual(leaders(1), leaders(1));
	t.notDeepEqual(leaders(1), leaders(2));
});
