/** Packs of small objects of which most were deleted: what is left of them goes into new ones. */
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {epochOf} from '#ledger/environment';
import {serviceClasses} from '#ledger/service/service-class';
import type {ByteSource} from '#node/ports/byte-file';
import {encodeManifest, type Manifest} from '#pieces/manifest/manifest';
import type {EntryChange} from '#pieces/metadata/diff-trees';
import type {Edit} from '#pieces/metadata/edit-tree';
import {PACKED_BYTES_MAX} from '#pieces/metadata/limits';
import {decodeObjectEntry, encodeObjectEntry, type ObjectEntry} from '#pieces/metadata/object-entry';
import {decodeSmallPack} from '#pieces/metadata/small-pack';
import {packKey, type TreeKey} from '#pieces/metadata/tree-key';
import {isActive} from './active-agreement.ts';
import type {Bucket, BucketContext} from './bucket-state.ts';
import {adoptPack} from './read-objects.ts';
import {getBytes} from './small-files.ts';
import {groupForPacks} from './small-packs.ts';
import {EPOCHS_DEFAULT, type Storing, storePack} from './write-objects.ts';

type Call = {readonly signal?: AbortSignal};

/** An object that is in a pack. */
type Packed = {
	readonly key: TreeKey;
	readonly entry: Extract<ObjectEntry, {readonly kind: 'object'}>;
	readonly content: {readonly kind: 'packed'; readonly pack: Hash32; readonly offset: number};
};

const packedIn = ({key, after}: EntryChange): Packed | undefined => {
	if (key.space !== 'objects' || after === undefined) return undefined;
	const decoded = decodeObjectEntry(after);
	if (!decoded.ok || decoded.value.kind !== 'object') return undefined;
	const entry = decoded.value;
	return entry.content.kind === 'packed' ? {key, entry, content: entry.content} : undefined;
};

/** What is in each pack of a bucket's entries, by the hexadecimal of its id. */
const contentsOf = (entries: readonly EntryChange[]): ReadonlyMap<string, readonly Packed[]> => {
	const found = new Map<string, Packed[]>();
	for (const entry of entries) {
		const packed = packedIn(entry);
		if (packed === undefined) continue;
		const key = toHex(packed.content.pack);
		found.set(key, [...(found.get(key) ?? []), packed]);
	}
	return found;
};

type Half = {readonly pack: EntryChange; readonly objects: readonly Packed[]};

/** Packs with less in them than was deleted. */
const halfEmpty = (entries: readonly EntryChange[]): readonly Half[] => {
	const contents = contentsOf(entries);
	return entries.flatMap(pack => {
		const {key, after} = pack;
		const decoded = key.space === 'packs' && after !== undefined ? decodeSmallPack(after) : undefined;
		const objects = contents.get(toHex(key.path)) ?? [];
		if (decoded?.ok !== true || objects.length === 0) return [];
		const used = objects.reduce((sum, {entry}) => sum + entry.size, 0);
		return 2 * used < decoded.value.size ? {pack, objects} : [];
	});
};

/** What was promised of a pack, and for how long it is kept: a new one is no worse. */
const termsOf = async (
	{chain}: BucketContext,
	{holders}: Manifest,
	epochsMin: number,
	call: Call,
): Promise<Required<Pick<Storing, 'epochs'>> & Pick<Storing, 'serviceClass'>> => {
	const views = await Promise.all(holders.map(({agreementId}) => chain.agreement(agreementId, call)));
	const running = views.flatMap(view => (view !== undefined && isActive(view) ? view : []));
	const epoch = epochOf(chain.env.genesis, await chain.currentSlot(call));
	const last = Math.max(epoch, ...running.map(({endEpoch}) => endEpoch));
	const promised = running.map(({service}) => service?.serviceClass);
	const serviceClass = serviceClasses.find(each => promised.includes(each));
	return {epochs: Math.max(epochsMin, last - epoch), ...(serviceClass && {serviceClass})};
};

const sourceIn = (
	context: BucketContext,
	manifest: Manifest,
	{entry, content}: Packed,
	call: Call,
): ByteSource => ({
	length: entry.size,
	read: async (offset, into) => {
		if (into.length === 0) return;
		const from = content.offset + offset;
		const part = {from, until: from + into.length};
		const reference = encodeManifest(manifest);
		into.set(await getBytes(context, {reference, bytesMax: PACKED_BYTES_MAX, part}, call));
	},
});

export type RewrittenPacks = {
	/** The new packs, the entries that lead to them, and the old packs, which are in the listing no more. */
	readonly edits: readonly Edit[];
	readonly gone: readonly EntryChange[];
};

/** Stores what is left of packs that are more than half empty again. What that changes in the tree is for the caller to write. */
export const rewritePacks = async (
	context: BucketContext,
	bucket: Bucket,
	entries: readonly EntryChange[],
	{epochs = EPOCHS_DEFAULT, ...call}: Call & {readonly epochs?: number},
): Promise<RewrittenPacks> => {
	const edits: Edit[] = [];
	const gone: EntryChange[] = [];
	for (const {pack, objects} of halfEmpty(entries)) {
		const [first] = objects;
		if (first === undefined) continue;
		const manifest = await adoptPack(context, bucket, {size: first.entry.size, content: first.content}, call);
		const terms = await termsOf(context, manifest, epochs, call);
		const left = objects.map(packed => ({
			packed,
			sha256: packed.entry.sha256,
			source: sourceIn(context, manifest, packed, call),
		}));
		for (const group of groupForPacks(left)) {
			const stored = await storePack(context, bucket, group, {...terms, ...call});
			edits.push({key: packKey(stored.id), value: stored.value});
			for (const [index, {packed}] of group.entries()) {
				const content = {kind: 'packed', pack: stored.id, offset: stored.offsets[index] ?? 0} as const;
				edits.push({key: packed.key, value: encodeObjectEntry({...packed.entry, content})});
			}
		}
		edits.push({key: packKey(Hash32(pack.key.path)), value: undefined});
		gone.push(pack);
	}
	return {edits, gone};
};
