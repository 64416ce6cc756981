/** Reads JSON that other programs wrote; what is wrong is named by its field. */
import {parseHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';

export type JsonFieldFailure =
	| {readonly code: 'CARDANO_JSON_MALFORMED'}
	/** `field` is the path to what is wrong, `expected` what belongs there. */
	| {readonly code: 'CARDANO_JSON_FIELD_WRONG'; readonly field: string; readonly expected: string};

export type JsonFields = Readonly<Record<string, unknown>>;

class Wrong extends Error {
	readonly field: string;
	readonly expected: string;
	constructor(field: string, expected: string) {
		super(field);
		this.field = field;
		this.expected = expected;
	}
}

export const wrongField = (field: string, expected: string): never => {
	throw new Wrong(field, expected);
};

export const fieldsOf = (value: unknown, field: string): JsonFields =>
	typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as JsonFields)
		: wrongField(field, 'an object');

export const countField = (
	fields: JsonFields,
	name: string,
	max: number = Number.MAX_SAFE_INTEGER,
): number => {
	const value = fields[name];
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
		? value
		: wrongField(name, `a whole number from 0 to ${max}`);
};

export const hexField = (value: unknown, field: string, bytes: number): Uint8Array => {
	const decoded = typeof value === 'string' && value.length === 2 * bytes ? parseHex(value) : undefined;
	return decoded ?? wrongField(field, `${bytes} bytes in hexadecimal`);
};

/** `read` gets the parsed text, and calls the functions above. */
export const readJsonText = <T>(text: string, read: (json: unknown) => T): Result<T, JsonFieldFailure> => {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return err({code: 'CARDANO_JSON_MALFORMED'});
	}
	try {
		return ok(read(json));
	} catch (error) {
		if (!(error instanceof Wrong)) throw error;
		const {field, expected} = error;
		return err({code: 'CARDANO_JSON_FIELD_WRONG', field, expected});
	}
};
