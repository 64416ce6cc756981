/**
 * Codecs from parts: one definition reads and writes. Records are CBOR arrays in the order of their fields,
 * variants are arrays that start with a number. Everything has a limit.
 */
import {assert} from '../assert.ts';
import {Lovelace} from '../lovelace.ts';
import {Ratio} from '../ratio.ts';
import {err, ok, type Result} from '../result.ts';
import {type CborFailure, CborStop} from './failure.ts';
import {CborReader, type ReaderOptions} from './reader.ts';
import {CborWriter} from './writer.ts';

export type Codec<T> = {
	write(writer: CborWriter, value: T): void;
	/** Throws `CborStop`; only inside `decodeWith`. */
	read(reader: CborReader): T;
};

type Fields = Readonly<Record<string, Codec<unknown>>>;
type ValueOf<C> = C extends Codec<infer T> ? T : never;
export type RecordOf<F> = {readonly [Name in keyof F]: ValueOf<F[Name]>};

/** Runs a reader over all of `bytes`; bad bytes become a coded failure. */
export const decodeWith = <T>(
	bytes: Uint8Array,
	read: (reader: CborReader) => T,
	options?: ReaderOptions,
): Result<T, CborFailure> => {
	try {
		const reader = new CborReader(bytes, options);
		const value = read(reader);
		reader.finish();
		return ok(value);
	} catch (error) {
		if (error instanceof CborStop) return err(error.failure);
		throw error;
	}
};

export const decode = <T>(codec: Codec<T>, bytes: Uint8Array): Result<T, CborFailure> =>
	decodeWith(bytes, reader => codec.read(reader));

/** `decode` for bytes that our own code wrote and a checksum covers. */
export const decodeOwn = <T>(codec: Codec<T>, bytes: Uint8Array): T => {
	const decoded = decode(codec, bytes);
	assert(decoded.ok, () => `our own bytes do not decode: ${decoded.ok ? '' : decoded.error.code}`);
	return decoded.value;
};

export const encode = <T>(codec: Codec<T>, value: T): Uint8Array => {
	const writer = new CborWriter();
	codec.write(writer, value);
	return writer.finish();
};

/** A count or index; `max` inclusive. */
export const uint = <T extends number = number>(max: number = Number.MAX_SAFE_INTEGER): Codec<T> => ({
	write: (writer, value) => writer.uint(value),
	read: reader => reader.uint(max) as T,
});

export const u64: Codec<bigint> = {
	write: (writer, value) => writer.uint(value),
	read: reader => reader.uintBig(),
};

export const lovelace: Codec<Lovelace> = {
	write: (writer, value) => writer.uint(value),
	read: reader => Lovelace(reader.uintBig()),
};

export const bool: Codec<boolean> = {
	write: (writer, value) => writer.bool(value),
	read: reader => reader.bool(),
};

/** Exactly `length` bytes. Copied on reading, so that a small field does not keep a large message alive. */
export const bytes = <T extends Uint8Array = Uint8Array>(length: number): Codec<T> =>
	bytesBetween<T>(length, length);

export const bytesBetween = <T extends Uint8Array = Uint8Array>(min: number, max: number): Codec<T> => ({
	write: (writer, value) => {
		assert(
			value.length >= min && value.length <= max,
			() => `${value.length} bytes where ${min} to ${max} belong`,
		);
		writer.bytes(value);
	},
	read: reader => reader.bytesOf(min, max).slice() as T,
});

export const text = (bytesMax: number): Codec<string> => ({
	write: (writer, value) => writer.text(value),
	read: reader => reader.text(bytesMax),
});

/** An exact ratio `[numerator, denominator]` in lowest terms. */
export const ratio: Codec<Ratio> = {
	write: (writer, value) => writer.array(2).uint(value.numerator).uint(value.denominator),
	read: reader => {
		const at = reader.position;
		reader.arrayOf(2);
		const numerator = reader.uintBig();
		const denominator = reader.uintBig();
		if (denominator === 0n) reader.stop('CBOR_OUT_OF_RANGE', at);
		const value = Ratio(numerator, denominator);
		if (value.denominator !== denominator) reader.stop('CBOR_NOT_CANONICAL', at);
		return value;
	},
};

export const nullable = <T>(codec: Codec<T>): Codec<T | null> => ({
	write: (writer, value) => {
		if (value === null) writer.null();
		else codec.write(writer, value);
	},
	read: reader => (reader.null() ? null : codec.read(reader)),
});

/** At most `max` items. */
export const list = <T>(codec: Codec<T>, max: number): Codec<readonly T[]> => ({
	write: (writer, values) => {
		assert(values.length <= max, () => `${values.length} items where at most ${max} belong`);
		writer.array(values.length);
		for (const value of values) codec.write(writer, value);
	},
	read: reader => {
		const length = reader.array(max);
		const values: T[] = [];
		for (let index = 0; index < length; index++) values.push(codec.read(reader));
		return values;
	},
});

type FieldList = readonly (readonly [name: string, codec: Codec<unknown>])[];

const writeFields = (
	writer: CborWriter,
	fields: FieldList,
	value: Readonly<Record<string, unknown>>,
): void => {
	for (const [name, codec] of fields) codec.write(writer, value[name]);
};

const readFields = (reader: CborReader, fields: FieldList, into: Record<string, unknown>): void => {
	for (const [name, codec] of fields) into[name] = codec.read(reader);
};

/** An array of exactly these fields, in this order. Names must not look like integers. */
export const record = <const F extends Fields>(fields: F): Codec<RecordOf<F>> => {
	const list = Object.entries(fields);
	const {length} = list;
	return {
		write: (writer, value) => writeFields(writer.array(length), list, value),
		read: reader => {
			reader.arrayOf(length);
			const value: Record<string, unknown> = {};
			readFields(reader, list, value);
			return value as RecordOf<F>;
		},
	};
};

type Cases = Readonly<Record<string, readonly [number, Fields]>>;
export type VariantOf<C extends Cases> = {
	readonly [Kind in keyof C]: {readonly kind: Kind} & RecordOf<C[Kind][1]>;
}[keyof C];

/** One of several records, told apart by the number that its array starts with: `[number, ...fields]`. */
export const variant = <const C extends Cases>(cases: C): Codec<VariantOf<C>> => {
	const all = Object.entries(cases).map(([kind, [number, fields]]) => ({
		kind,
		number,
		fields: Object.entries(fields),
	}));
	const byNumber = new Map(all.map(one => [one.number, one]));
	const byKind = new Map(all.map(one => [one.kind, one]));
	return {
		write: (writer, value) => {
			const found = byKind.get(value.kind as string);
			assert(found !== undefined, () => `no variant ${String(value.kind)}`);
			writer.array(1 + found.fields.length).uint(found.number);
			writeFields(writer, found.fields, value);
		},
		read: reader => {
			const at = reader.position;
			const length = reader.array();
			if (length < 1) reader.stop('CBOR_WRONG_LENGTH', at);
			const found = byNumber.get(reader.uint());
			if (found === undefined) return reader.stop('CBOR_UNKNOWN_VARIANT', at);
			if (length !== 1 + found.fields.length) reader.stop('CBOR_WRONG_LENGTH', at);
			const value: Record<string, unknown> = {kind: found.kind};
			readFields(reader, found.fields, value);
			return value as VariantOf<C>;
		},
	};
};

/** The bytes of one item, whatever it is, as they came. Copied. */
export const anyItem: Codec<Uint8Array> = {
	write: (writer, value) => {
		writer.raw(value);
	},
	read: reader => reader.skip().slice(),
};
