/**
 * What a share opens: the names of its objects, and what each is found and opened with. Sealed, and stored as a piece of
 * its owner, or carried by a share file.
 */
import type {Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';
import {concat, u32be} from '#kernel/bytes';
import {
	bytes,
	bytesBetween,
	type Codec,
	decode,
	encode,
	list,
	nullable,
	record,
	text,
	uint,
	variant,
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {MANIFEST_BYTES_MAX} from '#pieces/manifest/manifest';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from '#pieces/manifest/sealed-box';
import {parseBucketName} from '#pieces/metadata/bucket-name';
import {PLACEMENT_BYTES_MAX} from './placement.ts';

export type SharedContent =
	| {readonly kind: 'inline'; readonly bytes: Uint8Array}
	| {
			readonly kind: 'stored';
			/** Of the object; its file key is wrapped under the share's. */
			readonly manifest: Uint8Array;
			/** The owner's word on the manifest's pieces, in their order. */
			readonly placement: Uint8Array;
	  };

export type SharedObject = {
	/** All of it, in bytes. */
	readonly name: Uint8Array;
	readonly size: number;
	/** 32 bytes. */
	readonly sha256: Uint8Array;
	readonly contentType: string | null;
	readonly modifiedMs: number;
	readonly content: SharedContent;
};

export type ShareRecord = {
	readonly version: number;
	readonly bucketName: string;
	/** An object's whole name, or what all names begin with: then it is empty or ends with a slash. */
	readonly name: Uint8Array;
	readonly isFolder: boolean;
	/** The key that the tags of the folder's objects follow from; null with a single object. */
	readonly pathKey: Uint8Array | null;
	/** By name. */
	readonly objects: readonly SharedObject[];
};

export const SHARE_RECORD_VERSION = 1;
export const SHARED_OBJECTS_MAX = 10_000;
/** As long as a piece that is stored in copies may be. */
export const SHARE_RECORD_BYTES_MAX: number = 8 * 2 ** 20;
const NAME_BYTES_MAX = 1024;
/** An object that stands in no piece of its own. */
export const INLINE_BYTES_MAX = 262_144;
const PADDING_BYTES = 1024;
const LENGTH_BYTES = 4;
const DOMAIN = encodeUtf8('dcloud/share-record/v1');

const recordCodec: Codec<ShareRecord> = record({
	version: uint(),
	bucketName: text(63),
	name: bytesBetween(0, NAME_BYTES_MAX),
	isFolder: {write: (writer, value) => writer.bool(value), read: reader => reader.bool()} as Codec<boolean>,
	pathKey: nullable(bytes(32)),
	objects: list(
		record({
			name: bytesBetween(1, NAME_BYTES_MAX),
			size: uint(),
			sha256: bytes(32),
			contentType: nullable(text(128)),
			modifiedMs: uint(),
			content: variant({
				inline: [0, {bytes: bytesBetween(0, INLINE_BYTES_MAX)}],
				stored: [
					1,
					{
						manifest: bytesBetween(1, MANIFEST_BYTES_MAX),
						placement: bytesBetween(1, PLACEMENT_BYTES_MAX),
					},
				],
			}),
		}),
		SHARED_OBJECTS_MAX,
	),
});

export type ShareRecordError =
	| CborFailure
	| {readonly code: 'SHARE_RECORD_MALFORMED'; readonly length: number}
	/** Such as the name of a bucket that leads to another folder, or an object that is longer than it says. */
	| {readonly code: 'SHARE_RECORD_INCONSISTENT'}
	| {readonly code: 'SHARE_RECORD_SEAL_BROKEN'}
	| {readonly code: 'SHARE_RECORD_VERSION_UNKNOWN'; readonly version: number};

/**
 * length (4) | nonce (12) | AES-256-GCM | zeros up to a whole KiB. `key` 32 bytes, `nonce` 12 fresh random bytes. Undefined
 * when it would be longer than records are.
 */
export const sealShareRecord = (
	aead: Aead,
	{key, nonce}: {readonly key: Uint8Array; readonly nonce: Uint8Array},
	content: ShareRecord,
): Uint8Array | undefined => {
	assert(content.objects.length <= SHARED_OBJECTS_MAX, 'a record has so many objects and no more');
	const encoded = encode(recordCodec, content);
	const length =
		Math.ceil((LENGTH_BYTES + BOX_OVERHEAD_BYTES + encoded.length) / PADDING_BYTES) * PADDING_BYTES;
	if (length > SHARE_RECORD_BYTES_MAX) return undefined;
	const box = sealBox(aead, {key, domain: DOMAIN, nonce}, encoded);
	const piece = new Uint8Array(length);
	piece.set(concat(u32be(box.length), box));
	return piece;
};

const isConsistent = ({bucketName, objects}: ShareRecord): boolean =>
	parseBucketName(bucketName).ok &&
	objects.every(({size, content}) => content.kind === 'stored' || content.bytes.length === size);

/** A piece from anywhere. */
export const openShareRecord = (
	aead: Aead,
	key: Uint8Array,
	piece: Uint8Array,
): Result<ShareRecord, ShareRecordError> => {
	const malformed = err({code: 'SHARE_RECORD_MALFORMED', length: piece.length} as const);
	if (piece.length < LENGTH_BYTES + BOX_OVERHEAD_BYTES || piece.length > SHARE_RECORD_BYTES_MAX)
		return malformed;
	const end = LENGTH_BYTES + new DataView(piece.buffer, piece.byteOffset).getUint32(0);
	if (end > piece.length || piece.length - end >= PADDING_BYTES) return malformed;
	if (piece.subarray(end).some(byte => byte !== 0)) return malformed;
	const opened = openBox(aead, {key, domain: DOMAIN}, piece.subarray(LENGTH_BYTES, end));
	if (opened === undefined) return err({code: 'SHARE_RECORD_SEAL_BROKEN'});
	const decoded = decode(recordCodec, opened);
	if (!decoded.ok) return decoded;
	const {version} = decoded.value;
	if (version !== SHARE_RECORD_VERSION) return err({code: 'SHARE_RECORD_VERSION_UNKNOWN', version});
	return isConsistent(decoded.value) ? decoded : err({code: 'SHARE_RECORD_INCONSISTENT'});
};
