import test from 'ava';
import {runScenario} from './run-scenario.ts';
import {calm} from './scenarios/calm.ts';

const play = (seed: number) => runScenario({scenario: calm, seed, nodes: 4, slots: 150});

test('one seed gives one history, another seed another one', async t => {
	const [first, again, other] = [await play(7), await play(7), await play(8)];
	t.is(first.violation, undefined);
	t.is(other.violation, undefined);
	t.true(first.blocks > 0);
	t.is(again.hash, first.hash);
	t.not(other.hash, first.hash);
});
