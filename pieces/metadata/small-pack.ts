/** Where a pack of small objects is: many of them stored together as one file, each found by its offset. */
import {bytesBetween, type Codec, decode, encode, record, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Result} from '#kernel/result';
import {Cursor} from './cursor.ts';
import {REFERENCE_BYTES_MAX} from './limits.ts';
import {REFERENCE_DEPTH_MAX} from './object-entry.ts';
import {compareKeys, packKey} from './tree-key.ts';
import {type MetadataError, orStop, settled, type Tree, type TreeRoot, type Walk} from './walk.ts';

export type SmallPack = {
	/** Of all its objects, in bytes. */
	readonly size: number;
	/** As in the entry of an object that is stored by itself. */
	readonly depth: number;
	readonly reference: Uint8Array;
};

const smallPackCodec: Codec<SmallPack> = record({
	size: uint(),
	depth: uint(REFERENCE_DEPTH_MAX),
	reference: bytesBetween(1, REFERENCE_BYTES_MAX),
});

export const encodeSmallPack = (pack: SmallPack): Uint8Array => encode(smallPackCodec, pack);
export const decodeSmallPack = (value: Uint8Array): Result<SmallPack, CborFailure> =>
	decode(smallPackCodec, value);

function* get(tree: Tree, root: TreeRoot, id: Uint8Array): Walk<SmallPack | undefined> {
	const key = packKey(id);
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(key);
	const {entry} = cursor;
	return entry === undefined || compareKeys(entry.key, key) !== 0
		? undefined
		: orStop(decodeSmallPack(entry.value));
}

/** The pack of that id; undefined when the bucket has none. */
export const getSmallPack = (
	tree: Tree,
	root: TreeRoot,
	id: Uint8Array,
): Walk<Result<SmallPack | undefined, MetadataError>> => settled(get(tree, root, id));
