import {equalBytes, toHex} from '#kernel/bytes';
import {decodeUtf8} from '#kernel/utf8';
import {MANIFEST_BYTES_MAX, type Manifest} from '#pieces/manifest/manifest';
import {LIST_LIMIT_MAX} from '#pieces/metadata/limits';
import {type ListOptions, listObjects, listVersions} from '#pieces/metadata/list-objects';
import type {ObjectContent, ObjectEntry} from '#pieces/metadata/object-entry';
import {type ObjectVersion, getObject as readObject} from '#pieces/metadata/objects';
import {getSmallPack} from '#pieces/metadata/small-pack';
import type {TreeKey} from '#pieces/metadata/tree-key';
import type {Bucket, BucketContext} from './bucket-state.ts';
import {breakOff, checkRange, type GetOptions, getFile} from './get-file.ts';
import {type ListedObject, listed, type ObjectName, opened, pathOf, refuse} from './open-by-name.ts';
import {adoptManifest, getBytes} from './small-files.ts';

type PackedContent = Extract<ObjectContent, {readonly kind: 'packed'}>;
type Call = {readonly signal?: AbortSignal};

export type ObjectListing = {
	readonly objects: readonly ListedObject[];
	readonly commonPrefixes: readonly string[];
	/** For `from` of the next page. */
	readonly next: Uint8Array | null;
};

export const findObject = async (
	{tree, root, nodes, name: bucket}: Bucket,
	{name, version}: ObjectName,
	call: Call,
): Promise<ObjectVersion> => {
	const found = await nodes.run(readObject(tree, root, pathOf(name), version), call);
	if (found !== undefined) return found;
	throw refuse('OBJECT_UNKNOWN', `There is no ${name} in ${bucket}.`, {bucket, name});
};

/** The manifest that a reference leads to, known on this machine from now on. */
const adoptReference = async (
	context: BucketContext,
	{depth, reference}: {readonly depth: number; readonly reference: Uint8Array},
	call: Call,
): Promise<Manifest> => {
	let own = reference;
	for (let left = depth; left > 0; left--)
		own = await getBytes(context, {reference: own, bytesMax: MANIFEST_BYTES_MAX}, call);
	return await adoptManifest(context, own);
};

/** The manifest of the pack that an object is in. Throws OBJECT_PACK_WRONG. */
export const adoptPack = async (
	context: BucketContext,
	{tree, root, nodes}: Bucket,
	{size, content: {pack, offset}}: {readonly size: number; readonly content: PackedContent},
	call: Call,
): Promise<Manifest> => {
	const found = await nodes.run(getSmallPack(tree, root, pack), call);
	const manifest = found && (await adoptReference(context, found, call));
	if (manifest !== undefined && manifest.size === found?.size && offset + size <= manifest.size)
		return manifest;
	throw refuse('OBJECT_PACK_WRONG', 'An object is in a pack that is not there, or not as long.', {
		pack,
		offset,
	});
};

/** The manifest of an object's own bytes, known on this machine from now on. */
export const adoptObject = async (
	context: BucketContext,
	{sha256, size}: Extract<ObjectEntry, {kind: 'object'}>,
	{depth, reference}: Extract<ObjectContent, {kind: 'stored'}>,
	call: Call,
): Promise<Manifest> => {
	const manifest = await adoptReference(context, {depth, reference}, call);
	if (manifest.size !== size || !equalBytes(manifest.sha256, sha256))
		throw refuse(
			'OBJECT_ENTRY_INCONSISTENT',
			'The entry of an object and its manifest are of different files.',
			{
				size,
				length: manifest.size,
			},
		);
	return manifest;
};

/** The file that an object's bytes are in, which this machine knows from now on. Throws OBJECT_UNKNOWN, OBJECT_IN_LISTING. */
export const fileOfObject = async (
	context: BucketContext,
	object: ObjectName,
	call: Call,
): Promise<string> => {
	const bucket = await opened(context, object.bucket, call);
	const {entry} = await findObject(bucket, object, call);
	const {name} = object;
	if (entry.kind === 'delete-marker')
		throw refuse('OBJECT_UNKNOWN', `${name} has no bytes in this version.`, {...object});
	const {content, size} = entry;
	if (content.kind === 'inline')
		throw refuse(
			'OBJECT_IN_LISTING',
			`${name} is so small that it stands in the listing itself, which whoever keeps it gives out whole.`,
			{name, size},
		);
	const manifest =
		content.kind === 'packed'
			? await adoptPack(context, bucket, {size, content}, call)
			: await adoptObject(context, entry, content, call);
	return manifest.name;
};

