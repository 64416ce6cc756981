import {equalBytes, parseHex, toHex} from '#kernel/bytes';
import type {JsonObject} from './json-file.ts';
import {fails, holds, type Verdict} from './kind.ts';

/** A field of a vector that has not the form it must have; caught by `judged`. */
class BadField extends Error {}

const bad = (name: string, form: string): never => {
	throw new BadField(`${name} is not ${form}`);
};

export const textField = (object: JsonObject, name: string): string => {
	const value = object[name];
	return typeof value === 'string' ? value : bad(name, 'a text');
};

/** Bytes from hexadecimal; `length` in bytes when it is fixed. */
export const hexField = (object: JsonObject, name: string, length?: number): Uint8Array => {
	const bytes = parseHex(textField(object, name));
	if (bytes === undefined) return bad(name, 'hexadecimal');
	return length === undefined || bytes.length === length ? bytes : bad(name, `${length} bytes`);
};

/** `parse` of a text field; undefined from it means that the field is bad. */
export const parsedField = <T>(
	object: JsonObject,
	name: string,
	form: string,
	parse: (text: string) => T | undefined,
): T => parse(textField(object, name)) ?? bad(name, form);

export const objectField = (object: JsonObject, name: string): JsonObject => {
	const value = object[name];
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as JsonObject)
		: bad(name, 'an object');
};

export const arrayField = (object: JsonObject, name: string): readonly unknown[] => {
	const value = object[name];
	return Array.isArray(value) ? value : bad(name, 'an array');
};

/** Runs a check; a field of the wrong form fails the case and says which. */
export const judged = (check: () => Verdict): Verdict => {
	try {
		return check();
	} catch (error) {
		if (error instanceof BadField) return fails(error.message);
		throw error;
	}
};

/** Holds when there are no complaints; else gives them all. */
export const verdictOf = (complaints: readonly (string | undefined)[]): Verdict => {
	const real = complaints.filter(complaint => complaint !== undefined);
	return real.length === 0 ? holds : fails(real.join('; '));
};

/** Undefined when equal. */
export const difference = (
	name: string,
	actual: Uint8Array | undefined,
	expected: Uint8Array,
): string | undefined => {
	if (actual !== undefined && equalBytes(actual, expected)) return undefined;
	return `${name} is ${actual === undefined ? 'neutral' : toHex(actual)}, not ${toHex(expected)}`;
};
