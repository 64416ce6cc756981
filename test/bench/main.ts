/** `npm run bench [-- --json] [-- --only NAME] [-- --short] [-- --record]`: runs the benches one after the other. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {commit} from '../support/commit.ts';
import {allBenches} from './all.ts';
import type {Figure} from './bench.ts';

const USAGE = 'npm run bench [-- --json] [-- --only NAME] [-- --list] [-- --short] [-- --record]';

type Options = {json?: boolean; only?: string; list?: boolean; short?: boolean; record?: boolean};

const flag = {type: 'boolean'} as const;

const readOptions = (): Options => {
	try {
		return parseArgs({
			options: {json: flag, only: {type: 'string'}, list: flag, short: flag, record: flag},
		}).values;
	} catch {
		process.stderr.write(`BENCH_OPTION_UNKNOWN: use ${USAGE}\n`);
		process.exit(1);
	}
};

const options = readOptions();

const rounded = (value: number): string =>
	value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const line = ({name, value, unit, baseline, ratio, against}: Figure): string => {
	const peer =
		baseline === null || ratio === null
			? ''
			: `${against ?? 'baseline'}: ${rounded(baseline)} ${unit}, ratio ${ratio.toFixed(2)}`;
	return `${name.padEnd(28)} ${rounded(value).padStart(12)} ${unit.padEnd(12)} ${peer}`.trimEnd();
};

/** A full run leaves what it measured, when and on what. */
const record = (figures: readonly Figure[], seconds: number): void => {
	const machine = {node: process.version, cores: cpus().length, processor: cpus()[0]?.model};
	const made = {commit: commit(), date: new Date().toISOString(), seconds, ...machine, figures};
	mkdirSync('docs/measurements', {recursive: true});
	writeFileSync('docs/measurements/bench.json', `${JSON.stringify(made, null, '\t')}\n`);
};

/** One bench, or all whose names begin so and have a slash there. */
const isChosen = (name: string): boolean =>
	options.only === undefined || name === options.only || name.startsWith(`${options.only}/`);

const chosen = allBenches.filter(({name}) => options.only === undefined || isChosen(name));
if (options.list === true) process.stdout.write(`${chosen.map(({name}) => name).join('\n')}\n`);
else if (chosen.length === 0) {
	process.stderr.write(
		`BENCH_UNKNOWN: there is no bench ${options.only}; there are ${allBenches.map(({name}) => name).join(', ')}.\n`,
	);
	process.exitCode = 1;
} else {
	const startMs = performance.now();
	const figures: Figure[] = [];
	for (const bench of chosen)
		for (const figure of await bench.run()) {
			figures.push(figure);
			process.stdout.write(`${options.json ? JSON.stringify(figure) : line(figure)}\n`);
		}
	if (options.record === true) record(figures, Math.round((performance.now() - startMs) / 1000));
}
