import process from 'node:process';
import {parseArgs} from 'node:util';
import {PROVIDERS_MAX} from '#cli/devnet/shape';

const USAGE =
	'npm run soak [-- --minutes 10] [-- --providers 30] [-- --seed 7] [-- --short] [-- --out FILE] [-- --data FOLDER] [-- --json]';

export type SoakOptions = {
	/** Of kills under put and get; what comes before and after takes a few more. */
	readonly minutes: number;
	readonly providers: number;
	readonly seed: number;
	/** How often an object loses as many providers as it may. */
	readonly lossRounds: number;
	/** Whether it ends only when all that the last blows took is rebuilt: that is known up to two epochs later. */
	readonly untilRebuilt: boolean;
	/** Where the result goes; undefined: nowhere. */
	readonly out: string | undefined;
	readonly data: string | undefined;
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
				minutes: text,
				providers: text,
				seed: text,
				out: text,
				data: text,
				short: flag,
				json: flag,
				help: flag,
			},
		}).values;
	} catch (error) {
		return fail('SOAK_OPTION_UNKNOWN', String(error));
	}
};

const SMALL_CODE_PROVIDERS = 23;

export const soakOptions = (): SoakOptions => {
	const values = parsed();
	if (values['help'] === true) {
		process.stdout.write(`${USAGE}\n`);
		process.exit(0);
	}
	const number = (name: string, normal: number, min: number, max: number): number => {
		const value = values[name] ?? String(normal);
		const isNumber = typeof value === 'string' && /^\d{1,10}$/.test(value);
		return isNumber && Number(value) >= min && Number(value) <= max
			? Number(value)
			: fail('SOAK_OPTION_INVALID', `--${name} is a number from ${min} to ${max}`);
	};
	const isShort = values['short'] === true;
	const path = (name: string): string | undefined => {
		const value = values[name];
		return typeof value === 'string' && value !== '' ? value : undefined;
	};
	return {
		minutes: number('minutes', isShort ? 2 : 10, 1, 24 * 60),
		providers: number('providers', 30, SMALL_CODE_PROVIDERS, PROVIDERS_MAX),
		seed: number('seed', 7, 0, 4_000_000_000),
		lossRounds: isShort ? 2 : 4,
		untilRebuilt: !isShort,
		// A short run is for those who want to know, not for the record.
		out: path('out') ?? (isShort ? undefined : 'docs/measurements/soak.json'),
		data: path('data'),
		json: values['json'] === true,
	};
};
