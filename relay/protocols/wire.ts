/** The forms that several mini-protocols share on the wire. Cardano's bytes need not be canonical. */
import {type Codec, decodeWith} from '#kernel/cbor/codec';
import {type CborReader, INDEFINITE} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import type {HeaderHash} from '#kernel/hash';
import type {Point, Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import type {Message, MessageCodec} from './protocol.ts';

/** A CBOR list with the form it had or is to have on the wire: `9f … ff` or with its length in front. */
export type WireList<T> = {readonly items: readonly T[]; readonly form: 'definite' | 'indefinite'};

export const definiteList = <T>(items: readonly T[]): WireList<T> => ({items, form: 'definite'});
export const indefiniteList = <T>(items: readonly T[]): WireList<T> => ({items, form: 'indefinite'});

export const wireList = <T>(codec: Codec<T>, max: number): Codec<WireList<T>> => ({
	write: (writer, {items, form}) => {
		if (form === 'definite') writer.array(items.length);
		else writer.arrayIndefinite();
		for (const item of items) codec.write(writer, item);
		if (form === 'indefinite') writer.break();
	},
	read: reader => {
		const at = reader.position;
		const length = reader.array(max);
		const items: T[] = [];
		while (length === INDEFINITE ? !reader.break() : items.length < length) {
			if (items.length === max) reader.stop('CBOR_TOO_LONG', at);
			items.push(codec.read(reader));
		}
		return {items, form: length === INDEFINITE ? 'indefinite' : 'definite'};
	},
});

/** Bytes as a view of the message, which is a copy of its own already. */
export const viewBetween = (min: number, max: number): Codec<Uint8Array> => ({
	write: (writer, value) => {
		writer.bytes(value);
	},
	read: reader => reader.bytesOf(min, max),
});

/** `[]` or `[slot, hash]`. `hashBytesMin` below 32 reads the shortened hashes of test vectors. */
export const pointCodec = (hashBytesMin: number): Codec<Point> => ({
	write: (writer, point) => {
		if (point === 'origin') writer.array(0);
		else writer.array(2).uint(point.slot).bytes(point.hash);
	},
	read: reader => {
		const at = reader.position;
		const length = reader.array();
		if (length === 0) return 'origin';
		if (length !== 2) reader.stop('CBOR_WRONG_LENGTH', at);
		return {slot: Slot(reader.uint()), hash: reader.bytesOf(hashBytesMin, 32).slice() as HeaderHash};
	},
});

/** `[point, blockNo]`; the tip of an empty chain is `[[], 0]`. */
export const tipCodec = (point: Codec<Point>): Codec<Tip> => ({
	write: (writer, tip) => {
		writer.array(2);
		point.write(writer, tip);
		writer.uint(tip === 'origin' ? 0 : tip.blockNo);
	},
	read: reader => {
		reader.arrayOf(2);
		const at = reader.position;
		const place = point.read(reader);
		const blockNo = reader.uint();
		if (place !== 'origin') return {...place, blockNo: BlockNo(blockNo)};
		if (blockNo !== 0) reader.stop('CBOR_OUT_OF_RANGE', at);
		return 'origin';
	},
});

/** Something of one of Cardano's eras. Era 0 is Byron, whose forms are kept whole as they came. */
export type OfEra = {readonly era: number; readonly bytes: Uint8Array};

const ERA_MAX = 255;

/** `[era, content]`; content of era 0 is any item, later ones are what `content` says. */
const ofEra = (content: Codec<Uint8Array>): Codec<OfEra> => ({
	write: (writer, {era, bytes}) => {
		writer.array(2).uint(era);
		if (era === 0) writer.raw(bytes);
		else content.write(writer, bytes);
	},
	read: reader => {
		reader.arrayOf(2);
		const era = reader.uint(ERA_MAX);
		return {era, bytes: era === 0 ? reader.skip() : content.read(reader)};
	},
});

/** CBOR in CBOR: `24(bytes)`. */
export const embedded: Codec<Uint8Array> = {
	write: (writer, bytes) => {
		writer.tag(24).bytes(bytes);
	},
	read: reader => {
		reader.tag(24);
		return reader.bytesOf(0, Number.MAX_SAFE_INTEGER);
	},
};

/** A header on chain-sync and a transaction on tx-submission: `[era, 24(bytes)]`. */
export const embeddedOfEra: Codec<OfEra> = ofEra(embedded);

/** A transaction's id: `[era, bytes32]`. */
export const txIdOfEra: Codec<OfEra> = ofEra(viewBetween(32, 32));

const CARDANO = {canonical: false} as const;

/** A whole message from a field codec. */
export const messageCodec = <M extends Message>(codec: Codec<M>): MessageCodec<M> => ({
	encode: message => {
		const writer = new CborWriter();
		codec.write(writer, message);
		return writer.finish();
	},
	decode: bytes => decodeWith(bytes, (reader: CborReader) => codec.read(reader), CARDANO),
});

/** Any one item as it came, as a view. */
export const rawItem: Codec<Uint8Array> = {
	write: (writer, bytes) => {
		writer.raw(bytes);
	},
	read: reader => reader.skip(),
};
