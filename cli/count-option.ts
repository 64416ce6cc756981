import {NodeError} from '#kernel/node-error';
import type {Options} from './answer.ts';

/** `--kebab-case` as users write the option that commander calls `camelCase`. */
export const flagOf = (name: string): string =>
	`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;

/** A whole number from 0 to `max`; undefined when the option is absent. Throws OPTION_MALFORMED. */
export const countOption = (
	options: Options,
	name: string,
	max: number = Number.MAX_SAFE_INTEGER,
): number | undefined => {
	const value = options[name];
	if (value === undefined) return undefined;
	const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
	if (Number.isSafeInteger(count) && count <= max) return count;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `${flagOf(name)} wants a whole number from 0 to ${max}, not "${String(value)}".`,
	});
};
