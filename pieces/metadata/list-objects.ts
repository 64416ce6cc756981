/** Listings with the meaning that S3's have: names byte by byte, groups by a delimiter, pages. */
import {concat, equalBytes} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import {Cursor} from './cursor.ts';
import {LIST_LIMIT_MAX} from './limits.ts';
import {type ObjectVersion, versionOfItem} from './objects.ts';
import {firstOf, type TreeKey} from './tree-key.ts';
import type {TreeItem} from './tree-node.ts';
import {type MetadataError, settled, stopWalk, type Tree, type TreeRoot, type Walk} from './walk.ts';

export type ListOptions = {
	/** Only names that begin so. */
	readonly prefix?: Uint8Array;
	/** Names that have it after the prefix are listed as one group, up to and with it. Not empty. */
	readonly delimiter?: Uint8Array;
	/** Only names after this one. */
	readonly startAfter?: Uint8Array;
	/** What the page before said in `next`. */
	readonly from?: Uint8Array;
	/** Objects and groups in one page, at most 10,000. */
	readonly limit: number;
};

export type Listing = {
	readonly objects: readonly ObjectVersion[];
	/** Groups of names, each once, by what they begin with. */
	readonly commonPrefixes: readonly Uint8Array[];
	/** Where the next page begins; null when this is the last one. */
	readonly next: Uint8Array | null;
};

const NOTHING = new Uint8Array(0);

const startsWith = (path: Uint8Array, prefix: Uint8Array): boolean =>
	path.length >= prefix.length && equalBytes(path.subarray(0, prefix.length), prefix);

/** The least bytes after `path`. */
const following = (path: Uint8Array): Uint8Array => concat(path, Uint8Array.of(0));

/** The least bytes after all that begin with `prefix`; undefined when there are none. */
const afterPrefix = (prefix: Uint8Array): Uint8Array | undefined => {
	let length = prefix.length;
	while (length > 0 && prefix[length - 1] === 0xff) length--;
	if (length === 0) return undefined;
	const after = prefix.slice(0, length);
	after[length - 1] = (after[length - 1] as number) + 1;
	return after;
};

const indexOf = (bytes: Uint8Array, wanted: Uint8Array, from: number): number => {
	for (let at = from; at + wanted.length <= bytes.length; at++)
		if (equalBytes(bytes.subarray(at, at + wanted.length), wanted)) return at;
	return -1;
};

/** What a name is grouped under, if it is. */
const groupOf = (
	path: Uint8Array,
	prefix: Uint8Array,
	delimiter: Uint8Array | undefined,
): Uint8Array | undefined => {
	if (delimiter === undefined || delimiter.length === 0) return undefined;
	const at = indexOf(path, delimiter, prefix.length);
	return at === -1 ? undefined : path.slice(0, at + delimiter.length);
};

const larger = (a: Uint8Array, b: Uint8Array): Uint8Array => {
	const length = Math.min(a.length, b.length);
	for (let index = 0; index < length; index++)
		if (a[index] !== b[index]) return (a[index] as number) > (b[index] as number) ? a : b;
	return a.length > b.length ? a : b;
};

const checkLimit = (limit: number): void => {
	if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX)
		stopWalk({code: 'LIST_LIMIT_BAD', limit, limitMax: LIST_LIMIT_MAX});
};

/** The entry where the cursor stands, if it is one of an object whose name begins with the prefix. */
const within = ({entry}: Cursor, prefix: Uint8Array): TreeItem | undefined =>
	entry !== undefined && entry.key.space === 'objects' && startsWith(entry.key.path, prefix)
		? entry
		: undefined;

function* list(
	tree: Tree,
	root: TreeRoot,
	{prefix = NOTHING, delimiter, startAfter, from = NOTHING, limit}: ListOptions,
): Walk<Listing> {
	checkLimit(limit);
	const afterName = startAfter === undefined ? NOTHING : following(startAfter);
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(firstOf(larger(prefix, larger(from, afterName))));
	const objects: ObjectVersion[] = [];
	const commonPrefixes: Uint8Array[] = [];
	for (let item = within(cursor, prefix); item !== undefined; item = within(cursor, prefix)) {
		const {path} = item.key;
		const newest = versionOfItem(item);
		if (newest.entry.kind === 'delete-marker') {
			yield* cursor.seek(firstOf(following(path)));
			continue;
		}
		const group = groupOf(path, prefix, delimiter);
		if (objects.length + commonPrefixes.length === limit) return {objects, commonPrefixes, next: path};
		if (group === undefined) objects.push(newest);
		else commonPrefixes.push(group);
		const after = group === undefined ? following(path) : afterPrefix(group);
		if (after === undefined) break;
		yield* cursor.seek(firstOf(after));
	}
	return {objects, commonPrefixes, next: null};
}

/** The newest versions of the objects of a bucket, without those that are deleted. */
export const listObjects = (
	tree: Tree,
	root: TreeRoot,
	options: ListOptions,
): Walk<Result<Listing, MetadataError>> => settled(list(tree, root, options));

export type VersionListing = {
	/** By name, the newest first; marks of deletion among them. */
	readonly versions: readonly ObjectVersion[];
	readonly next: TreeKey | null;
};

function* listAll(
	tree: Tree,
	root: TreeRoot,
	{
		prefix = NOTHING,
		from,
		limit,
	}: {readonly prefix?: Uint8Array; readonly from?: TreeKey; readonly limit: number},
): Walk<VersionListing> {
	checkLimit(limit);
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(from ?? firstOf(prefix));
	const versions: ObjectVersion[] = [];
	for (let item = within(cursor, prefix); item !== undefined; item = within(cursor, prefix)) {
		if (versions.length === limit) return {versions, next: item.key};
		versions.push(versionOfItem(item));
		yield* cursor.advance();
	}
	return {versions, next: null};
}

/** Every version of the objects whose names begin with `prefix`. `from`: what the page before said in `next`. */
export const listVersions = (
	tree: Tree,
	root: TreeRoot,
	options: {readonly prefix?: Uint8Array; readonly from?: TreeKey; readonly limit: number},
): Walk<Result<VersionListing, MetadataError>> => settled(listAll(tree, root, options));
