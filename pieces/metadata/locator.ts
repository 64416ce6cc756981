/**
 * What the head of a bucket leads to: one sealed piece that says what the bucket is called, which root its tree has and
 * where its nodes are. Few or new nodes stand in it; the others are in packs, which are stored as files are.
 */
import type {Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';
import {concat, u32be} from '#kernel/bytes';
import {
	bool,
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
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from '../manifest/sealed-box.ts';
import {SEALED_NODE_BYTES_MAX} from './sealed-node.ts';

/** Where a node stands in a pack, in bytes. */
export type PackedNode = {readonly address: Hash32; readonly offset: number; readonly length: number};

export type NodePack = {
	/** The manifest of the pack. */
	readonly reference: Uint8Array;
	/** Those that the tree still has. */
	readonly nodes: readonly PackedNode[];
};

export type Locator = {
	readonly version: number;
	readonly bucketName: string;
	/** Whether older versions of an object stay when it is written. */
	readonly keepVersions: boolean;
	readonly root: Hash32 | null;
	/** Sealed nodes that are in no pack. */
	readonly nodes: readonly Uint8Array[];
	readonly packs: readonly NodePack[];
};

export type LocatorError =
	| CborFailure
	| {readonly code: 'LOCATOR_MALFORMED'; readonly length: number}
	| {readonly code: 'LOCATOR_SEAL_BROKEN'}
	| {readonly code: 'LOCATOR_VERSION_UNKNOWN'; readonly version: number};

export const LOCATOR_VERSION = 1;
export const LOCATOR_BYTES_MAX: number = 8 * 2 ** 20;
export const PACKS_MAX = 64;
/** Pieces are as long as a whole number of leaves, so that their length tells little. */
const PADDING_BYTES = 1024;
const LENGTH_BYTES = 4;
const DOMAIN = encodeUtf8('dcloud/metadata/locator/v1');

const locatorCodec: Codec<Locator> = record({
	version: uint(),
	bucketName: text(63),
	keepVersions: bool,
	root: nullable(bytes<Hash32>(32)),
	nodes: list(bytesBetween(1, SEALED_NODE_BYTES_MAX), 65_536),
	packs: list(
		record({
			reference: bytesBetween(1, 65_536),
			nodes: list(
				record({address: bytes<Hash32>(32), offset: uint(), length: uint(SEALED_NODE_BYTES_MAX)}),
				131_072,
			),
		}),
		PACKS_MAX,
	),
});

/** length (4) | nonce (12) | AES-256-GCM | zeros. `key` 32 bytes, `nonce` 12 fresh random bytes. */
export const sealLocator = (
	aead: Aead,
	{key, nonce}: {readonly key: Uint8Array; readonly nonce: Uint8Array},
	locator: Locator,
): Uint8Array => {
	const box = sealBox(aead, {key, domain: DOMAIN, nonce}, encode(locatorCodec, locator));
	const length = Math.ceil((LENGTH_BYTES + box.length) / PADDING_BYTES) * PADDING_BYTES;
	assert(length <= LOCATOR_BYTES_MAX, 'nodes go into packs before a locator is too long');
	const piece = new Uint8Array(length);
	piece.set(concat(u32be(box.length), box));
	return piece;
};

/** A piece from anywhere. */
export const openLocator = (
	aead: Aead,
	key: Uint8Array,
	piece: Uint8Array,
): Result<Locator, LocatorError> => {
	const malformed = err({code: 'LOCATOR_MALFORMED', length: piece.length});
	if (piece.length < LENGTH_BYTES + BOX_OVERHEAD_BYTES || piece.length > LOCATOR_BYTES_MAX) return malformed;
	const length = new DataView(piece.buffer, piece.byteOffset).getUint32(0);
	const end = LENGTH_BYTES + length;
	if (end > piece.length || piece.length - end >= PADDING_BYTES) return malformed;
	if (piece.subarray(end).some(byte => byte !== 0)) return malformed;
	const opened = openBox(aead, {key, domain: DOMAIN}, piece.subarray(LENGTH_BYTES, end));
	if (opened === undefined) return err({code: 'LOCATOR_SEAL_BROKEN'});
	const decoded = decode(locatorCodec, opened);
	if (!decoded.ok || decoded.value.version === LOCATOR_VERSION) return decoded;
	return err({code: 'LOCATOR_VERSION_UNKNOWN', version: decoded.value.version});
};