/** What is wanted of an object, and where it goes. */
export type ObjectFetch = Pick<GetOptions, 'sink' | 'range' | 'onProgress'>;

const fetch = async (
	context: BucketContext,
	{bucket, name, version}: ObjectName,
	{sink, range, onProgress}: ObjectFetch,
	call: Call,
): Promise<ListedObject> => {
	const object = {bucket, name, ...(version && {version})};
	const from = await opened(context, bucket, call);
	const found = await findObject(from, object, call);
	const {entry} = found;
	if (entry.kind === 'delete-marker')
		throw refuse('OBJECT_UNKNOWN', `${name} has no bytes in this version.`, {bucket, name});
	const {content} = entry;
	if (content.kind === 'inline') {
		const {length: size} = content.bytes;
		if (range !== undefined) checkRange(range, {name, size});
		await sink.write(content.bytes.subarray(range?.from ?? 0, range?.until ?? size));
		await sink.finish();
		return listed(found);
	}
	const common = {sink, ...(onProgress && {onProgress}), ...call};
	if (content.kind === 'packed') {
		const {size} = entry;
		const {name: file} = await adoptPack(context, from, {size, content}, call);
		if (range !== undefined) checkRange(range, {name, size});
		const part = {from: content.offset + (range?.from ?? 0), until: content.offset + (range?.until ?? size)};
		await getFile(context, {name: file, range: part, ...common});
	} else {
		const {name: file} = await adoptObject(context, entry, content, call);
		await getFile(context, {name: file, ...(range && {range}), ...common});
	}
	return listed(found);
};

/** Nothing is left of what could not be brought back, unless the sink can go on with it. */
export const getObject = async (
	context: BucketContext,
	{sink, range, onProgress, ...object}: ObjectName & ObjectFetch,
	call: Call,
): Promise<ListedObject> => {
	const wanted = {sink, ...(range && {range}), ...(onProgress && {onProgress})};
	try {
		return await fetch(context, object, wanted, call);
	} catch (error) {
		await breakOff(sink, error);
		throw error;
	}
};

export const listBucket = async (
	context: BucketContext,
	name: string,
	options: Partial<ListOptions>,
	call: Call,
): Promise<ObjectListing> => {
	const {tree, root, nodes} = await opened(context, name, call);
	const page = await nodes.run(listObjects(tree, root, {limit: 1000, ...options}), call);
	return {
		objects: page.objects.map(listed),
		commonPrefixes: page.commonPrefixes.map(prefix => decodeUtf8(prefix) ?? toHex(prefix)),
		next: page.next,
	};
};

export type VersionPage = {
	/** By name, the newest first; marks of deletion among them. */
	readonly versions: readonly ListedObject[];
	/** For `from` of the next page. */
	readonly next: TreeKey | null;
};

export const listVersionsOf = async (
	context: BucketContext,
	name: string,
	options: {readonly prefix?: Uint8Array; readonly from?: TreeKey; readonly limit?: number},
	call: Call,
): Promise<VersionPage> => {
	const {tree, root, nodes} = await opened(context, name, call);
	const {versions, next} = await nodes.run(listVersions(tree, root, {limit: 1000, ...options}), call);
	return {versions: versions.map(listed), next};
};

const adopt = async (
	context: BucketContext,
	bucket: Bucket,
	entry: Extract<ObjectEntry, {kind: 'object'}>,
	call: Call,
): Promise<void> => {
	const {content, size} = entry;
	if (content.kind === 'stored') await adoptObject(context, entry, content, call);
	if (content.kind === 'packed') await adoptPack(context, bucket, {size, content}, call);
};

export const restoreBucket = async (
	context: BucketContext,
	name: string,
	call: Call,
): Promise<readonly ListedObject[]> => {
	const bucket = await opened(context, name, call);
	const {tree, root, nodes} = bucket;
	const all: ListedObject[] = [];
	for (let from: Uint8Array | undefined; ; ) {
		const options = {limit: LIST_LIMIT_MAX, ...(from && {from})};
		const {objects, next} = await nodes.run(listObjects(tree, root, options), call);
		for (const object of objects) {
			const {entry} = object;
			if (entry.kind === 'object') await adopt(context, bucket, entry, call);
			all.push(listed(object));
		}
		if (next === null) return all;
		from = next;
	}
};
