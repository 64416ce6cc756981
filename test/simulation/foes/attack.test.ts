import test from 'ava';
import {runScenario} from '../run-scenario.ts';
import {privateFork} from '../scenarios/private-fork.ts';

test('one seed gives one history, with an adversary as well', async t => {
	const play = (seed: number) => runScenario({scenario: privateFork, seed, nodes: 4, slots: 120});
	const [first, again, other] = [await play(5), await play(5), await play(6)];
	t.is(first.violation, undefined);
	t.is(again.hash, first.hash);
	t.not(other.hash, first.hash);
	const [tally] = first.trace.filter(({who}) => who === 'foe').slice(-1);
	t.regex(tally?.what ?? '', /blocks made [1-9]/);
});
