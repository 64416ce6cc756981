/** What a long suite is told on its command line. */
import process from 'node:process';
import {parseArgs} from 'node:util';

export type SuiteUsage = {
	/** Before its codes: `SOAK` for SOAK_OPTION_UNKNOWN and SOAK_OPTION_INVALID. */
	readonly code: string;
	/** The command line, in one line. */
	readonly usage: string;
	/** More for `--help`. */
	readonly help?: string;
	/** Names of options with a value, and of those without. `--help` is always there. */
	readonly texts: readonly string[];
	readonly flags: readonly string[];
};

export type SuiteOptions = {
	flag(name: string): boolean;
	/** Undefined as well when it is empty. */
	text(name: string): string | undefined;
	/** A whole number of the range, or `normal`; with another one the process ends. */
	number(name: string, normal: number, min: number, max: number): number;
	/** Says what is wrong with an option and ends the process with 2. */
	invalid(text: string): never;
};

/** Ends the process after `--help`, and with 2 when an option is unknown. */
export const suiteOptions = ({code, usage, help, texts, flags}: SuiteUsage): SuiteOptions => {
	const fail = (problem: string, text: string): never => {
		process.stderr.write(`${code}_OPTION_${problem}: ${text}\nUse ${usage}\n`);
		process.exit(2);
	};
	const parsed = (): Readonly<Record<string, string | boolean | undefined>> => {
		const typed = (names: readonly string[], type: 'string' | 'boolean') => names.map(name => [name, {type}]);
		const options = Object.fromEntries([...typed(texts, 'string'), ...typed([...flags, 'help'], 'boolean')]);
		try {
			return parseArgs({options}).values as Readonly<Record<string, string | boolean | undefined>>;
		} catch (error) {
			return fail('UNKNOWN', String(error));
		}
	};
	const values = parsed();
	if (values['help'] === true) {
		process.stdout.write(`${usage}\n${help === undefined ? '' : `${help}\n`}`);
		process.exit(0);
	}
	return {
		flag: name => values[name] === true,
		text: name => {
			const value = values[name];
			return typeof value === 'string' && value !== '' ? value : undefined;
		},
		number: (name, normal, min, max) => {
			const value = values[name] ?? String(normal);
			const isNumber = typeof value === 'string' && /^\d{1,10}$/.test(value);
			return isNumber && Number(value) >= min && Number(value) <= max
				? Number(value)
				: fail('INVALID', `--${name} is a number from ${min} to ${max}`);
		},
		invalid: text => fail('INVALID', text),
	};
};
