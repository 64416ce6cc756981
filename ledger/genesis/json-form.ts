/**
 * JSON forms of values: big integers as decimal strings, bytes as hexadecimal, ratios as `1/2`. Reading names the
 * field that is wrong. One definition of a record serves its CBOR and its JSON (`dualRecord`).
 */
import {parseHex, toHex} from '#kernel/bytes';
import {bytes, type Codec, list, lovelace, nullable, ratio, record, text, uint} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import {parseRatio, type Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';

export type JsonValue =
	| null
	| boolean
	| number
	| string
	| readonly JsonValue[]
	| {readonly [name: string]: JsonValue};

export type JsonFailure = {
	readonly code: 'GENESIS_FIELD_WRONG';
	/** Such as `accounts[3].balance`; empty for the whole. */
	readonly field: string;
	/** In plain words. */
	readonly problem: string;
};

/** Leaves a reader that met a wrong field. Only `readJson` catches it. */
class JsonStop extends Error {
	readonly failure: JsonFailure;

	constructor(field: string, problem: string) {
		super(problem);
		this.failure = {code: 'GENESIS_FIELD_WRONG', field, problem};
	}
}

const stop = (field: string, problem: string): never => {
	throw new JsonStop(field, problem);
};

/** A value in both forms. */
export type Dual<T> = {
	readonly cbor: Codec<T>;
	readonly toJson: (value: T) => JsonValue;
	/** Throws `JsonStop`; only inside `readJson`. */
	readonly fromJson: (value: JsonValue | undefined, field: string) => T;
};

export const readJson = <T>(form: Dual<T>, value: JsonValue): Result<T, JsonFailure> => {
	try {
		return ok(form.fromJson(value, ''));
	} catch (error) {
		if (error instanceof JsonStop) return err(error.failure);
		throw error;
	}
};

export const dualUint = <T extends number = number>(max: number = Number.MAX_SAFE_INTEGER): Dual<T> => ({
	cbor: uint<T>(max),
	toJson: value => value,
	fromJson: (value, field) =>
		typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
			? (value as T)
			: stop(field, `is not a whole number from 0 to ${max}`),
});

export const dualLovelace: Dual<Lovelace> = {
	cbor: lovelace,
	toJson: value => value.toString(),
	fromJson: (value, field) => {
		const amount = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
		return amount !== undefined && amount < 2n ** 64n
			? Lovelace(amount)
			: stop(field, 'is not an amount of lovelace written as a decimal string');
	},
};

export const dualBytes = <T extends Uint8Array = Uint8Array>(length: number): Dual<T> => ({
	cbor: bytes<T>(length),
	toJson: value => toHex(value),
	fromJson: (value, field) => {
		const read = typeof value === 'string' ? parseHex(value) : undefined;
		return read?.length === length ? (read as T) : stop(field, `is not ${length} bytes in hexadecimal`);
	},
});

export const dualRatio: Dual<Ratio> = {
	cbor: ratio,
	toJson: ({numerator, denominator}) => `${numerator}/${denominator}`,
	fromJson: (value, field) => {
		const read = typeof value === 'string' ? parseRatio(value) : undefined;
		const fits = read !== undefined && read.numerator < 2n ** 64n && read.denominator < 2n ** 64n;
		return fits ? read : stop(field, 'is not a ratio such as "1/20" or "0.05"');
	},
};

/** One of a few words. */
export const dualWord = <const T extends string>(words: readonly T[]): Dual<T> => ({
	cbor: {
		write: (writer, value) => text(32).write(writer, value),
		read: reader => {
			const at = reader.position;
			const word = reader.text(32);
			return words.find(known => known === word) ?? reader.stop('CBOR_UNKNOWN_VARIANT', at);
		},
	},
	toJson: value => value,
	fromJson: (value, field) =>
		words.find(known => known === value) ?? stop(field, `is not one of ${words.join(', ')}`),
});

export const dualNullable = <T>(form: Dual<T>): Dual<T | null> => ({
	cbor: nullable(form.cbor),
	toJson: value => (value === null ? null : form.toJson(value)),
	fromJson: (value, field) => (value === null ? null : form.fromJson(value, field)),
});

export const dualList = <T>(form: Dual<T>, max: number): Dual<readonly T[]> => ({
	cbor: list(form.cbor, max),
	toJson: values => values.map(form.toJson),
	fromJson: (value, field) => {
		if (!Array.isArray(value)) return stop(field, 'is not a list');
		if (value.length > max) return stop(field, `has more than ${max} items`);
		return value.map((item: JsonValue, index) => form.fromJson(item, `${field}[${index}]`));
	},
});

type Fields<T> = {readonly [Name in keyof T]: Dual<T[Name]>};

const within = (field: string, name: string): string => (field === '' ? name : `${field}.${name}`);

export const dualRecord = <T extends object>(fields: Fields<T>): Dual<T> => {
	const names = Object.keys(fields) as (keyof T & string)[];
	const codecs = Object.fromEntries(names.map(name => [name, fields[name].cbor]));
	return {
		cbor: record(codecs as Record<string, Codec<unknown>>) as unknown as Codec<T>,
		toJson: value => Object.fromEntries(names.map(name => [name, fields[name].toJson(value[name])])),
		fromJson: (value, field) => {
			if (typeof value !== 'object' || value === null || Array.isArray(value))
				return stop(field, 'is not an object');
			const given = value as {readonly [name: string]: JsonValue};
			for (const name of Object.keys(given))
				if (!Object.hasOwn(fields, name)) stop(within(field, name), 'is not a field of a genesis');
			const read = names.map(name => {
				const item = Object.hasOwn(given, name) ? given[name] : stop(within(field, name), 'is missing');
				return [name, fields[name].fromJson(item, within(field, name))];
			});
			return Object.fromEntries(read) as T;
		},
	};
};
