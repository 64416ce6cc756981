import type {ForkVectorFailure} from './fork-vector.ts';

/** Caught by `parseForkVector`, so that a field is read in one line. */
export class BadVector extends Error {
	readonly failure: ForkVectorFailure;

	constructor(failure: ForkVectorFailure, options?: ErrorOptions) {
		super(failure.code, options);
		this.failure = failure;
	}
}

const malformed = (place: string, wanted: string): never => {
	throw new BadVector({code: 'FORK_VECTOR_MALFORMED', place, wanted});
};

/** A YAML mapping with its place in the file, for messages. */
export type Fields = {readonly place: string; readonly values: ReadonlyMap<unknown, unknown>};

/** The mapping, with none but `allowed` keys: a key that is misspelt must not go unnoticed. */
export const fieldsOf = (value: unknown, place: string, allowed: readonly string[]): Fields => {
	if (!(value instanceof Map)) return malformed(place, 'a mapping');
	for (const key of value.keys())
		if (typeof key !== 'string' || !allowed.includes(key))
			return malformed(place, `no other keys than ${allowed.join(', ')}`);
	return {place, values: value};
};

const placeOf = ({place}: Fields, name: string): string => `${place}.${name}`;

export const has = ({values}: Fields, name: string): boolean => values.has(name);

const TEXT_LENGTH_MAX = 2000;

export const text = (fields: Fields, name: string): string => {
	const value = fields.values.get(name);
	return typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH_MAX
		? value
		: malformed(placeOf(fields, name), 'a text');
};

export const optionalText = (fields: Fields, name: string): string | undefined =>
	has(fields, name) ? text(fields, name) : undefined;

/** A whole number up to `max`; YAML's 0x form is a number too. */
export const natural = (fields: Fields, name: string, max: number = Number.MAX_SAFE_INTEGER): number => {
	const value = bigNatural(fields, name, BigInt(max));
	return Number(value);
};

export const optionalNatural = (fields: Fields, name: string, max?: number): number | undefined =>
	has(fields, name) ? natural(fields, name, max) : undefined;

export const bigNatural = (fields: Fields, name: string, max: bigint): bigint => {
	const value = fields.values.get(name);
	// Numbers are read as bigint; text is for those who write large ones in quotes.
	const number =
		typeof value === 'string' && /^(0x[0-9a-fA-F]{1,128}|\d{1,20})$/.test(value) ? BigInt(value) : value;
	return typeof number === 'bigint' && number >= 0n && number <= max
		? number
		: malformed(placeOf(fields, name), `a whole number from 0 to ${max}`);
};

export const list = (fields: Fields, name: string, max: number): readonly unknown[] => {
	const value = fields.values.get(name);
	return Array.isArray(value) && value.length > 0 && value.length <= max
		? value
		: malformed(placeOf(fields, name), `a list of 1 to ${max}`);
};

/** The entries of a mapping whose keys are names. */
export const named = (fields: Fields, name: string, max: number): readonly (readonly [string, unknown])[] => {
	const value = fields.values.get(name);
	const isNamed =
		value instanceof Map &&
		value.size > 0 &&
		value.size <= max &&
		[...value.keys()].every(key => typeof key === 'string' && /^[\w-]{1,64}$/.test(key));
	return isNamed ? [...value.entries()] : malformed(placeOf(fields, name), `a mapping of 1 to ${max} names`);
};
