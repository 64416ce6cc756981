import test from 'ava';
import {LUCK_MAX} from '../odds/odds-of-run.ts';
import {numberUp} from '../odds/probability.ts';
import {allScenarios} from './all.ts';

for (const scenario of allScenarios)
	test(`luck breaks no bound of ${scenario.name} in a thousand million runs`, t => {
		const {nodes, slots, shortSlots} = scenario;
		for (const size of [
			{nodes, slots},
			{nodes, slots: shortSlots},
		]) {
			const {violation, text} = scenario.odds(size);
			t.true(violation > 0, 'something is left to chance');
			t.true(violation < numberUp(LUCK_MAX), `${size.slots} slots: ${text}`);
		}
	});

test('every scenario has a name of its own', t => {
	const names = allScenarios.map(({name}) => name);
	t.deepEqual([...new Set(names)], names);
});
