/**
 * Every attack on storage that the design lists is played: what it pays is below zero, it is found out when docs/ATTACKS.md
 * says, and it pays where the rule that stops it is taken away.
 */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {ATTACK_HEAD, attackRow, promisesTheSame} from './attack-table.ts';
import {storageAttacks} from './attacks/all.ts';

const [, table = ''] =
	/<!-- attacks[^>]*-->\n\n([\s\S]*?)\n\n<!-- end -->/.exec(readFileSync('docs/ATTACKS.md', 'utf8')) ?? [];
const [head, line, ...rows] = table.split('\n');

for (const attack of storageAttacks)
	test(`${attack.name} does not pay, as docs/ATTACKS.md says`, async t => {
		const outcome = await attack.play();
		const bitten = await attack.bite?.play();
		const row = attackRow(attack, outcome, bitten);
		t.log(row, outcome.problems);
		t.deepEqual(outcome.problems, []);
		t.true(outcome.payoff < 0n, `it pays ${outcome.payoff} lovelace`);
		t.is(bitten === undefined, attack.bite === undefined, 'without the rule it has to pay');
		t.true(
			rows.some(told => promisesTheSame(told, row)),
			'docs/ATTACKS.md has another row',
		);
	});

test('docs/ATTACKS.md lists these attacks and no other', t => {
	t.deepEqual([head, line], ATTACK_HEAD);
	t.deepEqual(
		rows.map(row => /^\| `([a-z-]+)` /.exec(row)?.[1]),
		storageAttacks.map(({name}) => name),
	);
});
