import {equalBytes, toHex} from '#kernel/bytes';
import {decodeUtf8} from '#kernel/utf8';
import {MANIFEST_BYTES_MAX, type Manifest} from '#pieces/manifest/manifest';
import {LIST_LIMIT_MAX} from '#pieces/metadata/limits';
import {type ListOptions, listObjects} from '#pieces/metadata/list-objects';
import type {ObjectContent, ObjectEntry} from '#pieces/metadata/object-entry';
import {type ObjectVersion, getObject as readObject} from '#pieces/metadata/objects';
import type {Bucket, BucketContext} from './bucket-state.ts';
import {breakOff, checkRange, type GetOptions, getFile} from './get-file.ts';
import {type ListedObject, listed, type ObjectName, opened, pathOf, refuse} from './open-by-name.ts';
import {adoptManifest, getBytes} from './small-files.ts';

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

/** The manifest of an object's own bytes, known on this machine from now on. */
export const adoptObject = async (
	context: BucketContext,
	{sha256, size}: Extract<ObjectEntry, {kind: 'object'}>,
	{depth, reference}: Extract<ObjectContent, {kind: 'stored'}>,
	call: Call,
): Promise<Manifest> => {
	let own = reference;
	for (let left = depth; left > 0; left--)
		own = await getBytes(context, {reference: own, bytesMax: MANIFEST_BYTES_MAX}, call);
	const manifest = await adoptManifest(context, own);
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

/** What is wanted of an object, and where it goes. */
export type ObjectFetch = Pick<GetOptions, 'sink' | 'range' | 'onProgress'>;

const fetch = async (
	context: BucketContext,
	{bucket, name, version}: ObjectName,
	{sink, range, onProgress}: ObjectFetch,
	call: Call,
): Promise<ListedObject> => {
	const object = {bucket, name, ...(version && {version})};
	const found = await findObject(await opened(context, bucket, call), object, call);
	const {entry} = found;
	if (entry.kind === 'delete-marker' || entry.content.kind === 'packed')
		throw refuse('OBJECT_UNKNOWN', `${name} has no bytes in this version.`, {bucket, name});
	const {content} = entry;
	if (content.kind === 'inline') {
		const {length: size} = content.bytes;
		if (range !== undefined) checkRange(range, {name, size});
		await sink.write(content.bytes.subarray(range?.from ?? 0, range?.until ?? size));
		await sink.finish();
	} else {
		const {name: file} = await adoptObject(context, entry, content, call);
		await getFile(context, {
			name: file,
			sink,
			...(range && {range}),
			...(onProgress && {onProgress}),
			...call,
		});
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

export const restoreBucket = async (
	context: BucketContext,
	name: string,
	call: Call,
): Promise<readonly ListedObject[]> => {
	const {tree, root, nodes} = await opened(context, name, call);
	const all: ListedObject[] = [];
	for (let from: Uint8Array | undefined; ; ) {
		const options = {limit: LIST_LIMIT_MAX, ...(from && {from})};
		const {objects, next} = await nodes.run(listObjects(tree, root, options), call);
		for (const object of objects) {
			const {entry} = object;
			if (entry.kind === 'object' && entry.content.kind === 'stored')
				await adoptObject(context, entry, entry.content, call);
			all.push(listed(object));
		}
		if (next === null) return all;
		from = next;
	}
};
