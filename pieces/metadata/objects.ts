/** The objects of a bucket: read, write, versions. */
import {equalBytes, toHex} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import {Cursor} from './cursor.ts';
import {type Edit, editTree, type TreeChange} from './edit-tree.ts';
import {decodeObjectEntry, encodeObjectEntry, type ObjectEntry} from './object-entry.ts';
import {checkObjectName} from './object-name.ts';
import {compareKeys, firstOf, type TreeKey} from './tree-key.ts';
import type {TreeItem} from './tree-node.ts';
import {type MetadataError, orStop, settled, type Tree, type TreeRoot, type Walk} from './walk.ts';

export type ObjectVersion = {
	/** The object's name in bytes. */
	readonly path: Uint8Array;
	readonly version: Uint8Array;
	readonly entry: ObjectEntry;
};

export const versionOfItem = ({key: {path, version}, value}: TreeItem): ObjectVersion => ({
	path,
	version,
	entry: orStop(decodeObjectEntry(value)),
});

/** The entry where the cursor stands, if it belongs to that name. */
const atName = ({entry}: Cursor, path: Uint8Array): TreeItem | undefined =>
	entry !== undefined && entry.key.space === 'objects' && equalBytes(entry.key.path, path)
		? entry
		: undefined;

function* get(
	tree: Tree,
	root: TreeRoot,
	name: Uint8Array,
	version: Uint8Array | undefined,
): Walk<ObjectVersion | undefined> {
	const path = orStop(checkObjectName(name));
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(version === undefined ? firstOf(path) : {space: 'objects', path, version});
	const item = atName(cursor, path);
	if (item === undefined || (version !== undefined && !equalBytes(item.key.version, version)))
		return undefined;
	const found = versionOfItem(item);
	return version === undefined && found.entry.kind === 'delete-marker' ? undefined : found;
}

/** The newest version of an object, or the one that is asked for; undefined when there is none, or it was deleted. */
export const getObject = (
	tree: Tree,
	root: TreeRoot,
	name: Uint8Array,
	version?: Uint8Array,
): Walk<Result<ObjectVersion | undefined, MetadataError>> => settled(get(tree, root, name, version));

function* versionsOf(tree: Tree, root: TreeRoot, path: Uint8Array): Walk<readonly TreeItem[]> {
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(firstOf(path));
	const items: TreeItem[] = [];
	for (let item = atName(cursor, path); item !== undefined; item = atName(cursor, path)) {
		items.push(item);
		yield* cursor.advance();
	}
	return items;
}

export type ObjectWrite =
	| {
			readonly kind: 'put';
			readonly path: Uint8Array;
			readonly version: Uint8Array;
			readonly entry: ObjectEntry;
	  }
	/** Where versions are kept, `version` becomes a mark that it is deleted. */
	| {
			readonly kind: 'delete';
			readonly path: Uint8Array;
			readonly version: Uint8Array;
			readonly modifiedMs: number;
	  }
	/** One version is gone for good. */
	| {readonly kind: 'forget'; readonly path: Uint8Array; readonly version: Uint8Array};

const valueToWrite = (write: ObjectWrite): Uint8Array | undefined => {
	switch (write.kind) {
		case 'put': {
			const value = encodeObjectEntry(write.entry);
			orStop(decodeObjectEntry(value));
			return value;
		}
		case 'delete':
			return encodeObjectEntry({kind: 'delete-marker', modifiedMs: write.modifiedMs});
		case 'forget':
			return undefined;
	}
};

/** Changes of one name, in the order in which they were asked for. */
function* editsOfName(
	tree: Tree,
	root: TreeRoot,
	writes: readonly ObjectWrite[],
	keepVersions: boolean,
): Walk<readonly Edit[]> {
	const {path} = writes[0] as ObjectWrite;
	const edits = new Map<string, Edit>();
	const set = (version: Uint8Array, value: Uint8Array | undefined): void => {
		edits.set(toHex(version), {key: {space: 'objects', path, version}, value});
	};
	const older = keepVersions ? [] : yield* versionsOf(tree, root, path);
	for (const write of writes) {
		if (!keepVersions && write.kind !== 'forget') {
			for (const {key} of [...older, ...edits.values()]) set(key.version, undefined);
			if (write.kind === 'delete') continue;
		}
		set(write.version, valueToWrite(write));
	}
	return [...edits.values()];
}

export type WriteOptions = {
	/** Without it a write takes the place of all versions that there are. */
	readonly keepVersions: boolean;
	/** Changes besides, of packs. */
	readonly others?: readonly Edit[];
};

function* write(
	tree: Tree,
	root: TreeRoot,
	writes: readonly ObjectWrite[],
	{keepVersions, others = []}: WriteOptions,
): Walk<TreeChange> {
	const byName = new Map<string, ObjectWrite[]>();
	for (const each of writes) {
		const name = toHex(orStop(checkObjectName(each.path)));
		byName.set(name, [...(byName.get(name) ?? []), each]);
	}
	const edits: Edit[] = [...others];
	for (const ofName of byName.values()) edits.push(...(yield* editsOfName(tree, root, ofName, keepVersions)));
	return yield* editTree(
		tree,
		root,
		edits.sort((a, b) => compareKeys(a.key, b.key)),
	);
}

/** All of the writes together, as one new root. */
export const writeObjects = (
	tree: Tree,
	root: TreeRoot,
	writes: readonly ObjectWrite[],
	options: WriteOptions,
): Walk<Result<TreeChange, MetadataError>> => settled(write(tree, root, writes, options));

function* scan(
	tree: Tree,
	root: TreeRoot,
	{from, to, limit}: {readonly from: TreeKey; readonly to?: TreeKey; readonly limit: number},
): Walk<readonly TreeItem[]> {
	const cursor = new Cursor(tree, root);
	yield* cursor.seek(from);
	const items: TreeItem[] = [];
	for (let {entry} = cursor; entry !== undefined && items.length < limit; entry = cursor.entry) {
		if (to !== undefined && compareKeys(entry.key, to) >= 0) break;
		items.push(entry);
		yield* cursor.advance();
	}
	return items;
}

/** Entries as they stand, of whatever space, from `from` on and before `to`, at most `limit`. */
export const scanTree = (
	tree: Tree,
	root: TreeRoot,
	range: {readonly from: TreeKey; readonly to?: TreeKey; readonly limit: number},
): Walk<Result<readonly TreeItem[], MetadataError>> => settled(scan(tree, root, range));
