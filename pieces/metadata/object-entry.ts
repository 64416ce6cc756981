/** What the tree says of one version of an object. */
import {
	bytes,
	bytesBetween,
	type Codec,
	decode,
	encode,
	nullable,
	text,
	uint,
	variant,
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {CONTENT_TYPE_BYTES_MAX, INLINE_BYTES_MAX, REFERENCE_BYTES_MAX, VALUE_BYTES_MAX} from './limits.ts';

export type ObjectContent =
	/** The bytes themselves. */
	| {readonly kind: 'inline'; readonly bytes: Uint8Array}
	/** `size` bytes from `offset` on of the pack of that id. */
	| {readonly kind: 'packed'; readonly pack: Hash32; readonly offset: number}
	/**
	 * Found and opened with a manifest. `depth` 0: `reference` is the manifest. 1: it is the manifest of an object that is
	 * the manifest, and so on.
	 */
	| {readonly kind: 'stored'; readonly depth: number; readonly reference: Uint8Array};

export type ObjectEntry =
	| {
			readonly kind: 'object';
			readonly size: number;
			/** 32 bytes. */
			readonly sha256: Uint8Array;
			readonly contentType: string | null;
			/** Milliseconds since 1970, as the writer's clock had it. Orders nothing. */
			readonly modifiedMs: number;
			readonly content: ObjectContent;
	  }
	/** From this version on there is no such object. */
	| {readonly kind: 'delete-marker'; readonly modifiedMs: number};

export const REFERENCE_DEPTH_MAX = 3;

const contentCodec: Codec<ObjectContent> = variant({
	inline: [0, {bytes: bytesBetween(0, INLINE_BYTES_MAX)}],
	packed: [1, {pack: bytes<Hash32>(32), offset: uint()}],
	stored: [2, {depth: uint(REFERENCE_DEPTH_MAX), reference: bytesBetween(1, REFERENCE_BYTES_MAX)}],
});

const entryCodec: Codec<ObjectEntry> = variant({
	object: [
		0,
		{
			size: uint(),
			sha256: bytes(32),
			contentType: nullable(text(CONTENT_TYPE_BYTES_MAX)),
			modifiedMs: uint(),
			content: contentCodec,
		},
	],
	'delete-marker': [1, {modifiedMs: uint()}],
});

export type ObjectEntryError =
	| CborFailure
	| {readonly code: 'OBJECT_ENTRY_TOO_LONG'; readonly length: number}
	/** The bytes in the entry are not as many as it says. */
	| {readonly code: 'OBJECT_ENTRY_INCONSISTENT'; readonly size: number; readonly length: number};

const check = (entry: ObjectEntry): Result<ObjectEntry, ObjectEntryError> => {
	if (entry.kind === 'delete-marker' || entry.content.kind !== 'inline') return ok(entry);
	const {length} = entry.content.bytes;
	return length === entry.size
		? ok(entry)
		: err({code: 'OBJECT_ENTRY_INCONSISTENT', size: entry.size, length});
};

/** Canonical CBOR. Lengths must be within their bounds. */
export const encodeObjectEntry = (entry: ObjectEntry): Uint8Array => encode(entryCodec, entry);

export const decodeObjectEntry = (value: Uint8Array): Result<ObjectEntry, ObjectEntryError> => {
	if (value.length > VALUE_BYTES_MAX) return err({code: 'OBJECT_ENTRY_TOO_LONG', length: value.length});
	const decoded = decode(entryCodec, value);
	return decoded.ok ? check(decoded.value) : decoded;
};
