/** Plutus data and its CBOR, as the ledger writes it (plutus-core, `PlutusCore.Data`; CDDL `plutus_data`). */
import {bigFromBytes, concat} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {ARRAY, BYTES, type CborReader, INDEFINITE, MAP, NEGATIVE, TAG, UNSIGNED} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import type {Result} from '#kernel/result';

export type PlutusData =
	| {readonly kind: 'constructor'; readonly tag: number; readonly fields: readonly PlutusData[]}
	| {readonly kind: 'map'; readonly pairs: readonly (readonly [PlutusData, PlutusData])[]}
	| {readonly kind: 'list'; readonly items: readonly PlutusData[]}
	| {readonly kind: 'integer'; readonly value: bigint}
	| {readonly kind: 'bytes'; readonly bytes: Uint8Array};

export const dataConstructor = (tag: number, ...fields: readonly PlutusData[]): PlutusData => ({
	kind: 'constructor',
	tag,
	fields,
});
export const dataInteger = (value: bigint | number): PlutusData => ({kind: 'integer', value: BigInt(value)});
export const dataBytes = (bytes: Uint8Array): PlutusData => ({kind: 'bytes', bytes});
export const dataList = (items: readonly PlutusData[]): PlutusData => ({kind: 'list', items});

/** Longer byte strings are cut into chunks of this many bytes. */
const CHUNK_LENGTH = 64;
const DEPTH_MAX = 32;
const ITEMS_MAX = 20_000;

const writeBytes = (writer: CborWriter, bytes: Uint8Array): CborWriter => {
	if (bytes.length <= CHUNK_LENGTH) return writer.bytes(bytes);
	writer.raw(Uint8Array.of(0x5f));
	for (let at = 0; at < bytes.length; at += CHUNK_LENGTH) writer.bytes(bytes.subarray(at, at + CHUNK_LENGTH));
	return writer.break();
};

const writeList = (writer: CborWriter, items: readonly PlutusData[]): CborWriter => {
	if (items.length === 0) return writer.array(0);
	writer.arrayIndefinite();
	for (const item of items) write(writer, item);
	return writer.break();
};

