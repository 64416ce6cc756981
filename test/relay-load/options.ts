import process from 'node:process';
import {parseArgs} from 'node:util';

const USAGE =
	'npm run relay-load [-- --short] [-- --minutes 60] [-- --seed 7] [-- --only NAME] [-- --list] [-- --out FILE] [-- --json]';

export type LoadOptions = {
	readonly short: boolean;
	/** Of hostile load; the other parts are as long as they are. A short run has seconds. */
	readonly minutes: number;
	readonly seed: number;
	/** One part; undefined: all. */
	readonly only: string | undefined;
	readonly list: boolean;
	/** Where the result goes; undefined: nowhere. */
	readonly out: string | undefined;
	readonly json: boolean;
};

const fail = (code: string, text: string): never => {
	process.stderr.write(`${code}: ${text}\nUse ${USAGE}\n`);
	process.exit(2);
};

type Values = Readonly<Record<string, string | boolean | undefined>>;

const parsed = (): Values => {
	const text = {type: 'string'} as const;
	const flag = {type: 'boolean'} as const;
	try {
		return parseArgs({
			options: {
				short: flag,
				minutes: text,
				seed: text,
				only: text,
				list: flag,
				out: text,
				json: flag,
				help: flag,
			},
		}).values;
	} catch (error) {
		return fail('RELAY_LOAD_OPTION_UNKNOWN', String(error));
	}
};

export const loadOptions = (parts: readonly string[]): LoadOptions => {
	const values = parsed();
	if (values['help'] === true) {
		process.stdout.write(`${USAGE}\nParts: ${parts.join(', ')}\n`);
		process.exit(0);
	}
	const number = (name: string, normal: number, min: number, max: number): number => {
		const value = values[name] ?? String(normal);
		const isNumber = typeof value === 'string' && /^\d{1,10}$/.test(value);
		return isNumber && Number(value) >= min && Number(value) <= max
			? Number(value)
			: fail('RELAY_LOAD_OPTION_INVALID', `--${name} is a number from ${min} to ${max}`);
	};
	const text = (name: string): string | undefined => {
		const value = values[name];
		return typeof value === 'string' && value !== '' ? value : undefined;
	};
	const only = text('only');
	if (only !== undefined && !parts.includes(only))
		fail('RELAY_LOAD_OPTION_INVALID', `--only is one of ${parts.join(', ')}`);
	const short = values['short'] === true;
	return {
		short,
		minutes: number('minutes', 60, 1, 24 * 60),
		seed: number('seed', 7, 0, 4_000_000_000),
		only,
		list: values['list'] === true,
		// Short runs and single parts are for those who want to know, not for the record.
		out: text('out') ?? (short || only !== undefined ? undefined : 'docs/measurements/relay-load.json'),
		json: values['json'] === true,
	};
};
