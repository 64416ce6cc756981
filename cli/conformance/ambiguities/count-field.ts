import {parsedField} from '../fields.ts';
import {parseCount} from '../json-exact.ts';
import type {JsonObject} from '../json-file.ts';

/** A number written as text, so that all of a u64 fits. */
export const bigCountField = (entry: JsonObject, name: string): bigint =>
	parsedField(entry, name, 'a count', parseCount);

/** The same where a rule works with a double. */
export const countField = (entry: JsonObject, name: string, max: number = 2 ** 40): number =>
	parsedField(entry, name, `a count up to ${max}`, text => {
		const value = parseCount(text);
		return value === undefined || value > BigInt(max) ? undefined : Number(value);
	});
