/** `npm run durability`: the table of docs/DURABILITY.md, with the dice beside it. */

import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {Random} from '../simulation/random.ts';
import {lossProbability, ninesOf} from './loss-probability.ts';
import {type DurabilityModel, MODELS, STRESSED, YEAR_DAYS} from './model.ts';
import {countLosses, type Estimate, splitLosses} from './monte-carlo.ts';

const USAGE = `npm run durability -- [options]

How likely a segment is to be lost in a year: computed, and played by dice from a seed.

  --seed N      default 1
  --effort N    lives played for each level and row, default 20000
  --json        one line of JSON a row
  --out FILE    writes all rows there, as JSON
  --help        this text
`;

const fail = (code: string, text: string): never => {
	process.stderr.write(`${code}: ${text}\n\n${USAGE}`);
	process.exit(2);
};

type Options = {
	readonly seed: number;
	readonly effort: number;
	readonly json: boolean;
	readonly out: string | undefined;
};

const readArguments = (): Options => {
	const flag = {type: 'boolean'} as const;
	const text = {type: 'string'} as const;
	let values: Readonly<Record<string, string | boolean | undefined>> = {};
	try {
		values = parseArgs({options: {seed: text, effort: text, out: text, json: flag, help: flag}}).values;
	} catch (error) {
		fail('DURABILITY_OPTION_UNKNOWN', error instanceof Error ? error.message : String(error));
	}
	if (values['help'] === true) {
		process.stdout.write(USAGE);
		process.exit(0);
	}
	const number = (name: string, normal: number, max: number): number => {
		const value = values[name] ?? String(normal);
		if (typeof value === 'string' && /^\d{1,10}$/.test(value) && Number(value) >= 1 && Number(value) <= max)
			return Number(value);
		return fail('DURABILITY_OPTION_INVALID', `--${name} is a number from 1 to ${max}`);
	};
	return {
		seed: number('seed', 1, 4_000_000_000),
		effort: number('effort', 20_000, 10_000_000),
		json: values['json'] === true,
		out: typeof values['out'] === 'string' ? values['out'] : undefined,
	};
};

type Row = {readonly model: DurabilityModel; readonly computed: number; readonly played: Estimate};

const recordOf = ({model, computed, played}: Row): object => {
	const {name, code, nodeLifeDays, repairDays, groups, groupLossesPerYear} = model;
	return {name, code, nodeLifeDays, repairDays, groups, groupLossesPerYear, computed, played};
};

const say = (row: Row, json: boolean): void => {
	const {model, computed, played} = row;
	if (json) {
		process.stdout.write(`${JSON.stringify(recordOf(row))}\n`);
		return;
	}
	const share = played.chance === 0 ? 0 : (100 * played.deviation) / played.chance;
	const dice = `${played.chance.toExponential(1)} ± ${share.toFixed(0)} %`;
	process.stdout.write(
		`${model.name.padEnd(24)} ${computed.toExponential(1).padStart(8)} ${ninesOf(computed).toFixed(1).padStart(5)}   ${dice}\n`,
	);
};

const {seed, effort, json, out} = readArguments();
if (!json)
	process.stdout.write(`${''.padEnd(24)} ${'computed'.padStart(8)} nines   by dice (seed ${seed})\n`);
const luck = new Random(seed);
const rows: Row[] = [];
const add = (row: Row): void => {
	rows.push(row);
	say(row, json);
};
for (const model of STRESSED) {
	const random = luck.fork(`count ${model.name}`);
	const played = countLosses(model, {days: YEAR_DAYS, lives: Math.max(1, Math.floor(effort / 10)), random});
	add({model, computed: lossProbability(model, YEAR_DAYS), played});
}
for (const model of MODELS) {
	const played = splitLosses(model, {days: YEAR_DAYS, effort, random: luck.fork(`split ${model.name}`)});
	add({model, computed: lossProbability(model, YEAR_DAYS), played});
}
if (out !== undefined) {
	mkdirSync(path.dirname(out), {recursive: true});
	writeFileSync(out, `${JSON.stringify({seed, effort, rows: rows.map(recordOf)}, null, '\t')}\n`);
}
