/**
 * Which objects a grant is about, without saying so to whoever checks it. A name is cut at its slashes, and each part
 * becomes a tag that only those can work out who hold the key of the folder it is in. Tags of a folder's objects begin
 * with the folder's own, so that a provider can tell inside from outside and nothing else.
 */

import type {Hasher} from '#crypto/crypto';
import {hkdfSha256} from '#crypto/hkdf';
import {assert} from '#kernel/assert';
import {concat, equalBytes} from '#kernel/bytes';
import {bytes, type Codec, list, nullable, record} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';

export type Scope = {
	/** As the chain calls it; null: all that the account has, and then the path is empty. */
	readonly bucket: Hash32 | null;
	/** Tags of 16 bytes; none: all of the bucket. */
	readonly path: readonly Uint8Array[];
};

export const TAG_BYTES = 16;
/** What of a name is cut further down than this is one part. */
export const PATH_TAGS_MAX = 16;

export const WHOLE_ACCOUNT: Scope = {bucket: null, path: []};

const pathCodec: Codec<readonly Uint8Array[]> = list(bytes(TAG_BYTES), PATH_TAGS_MAX);
export const scopeCodec: Codec<Scope> = record({bucket: nullable(bytes<Hash32>(32)), path: pathCodec});

/** Whether all that `inner` is about is also what `outer` is about. */
export const isWithinScope = (inner: Scope, outer: Scope): boolean => {
	if (outer.bucket === null) return outer.path.length === 0;
	return (
		inner.bucket !== null &&
		equalBytes(inner.bucket, outer.bucket) &&
		outer.path.every((tag, at) => {
			const own = inner.path[at];
			return own !== undefined && equalBytes(own, tag);
		})
	);
};

const FOLDER = encodeUtf8('dcloud/access/folder/v1');
const OBJECT = encodeUtf8('dcloud/access/object/v1');
const BUCKET = encodeUtf8('dcloud/access/bucket/v1');
const TAG = encodeUtf8('dcloud/access/tag/v1');
const NO_SALT = new Uint8Array(0);
const SLASH = 0x2f;

/** Of a bucket's names; from its owner's metadata key (32 bytes). */
export const bucketPathKey = (metadataKey: Uint8Array, bucket: Hash32): Uint8Array =>
	hkdfSha256(metadataKey, bucket, BUCKET, 32);

/** A part of a name below a folder of that key. */
const partKey = (key: Uint8Array, kind: Uint8Array, part: Uint8Array): Uint8Array =>
	hkdfSha256(key, NO_SALT, concat(kind, part), 32);

const tagOf = (hasher: Pick<Hasher, 'blake2b256'>, key: Uint8Array): Uint8Array =>
	hasher.blake2b256(TAG, key).slice(0, TAG_BYTES);

/** The folders of a name, and what stands after the last slash that is cut at. */
const partsOf = (name: Uint8Array): {readonly folders: readonly Uint8Array[]; readonly last: Uint8Array} => {
	const folders: Uint8Array[] = [];
	let from = 0;
	for (let at = 0; at < name.length && folders.length < PATH_TAGS_MAX - 1; at++) {
		if (name[at] !== SLASH) continue;
		folders.push(name.subarray(from, at));
		from = at + 1;
	}
	return {folders, last: name.subarray(from)};
};

type PathKeys = {readonly tags: readonly Uint8Array[]; readonly key: Uint8Array};

const down = (
	hasher: Pick<Hasher, 'blake2b256'>,
	key: Uint8Array,
	folders: readonly Uint8Array[],
): PathKeys => {
	const tags: Uint8Array[] = [];
	let own = key;
	for (const folder of folders) {
		own = partKey(own, FOLDER, folder);
		tags.push(tagOf(hasher, own));
	}
	return {tags, key: own};
};

/** The tags of an object. `key`: of the bucket, or of a folder when `name` is what follows the folder's slash. */
export const objectTags = (
	hasher: Pick<Hasher, 'blake2b256'>,
	key: Uint8Array,
	name: Uint8Array,
): readonly Uint8Array[] => {
	const {folders, last} = partsOf(name);
	const {tags, key: folder} = down(hasher, key, folders);
	return [...tags, tagOf(hasher, partKey(folder, OBJECT, last))];
};

/**
 * The tags of a folder, and the key below it, with which the tags of everything in it can be worked out. `prefix` is empty
 * or ends with a slash. Undefined when it is deeper than paths are cut.
 */
export const folderTags = (
	hasher: Pick<Hasher, 'blake2b256'>,
	key: Uint8Array,
	prefix: Uint8Array,
): PathKeys | undefined => {
	assert(prefix.length === 0 || prefix.at(-1) === SLASH, 'a folder ends with a slash');
	const {folders, last} = partsOf(prefix);
	return last.length === 0 ? down(hasher, key, folders) : undefined;
};
