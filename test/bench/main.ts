/** `npm run bench [-- --json] [-- --only NAME]`: runs the benches one after the other in one process. */
import process from 'node:process';
import {parseArgs} from 'node:util';
import {allBenches} from './all.ts';
import type {Figure} from './bench.ts';

const USAGE = 'npm run bench [-- --json] [-- --only NAME] [-- --list]';

const readOptions = (): {json?: boolean; only?: string; list?: boolean} => {
	try {
		return parseArgs({options: {json: {type: 'boolean'}, only: {type: 'string'}, list: {type: 'boolean'}}})
			.values;
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

const chosen = allBenches.filter(({name}) => options.only === undefined || name === options.only);
if (options.list === true) process.stdout.write(`${chosen.map(({name}) => name).join('\n')}\n`);
else if (chosen.length === 0) {
	process.stderr.write(
		`BENCH_UNKNOWN: there is no bench ${options.only}; there are ${allBenches.map(({name}) => name).join(', ')}.\n`,
	);
	process.exitCode = 1;
} else
	for (const bench of chosen)
		for (const figure of await bench.run())
			process.stdout.write(`${options.json ? JSON.stringify(figure) : line(figure)}\n`);
