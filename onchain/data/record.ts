/** One definition of a datum or redeemer: its codec here, its schema for CIP-57, its field order for validators. */
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	dataList,
	decodePlutusData,
	encodePlutusData,
	type PlutusData,
} from '../cardano/plutus-data.ts';

export type DatumFailure =
	| {readonly code: 'DATUM_WRONG_SHAPE'; readonly datum: string; readonly field?: string}
	| {readonly code: 'DATUM_NOT_PLUTUS_DATA'; readonly datum: string; readonly cbor: CborFailure};

/** `data` is any Plutus data; `integers` is a list of them. */
export type FieldKind = 'integer' | 'bytes' | 'list' | 'integers' | 'data';

export type Field<T> = {
	readonly kind: FieldKind;
	to(value: T): PlutusData;
	/** undefined when the data is not such a value. */
	from(data: PlutusData): T | undefined;
};

export type DatumRecord<T> = {
	readonly title: string;
	readonly tag: number;
	readonly fields: {readonly [Name in keyof T]-?: Field<T[Name]>};
	/** In order. */
	readonly names: readonly (keyof T & string)[];
	toData(value: T): PlutusData;
	fromData(data: PlutusData): Result<T, DatumFailure>;
	encode(value: T): Uint8Array;
	decode(bytes: Uint8Array): Result<T, DatumFailure>;
};

export const bytesField = <T extends Uint8Array = Uint8Array>(min: number, max: number = min): Field<T> => ({
	kind: 'bytes',
	to: dataBytes,
	from: data =>
		data.kind === 'bytes' && data.bytes.length >= min && data.bytes.length <= max
			? (data.bytes as T)
			: undefined,
});

/** An amount or number in [0, 2^64). */
export const u64Field = <T extends bigint = bigint>(): Field<T> => ({
	kind: 'integer',
	to: dataInteger,
	from: data =>
		data.kind === 'integer' && data.value >= 0n && data.value < 2n ** 64n ? (data.value as T) : undefined,
});

/** A count in [0, max], as a number. */
export const countField = (max: number = Number.MAX_SAFE_INTEGER): Field<number> => ({
	kind: 'integer',
	to: dataInteger,
	from: data =>
		data.kind === 'integer' && data.value >= 0n && data.value <= BigInt(max) ? Number(data.value) : undefined,
});

export const bytesListField = (lengthMax: number): Field<readonly Uint8Array[]> => ({
	kind: 'list',
	to: values => dataList(values.map(dataBytes)),
	from: data => {
		if (data.kind !== 'list' || data.items.length > lengthMax) return undefined;
		const values: Uint8Array[] = [];
		for (const item of data.items) {
			if (item.kind !== 'bytes') return undefined;
			values.push(item.bytes);
		}
		return values;
	},
});

/** Data that is carried and compared whole. */
export const dataField = (): Field<PlutusData> => ({kind: 'data', to: value => value, from: data => data});

/** Exactly `length` numbers in [0, 2^64). */
export const integersField = (length: number): Field<readonly bigint[]> => ({
	kind: 'integers',
	to: values => dataList(values.map(dataInteger)),
	from: data => {
		if (data.kind !== 'list' || data.items.length !== length) return undefined;
		const values: bigint[] = [];
		for (const item of data.items) {
			if (item.kind !== 'integer' || item.value < 0n || item.value >= 2n ** 64n) return undefined;
			values.push(item.value);
		}
		return values;
	},
});

/** Constructor `tag` with exactly these fields, in this order. */
export const datumRecord = <T>(
	title: string,
	tag: number,
	fields: {readonly [Name in keyof T]-?: Field<T[Name]>},
): DatumRecord<T> => {
	const names = Object.keys(fields) as (keyof T & string)[];
	const toData = (value: T): PlutusData =>
		dataConstructor(tag, ...names.map(name => fields[name].to(value[name])));
	const fromData = (data: PlutusData): Result<T, DatumFailure> => {
		if (data.kind !== 'constructor' || data.tag !== tag || data.fields.length !== names.length)
			return err({code: 'DATUM_WRONG_SHAPE', datum: title});
		const value: Partial<T> = {};
		for (const [index, name] of names.entries()) {
			const field = fields[name].from(data.fields[index] as PlutusData);
			if (field === undefined) return err({code: 'DATUM_WRONG_SHAPE', datum: title, field: name});
			value[name] = field;
		}
		return ok(value as T);
	};
	return {
		title,
		tag,
		fields,
		names,
		toData,
		fromData,
		encode: value => encodePlutusData(toData(value)),
		decode: bytes => {
			const data = decodePlutusData(bytes);
			return data.ok
				? fromData(data.value)
				: err({code: 'DATUM_NOT_PLUTUS_DATA', datum: title, cbor: data.error});
		},
	};
};
