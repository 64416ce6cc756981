/** Reading JSON that people write: what is wrong is named by its place and by what belongs there. */
import {err, ok, type Result} from '#kernel/result';

export type Fields = Readonly<Record<string, unknown>>;

export type WrongField = {
	/** The path to what is wrong, as `localRoots[0].accessPoints`. */
	readonly field: string;
	/** What belongs there. */
	readonly expected: string;
};

/** Leaves a reader from any depth; never leaves `readFields`. */
export class WrongFieldError extends Error {
	readonly wrong: WrongField;
	constructor(wrong: WrongField) {
		super(wrong.field);
		this.wrong = wrong;
	}
}

export const object = (value: unknown, field: string): Fields => {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new WrongFieldError({field, expected: 'an object'});
	return value as Fields;
};

export const listOf = <T>(
	value: unknown,
	field: string,
	max: number,
	item: (value: unknown, field: string) => T,
): readonly T[] => {
	if (!Array.isArray(value)) throw new WrongFieldError({field, expected: 'a list'});
	if (value.length > max) throw new WrongFieldError({field, expected: `at most ${max} entries`});
	return value.map((one, index) => item(one, `${field}[${index}]`));
};

export const integer = (value: unknown, field: string, min: number, max: number): number => {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
		throw new WrongFieldError({field, expected: `an integer from ${min} to ${max}`});
	return value;
};

/** False when it is missing. */
export const flag = (value: unknown, field: string): boolean => {
	if (value === undefined) return false;
	if (typeof value !== 'boolean') throw new WrongFieldError({field, expected: 'true or false'});
	return value;
};

export type FieldsOptions<NotJson extends string, Wrong extends string> = {
	/** What the whole is called. */
	readonly root: string;
	readonly lengthMax: number;
	/** The codes of the two things that may be wrong. */
	readonly notJson: NotJson;
	readonly wrong: Wrong;
};

/** Reads a text as a JSON object with a reader that throws `WrongFieldError`. */
export const readFields = <T, NotJson extends string, Wrong extends string>(
	text: string,
	{root, lengthMax, notJson, wrong}: FieldsOptions<NotJson, Wrong>,
	read: (fields: Fields) => T,
): Result<T, {readonly code: NotJson} | ({readonly code: Wrong} & WrongField)> => {
	if (text.length > lengthMax) return err({code: notJson});
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return err({code: notJson});
	}
	try {
		return ok(read(object(json, root)));
	} catch (error) {
		if (error instanceof WrongFieldError) return err({code: wrong, ...error.wrong});
		throw error;
	}
};
