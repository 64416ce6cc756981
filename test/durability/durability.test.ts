import {readFileSync} from 'node:fs';
import test from 'ava';
import {defined} from '#kernel/assert';
import {Random} from '../simulation/random.ts';
import {lossProbability, ninesOf} from './loss-probability.ts';
import {MODELS, STRESSED, YEAR_DAYS} from './model.ts';
import {countLosses, splitLosses} from './monte-carlo.ts';
import {durabilityTable, type PlayedRow, playedTable} from './table.ts';

/** Seeds are fixed: the tests say the same each time. Five deviations happen by luck once in two million. */
const DEVIATIONS = 5;

const [designed] = MODELS;

test('a segment of the wide code has thirteen nines a year at a year of node life and two days of repair', t => {
	const nines = ninesOf(lossProbability(defined(designed, 'the first row'), YEAR_DAYS));
	t.true(nines > 12.9 && nines < 13.4, String(nines));
});

test('one piece without repair is lost as its provider is', t => {
	const code = {k: 1, repairAt: 1, optimal: 1, total: 1};
	const model = {name: '', code, nodeLifeDays: 100, repairDays: 1e300, groups: 1, groupLossesPerYear: 0};
	const expected = 1 - Math.exp(-YEAR_DAYS / 100);
	t.true(Math.abs(lossProbability(model, YEAR_DAYS) - expected) < 1e-12);
});

test('two pieces that are not repaired are lost when both are', t => {
	const code = {k: 1, repairAt: 1, optimal: 2, total: 2};
	const model = {name: '', code, nodeLifeDays: 100, repairDays: 1e300, groups: 1, groupLossesPerYear: 0};
	const expected = (1 - Math.exp(-0.5)) ** 2;
	t.true(Math.abs(lossProbability(model, 50) - expected) < 1e-12);
});

for (const model of STRESSED)
	test(`played by dice, "${model.name}" loses as much as computed`, t => {
		const computed = lossProbability(model, YEAR_DAYS);
		const played = countLosses(model, {
			days: YEAR_DAYS,
			lives: 1500,
			random: new Random(`count ${model.name}`),
		});
		t.true(played.chance > 0 && played.chance < 1, 'losses can be counted');
		// After a disaster the groups are no longer even, which the chain does not see.
		const blind = model.groups > 1 ? 0.05 * computed : 0;
		const difference = Math.abs(played.chance - computed);
		t.true(difference < DEVIATIONS * played.deviation + blind, `${played.chance} against ${computed}`);
	});

test('splitting finds the chance of what is too rare to count', t => {
	const model = defined(designed, 'the first row');
	const computed = lossProbability(model, YEAR_DAYS);
	const played = splitLosses(model, {days: YEAR_DAYS, effort: 4000, random: new Random('split')});
	t.true(
		Math.abs(played.chance - computed) < DEVIATIONS * played.deviation,
		`${played.chance} and ${computed}`,
	);
	t.true(played.deviation < 0.3 * computed);
});

test('the table in docs/DURABILITY.md is the one that the code makes', t => {
	t.true(readFileSync('docs/DURABILITY.md', 'utf8').includes(durabilityTable()));
});

test('what was played for the record is in docs/DURABILITY.md, and agrees with what is computed', t => {
	const text = readFileSync('docs/measurements/durability.json', 'utf8');
	const {rows} = JSON.parse(text) as {rows: readonly PlayedRow[]};
	t.true(readFileSync('docs/DURABILITY.md', 'utf8').includes(playedTable(rows)));
	t.deepEqual(
		rows.map(({name}) => name),
		[...STRESSED, ...MODELS].map(({name}) => name),
	);
	for (const [index, model] of [...STRESSED, ...MODELS].entries()) {
		const {computed, played} = defined(rows[index], 'there is a row for each case');
		t.is(computed, lossProbability(model, YEAR_DAYS), model.name);
		// The chain does not see in which groups pieces are left.
		const blind = model.groups > 1 ? 0.75 * computed : 0;
		const difference = Math.abs(played.chance - computed);
		t.true(
			difference < DEVIATIONS * played.deviation + blind,
			`${model.name}: ${played.chance}, ${computed}`,
		);
	}
});