const magnitude = (value: bigint): Uint8Array => {
	const length = Math.ceil(value.toString(16).length / 2);
	return Uint8Array.from({length}, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
};

const writeInteger = (writer: CborWriter, value: bigint): CborWriter => {
	const rest = value < 0n ? -1n - value : value;
	if (rest >= 2n ** 64n) return writeBytes(writer.tag(value < 0n ? 3 : 2), magnitude(rest));
	if (value >= 0n) return writer.uint(value);
	// Major type 1 has the head of the unsigned integer -1 - value.
	const head = new CborWriter().uint(rest).finish();
	return writer.raw(Uint8Array.of((head[0] as number) | 0x20)).raw(head.subarray(1));
};

const writeTag = (writer: CborWriter, tag: number): CborWriter => {
	if (tag < 7) return writer.tag(121 + tag);
	if (tag < 128) return writer.tag(1280 + tag - 7);
	return writer.tag(102).array(2).uint(tag);
};

const writePairs = (
	writer: CborWriter,
	pairs: readonly (readonly [PlutusData, PlutusData])[],
): CborWriter => {
	writer.map(pairs.length);
	for (const [key, value] of pairs) write(write(writer, key), value);
	return writer;
};

const write = (writer: CborWriter, data: PlutusData): CborWriter => {
	switch (data.kind) {
		case 'constructor':
			return writeList(writeTag(writer, data.tag), data.fields);
		case 'map':
			return writePairs(writer, data.pairs);
		case 'list':
			return writeList(writer, data.items);
		case 'integer':
			return writeInteger(writer, data.value);
		case 'bytes':
			return writeBytes(writer, data.bytes);
	}
};

export const encodePlutusData = (data: PlutusData): Uint8Array => write(new CborWriter(), data).finish();

class DataReader {
	readonly #reader: CborReader;
	#items = 0;

	constructor(reader: CborReader) {
		this.#reader = reader;
	}

	read(depth: number): PlutusData {
		const reader = this.#reader;
		const at = reader.position;
		if (depth > DEPTH_MAX) reader.stop('CBOR_TOO_DEEP');
		if (++this.#items > ITEMS_MAX) reader.stop('CBOR_TOO_LONG');
		switch (reader.peekMajor()) {
			case UNSIGNED:
				return dataInteger(reader.uintBig());
			case NEGATIVE:
				return dataInteger(this.#negative());
			case BYTES:
				return dataBytes(this.#bytes());
			case ARRAY:
				return dataList(this.#list(depth));
			case MAP:
				return {kind: 'map', pairs: this.#pairs(depth)};
			case TAG:
				return this.#tagged(depth);
			default:
				return reader.stop('CBOR_WRONG_TYPE', at);
		}
	}

	/** The kernel's reader has safe integers below zero only; this one goes down to -2^64. */
	#negative(): bigint {
		const item = this.#reader.skip();
		const short = (item[0] as number) & 31;
		return -1n - (short < 24 ? BigInt(short) : bigFromBytes(item.subarray(1)));
	}

	#bytes(): Uint8Array {
		const reader = this.#reader;
		if (reader.bytes[reader.position] !== 0x5f) return reader.bytesOf(0, reader.end).slice();
		reader.position++;
		const chunks: Uint8Array[] = [];
		while (!reader.break()) chunks.push(reader.bytesOf(0, reader.end));
		return concat(...chunks);
	}

	#list(depth: number): PlutusData[] {
		const length = this.#reader.array(ITEMS_MAX);
		const items: PlutusData[] = [];
		while (length === INDEFINITE ? !this.#reader.break() : items.length < length)
			items.push(this.read(depth + 1));
		return items;
	}

	#pairs(depth: number): (readonly [PlutusData, PlutusData])[] {
		const length = this.#reader.map(ITEMS_MAX);
		const pairs: (readonly [PlutusData, PlutusData])[] = [];
		while (length === INDEFINITE ? !this.#reader.break() : pairs.length < length)
			pairs.push([this.read(depth + 1), this.read(depth + 1)]);
		return pairs;
	}

	#tagged(depth: number): PlutusData {
		const reader = this.#reader;
		const at = reader.position;
		const tag = this.#tag();
		if (tag >= 121 && tag < 128) return dataConstructor(tag - 121, ...this.#list(depth));
		if (tag >= 1280 && tag < 1401) return dataConstructor(tag - 1280 + 7, ...this.#list(depth));
		if (tag === 102) {
			reader.arrayOf(2);
			const number = reader.uint();
			return dataConstructor(number, ...this.#list(depth));
		}
		if (tag !== 2 && tag !== 3) return reader.stop('CBOR_WRONG_TYPE', at);
		const value = bigFromBytes(this.#bytes());
		return dataInteger(tag === 2 ? value : -1n - value);
	}

	/** The number of the tag that is next. */
	#tag(): number {
		const reader = this.#reader;
		const head = (reader.bytes[reader.position] as number) & 31;
		const length = head < 24 ? 0 : 1 << (head - 24);
		if (head > 25) reader.stop('CBOR_WRONG_TYPE');
		if (reader.position + 1 + length > reader.end) reader.stop('CBOR_TRUNCATED');
		const argument = reader.bytes.subarray(reader.position + 1, reader.position + 1 + length);
		reader.position += 1 + length;
		return length === 0 ? head : Number(bigFromBytes(argument));
	}
}

/** Any well-formed encoding of Plutus data: the ledger keeps what a transaction sent. */
export const decodePlutusData = (bytes: Uint8Array): Result<PlutusData, CborFailure> =>
	decodeWith(bytes, reader => new DataReader(reader).read(0), {canonical: false});
