/** Looks through a whole bucket for what is of no use, which writes could not free or did not know of. */
import {toHex} from '#kernel/bytes';
import {diffTrees, type EntryChange} from '#pieces/metadata/diff-trees';
import type {Edit} from '#pieces/metadata/edit-tree';
import {decodeObjectEntry} from '#pieces/metadata/object-entry';
import {writeObjects} from '#pieces/metadata/objects';
import {knownFiles, neededFiles, referenceIn} from './bucket-garbage.ts';
import {type Bucket, type BucketContext, commitBucket} from './bucket-state.ts';
import {type Freed, freeFiles} from './free-files.ts';
import {type HiddenFile, hiddenFiles, LOCATORS_KEPT} from './hidden-files.ts';
import {opened} from './open-by-name.ts';
import {rewritePacks} from './rewrite-packs.ts';

type Call = {readonly signal?: AbortSignal};

/** A file that no bucket leads to may be of a write that is under way, for so long. */
const UNDER_WAY_S = 24 * 3600;

export type CleanedBucket = Freed & {
	/** Packs of small objects of which none was left. */
	readonly packs: number;
	/** Those of which less than half was left, and that were stored again. */
	readonly rewritten: number;
};

const packOf = ({key, after}: EntryChange): string | undefined => {
	if (key.space !== 'objects' || after === undefined) return undefined;
	const entry = decodeObjectEntry(after);
	const isPacked = entry.ok && entry.value.kind === 'object' && entry.value.content.kind === 'packed';
	return isPacked ? toHex(entry.value.content.pack) : undefined;
};

/** Takes packs out of the listing in which nothing is, and those of which most was deleted: the rest is stored again. */
const withoutOldPacks = async (
	context: BucketContext,
	bucket: Bucket,
	entries: readonly EntryChange[],
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<{
	readonly bucket: Bucket;
	readonly gone: readonly EntryChange[];
	readonly rewritten: number;
}> => {
	const used = new Set(entries.map(packOf));
	const empty = entries.filter(({key}) => key.space === 'packs' && !used.has(toHex(key.path)));
	const rewritten = await rewritePacks(context, bucket, entries, {epochs, ...call});
	const gone = [...empty, ...rewritten.gone];
	if (gone.length === 0) return {bucket, gone, rewritten: 0};
	const {tree, root, nodes, keepVersions} = bucket;
	const others = [...rewritten.edits, ...empty.map(({key}): Edit => ({key, value: undefined}))];
	const change = await nodes.run(writeObjects(tree, root, [], {keepVersions, others}), call);
	const alone = rewritten.gone.length > 0;
	const after = await commitBucket(context, bucket, change, {epochs, call, alone});
	return {bucket: after, gone, rewritten: rewritten.gone.length};
};

const isGarbage = (
	{what, name, number}: HiddenFile,
	{
		version,
		needed,
		nowS,
	}: {readonly version: number; readonly needed: ReadonlySet<string>; readonly nowS: number},
): boolean => {
	if (what === 'share') return false;
	if (what === 'locator') return number <= version - LOCATORS_KEPT;
	return !needed.has(name) && number < nowS - UNDER_WAY_S;
};

/** O(entries). Frees what this device has put; what others have put they free themselves. Throws BUCKET_BUSY. */
export const cleanBucket = async (
	context: BucketContext,
	name: string,
	{epochs, ...call}: Call & {readonly epochs: number},
): Promise<CleanedBucket> => {
	const before = await opened(context, name, call);
	const entriesOf = ({nodes, tree, root}: Bucket) => nodes.run(diffTrees(tree, null, root), call);
	const cleaned = await withoutOldPacks(context, before, await entriesOf(before), {epochs, call});
	const {bucket, gone, rewritten} = cleaned;
	const stays = await entriesOf(bucket);
	const referencesOf = (some: readonly EntryChange[]) =>
		some.flatMap(({key, after}) => (after && referenceIn(key.space, after)) ?? []);
	const needed = await neededFiles(context, bucket, referencesOf(stays), call);
	const nowS = context.ports.clock.now() / 1000;
	const judged = {version: bucket.version, needed, nowS};
	const names = new Set(
		(await hiddenFiles(context, bucket.id)).filter(file => isGarbage(file, judged)).map(file => file.name),
	);
	for (const reference of referencesOf(gone))
		for (const file of await knownFiles(context, reference, call)) names.add(file);
	return {...(await freeFiles(context, [...names], call)), packs: gone.length - rewritten, rewritten};
};
