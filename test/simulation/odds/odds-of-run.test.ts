import test from 'ava';
import {LUCK_MAX, oddsOfRun} from './odds-of-run.ts';
import {CERTAIN} from './probability.ts';

test('adds up the risks of a run and names each', t => {
	t.deepEqual(
		oddsOfRun([
			{what: 'a deep fork', chance: CERTAIN / 8n},
			{what: 'slow growth', chance: CERTAIN / 4n},
		]),
		{violation: 0.375, text: '3.8e-1 (a deep fork 1.3e-1, slow growth 2.5e-1)'},
	);
	t.is(LUCK_MAX, CERTAIN / 1_000_000_000n);
});
