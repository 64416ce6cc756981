/** What a bucket has stored and needs no more: its pieces leave the agreements as soon as that is known. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeManifest, MANIFEST_BYTES_MAX} from '#pieces/manifest/manifest';
import {diffTrees, type EntryChange} from '#pieces/metadata/diff-trees';
import {decodeObjectEntry} from '#pieces/metadata/object-entry';
import {decodeSmallPack} from '#pieces/metadata/small-pack';
import type {Bucket, BucketContext} from './bucket-state.ts';
import {type Freed, freeFiles} from './free-files.ts';
import {hiddenFiles, LOCATORS_KEPT} from './hidden-files.ts';
import {getBytes} from './small-files.ts';

type Call = {readonly signal?: AbortSignal};
type Reference = {readonly depth: number; readonly reference: Uint8Array};

/** Old locators go in such numbers, so that few writes wait for it; agreements have room for more. */
const LOCATORS_AT_ONCE = 8;

/** Where an entry's bytes are, if they are in a file of their own or are a pack. */
export const referenceIn = (space: 'objects' | 'packs', value: Uint8Array): Reference | undefined => {
	if (space === 'packs') {
		const pack = decodeSmallPack(value);
		return pack.ok ? pack.value : undefined;
	}
	const entry = decodeObjectEntry(value);
	if (!entry.ok || entry.value.kind !== 'object') return undefined;
	const {content} = entry.value;
	return content.kind === 'stored' ? content : undefined;
};

const droppedReference = ({key, before, after}: EntryChange): Reference | undefined => {
	const was = before && referenceIn(key.space, before);
	const is = after && referenceIn(key.space, after);
	return was !== undefined && (is === undefined || toHex(is.reference) !== toHex(was.reference))
		? was
		: undefined;
};

/** The files of this device that a reference leads to. */
export const knownFiles = async (
	context: BucketContext,
	{depth, reference}: Reference,
	call: Call,
): Promise<readonly string[]> => {
	const names: string[] = [];
	let own = reference;
	for (let left = depth; ; left--) {
		const manifest = decodeManifest(own);
		if (!manifest.ok || !(await context.manifests.has(manifest.value.name))) return names;
		names.push(manifest.value.name);
		if (left === 0) return names;
		own = await getBytes(context, {reference: own, bytesMax: MANIFEST_BYTES_MAX}, call);
	}
};

/** Files that the first of two versions of a bucket leads to, and the second does not. */
const droppedFiles = async (
	context: BucketContext,
	{before, after}: {readonly before: Bucket; readonly after: Bucket},
	call: Call,
): Promise<readonly string[]> => {
	const changes = await before.nodes.run(diffTrees(after.tree, before.root, after.root), call);
	const names: string[] = [];
	for (const change of changes) {
		const dropped = droppedReference(change);
		if (dropped !== undefined) names.push(...(await knownFiles(context, dropped, call)));
	}
	return names;
};

const oldLocators = async (context: BucketContext, {id, version}: Bucket): Promise<readonly string[]> => {
	const old = (await hiddenFiles(context, id)).filter(
		({what, number}) => what === 'locator' && number <= version - LOCATORS_KEPT,
	);
	return old.length < LOCATORS_AT_ONCE ? [] : old.map(({name}) => name);
};

/**
 * After a write. What cannot be freed now is tried again by `cleanBucket`: what was written counts. A file that two
 * entries led to does not exist, as each write has files of its own.
 */
export const freeAfterWrite = async (
	context: BucketContext,
	versions: {readonly before: Bucket; readonly after: Bucket},
	call: Call,
): Promise<void> => {
	try {
		const dropped = await droppedFiles(context, versions, call);
		await freeFiles(context, [...dropped, ...(await oldLocators(context, versions.after))], call);
	} catch (error) {
		call.signal?.throwIfAborted();
		if (!(error instanceof NodeError)) throw error;
	}
};

/** Names of all files that a bucket needs as it is. */
export const neededFiles = async (
	context: BucketContext,
	bucket: Bucket,
	references: readonly Reference[],
	call: Call,
): Promise<ReadonlySet<string>> => {
	const needed = new Set<string>();
	for (const reference of references)
		for (const name of await knownFiles(context, reference, call)) needed.add(name);
	for (const {reference} of bucket.nodes.packs) {
		const manifest = decodeManifest(reference);
		if (manifest.ok) needed.add(manifest.value.name);
	}
	return needed;
};

/** Everything that this device put for a bucket that is no more. */
export const freeBucket = async (context: BucketContext, id: Hash32, call: Call): Promise<Freed> =>
	freeFiles(
		context,
		(await hiddenFiles(context, id)).filter(({what}) => what !== 'share').map(({name}) => name),
		call,
	);
