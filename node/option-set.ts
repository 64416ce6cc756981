/** Options read from flags over environment (DCLOUD_…) over a file over defaults, each checked and explained. */
import process from 'node:process';
import {z} from 'zod';
import {NodeError} from '#kernel/node-error';

/**
 * How each option of `T` is checked, keyed as in code; `--kebab-case` as flags, `DCLOUD_SNAKE_CASE` in the environment.
 */
export type OptionSchemas<T> = {readonly [K in keyof T]-?: z.ZodType<T[K]>};

/** An option for `--help`. */
export type ExplainedOption<Name extends string = string> = {
	readonly name: Name;
	/** `--kebab-case` */
	readonly flag: string;
	/** `DCLOUD_SNAKE_CASE` */
	readonly variable: string;
	readonly description: string;
	readonly defaultValue: string | undefined;
	readonly isRequired: boolean;
	/** Whether the flag alone says yes. */
	readonly isSwitch: boolean;
};

export type Given = Readonly<Record<string, unknown>>;

export type GivenOptions = {
	/** Those of the command line, in camel case. */
	readonly flags: Given;
	/** Of a file of options (`readOptionFile`). */
	readonly configFile?: string | undefined;
	readonly environment?: Given;
};

export type GatheredOptions = Omit<GivenOptions, 'configFile'> & {
	/** Those of the file, by the same names. */
	readonly file?: Given;
	/** What the variables of the environment begin with, before `_`. */
	readonly variablePrefix?: string;
};

export const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
const variableOf = (name: string, prefix = 'DCLOUD'): string =>
	`${prefix}_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

export const explain = <T>(
	schemas: OptionSchemas<T>,
	variablePrefix?: string,
): readonly ExplainedOption<Extract<keyof T, string>>[] =>
	(Object.keys(schemas) as Extract<keyof T, string>[]).map(name => {
		const option: z.ZodType = schemas[name];
		const defaulted = option instanceof z.ZodDefault ? option.parse(undefined) : undefined;
		return {
			name,
			flag: `--${kebab(name)}`,
			variable: variableOf(name, variablePrefix),
			description: option.description ?? '',
			defaultValue: defaulted === undefined ? undefined : String(defaulted),
			isRequired: !option.safeParse(undefined).success,
			isSwitch: option.safeParse(true).data === true,
		};
	});

const given = (values: Given): Given =>
	Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Throws CONFIG_BAD_OPTION, which names the option. */
export const readOptions = <T extends object>(
	schemas: OptionSchemas<T>,
	{flags, file = {}, environment = process.env, variablePrefix}: GatheredOptions,
): T => {
	const fromEnvironment = given(
		Object.fromEntries(
			Object.keys(schemas).map(name => [name, environment[variableOf(name, variablePrefix)]]),
		),
	);
	const options: Given = {...file, ...fromEnvironment, ...given(flags)};
	const parsed = z.strictObject(schemas).safeParse(options);
	if (parsed.success) return parsed.data as T;
	const missing = parsed.error.issues
		.map(({path}) => String(path[0]))
		.filter(name => name in schemas && options[name] === undefined);
	if (missing.length > 0)
		throw new NodeError({
			code: 'CONFIG_BAD_OPTION',
			option: missing[0],
			problem: 'missing',
			message: `Say ${missing.map(name => `--${kebab(name)} (or ${variableOf(name, variablePrefix)})`).join(' and ')}.`,
		});
	const [issue] = parsed.error.issues;
	const [named] = issue?.path ?? [];
	const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
	const name = String(named ?? unknown);
	throw new NodeError({
		code: 'CONFIG_BAD_OPTION',
		option: name,
		problem: issue?.message,
		message: `Option --${kebab(name)}: ${issue?.message ?? 'is wrong'}.`,
	});
};
