import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {ServiceClass} from '#ledger/service/service-class';
import type {ByteSource} from '#node/ports/byte-file';
import type {Edit} from '#pieces/metadata/edit-tree';
import {INLINE_BYTES_MAX, PACKED_BYTES_MAX, REFERENCE_BYTES_MAX} from '#pieces/metadata/limits';
import type {ObjectContent, ObjectEntry} from '#pieces/metadata/object-entry';
import {type ObjectWrite, writeObjects} from '#pieces/metadata/objects';
import {encodeSmallPack} from '#pieces/metadata/small-pack';
import {packKey, versionId} from '#pieces/metadata/tree-key';
import {freeAfterWrite} from './bucket-garbage.ts';
import {type Bucket, type BucketContext, commitBucket} from './bucket-state.ts';
import {HIDDEN, type HiddenKind, hiddenName} from './hidden-files.ts';
import {type ListedObject, type ObjectName, opened, pathOf} from './open-by-name.ts';
import {type PutProgress, putFile} from './put-file.ts';
import {findObject} from './read-objects.ts';
import {putBytes, sourceOfBytes, storedManifest} from './small-files.ts';
import {groupForPacks, joinedSource, offsetsIn, type Packable, packName} from './small-packs.ts';

type Call = {readonly signal?: AbortSignal};
/** How long what is written is kept at least. */
export type Keeping = Call & {readonly epochs?: number};

export type Storing = Keeping & {
	/** What providers have to promise about giving it back: then nothing but empty objects stands in the listing. */
	readonly serviceClass?: ServiceClass;
};

export type PutObjectOptions = Storing & {
	readonly bucket: string;
	readonly name: string;
	readonly source: ByteSource;
	readonly contentType?: string;
	readonly onProgress?: (progress: PutProgress) => void;
};

type StoredContent = Extract<ObjectContent, {readonly kind: 'stored'}>;

export const EPOCHS_DEFAULT = 10;
const MANIFEST_DEPTH_MAX = 3;

/** Puts a manifest where it fits: into the entry, or, when it is too long, into an object of its own. */
const referenceTo = async (
	context: BucketContext,
	bucket: Bucket,
	manifest: Uint8Array,
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<StoredContent> => {
	let reference = manifest;
	let depth = 0;
	for (; reference.length > REFERENCE_BYTES_MAX && depth < MANIFEST_DEPTH_MAX; depth++)
		reference = await putBytes(
			context,
			{name: hiddenName(context, {id: bucket.id, what: 'manifest'}), bytes: reference, epochs},
			call,
		);
	return {kind: 'stored', depth, reference};
};

/** A whole file of its own. `key`: under which an upload that broke off goes on, with the name that it had. */
const storeFile = async (
	context: BucketContext,
	bucket: Bucket,
	{what, key, source}: {readonly what: HiddenKind; readonly key: string; readonly source: ByteSource},
	{epochs = EPOCHS_DEFAULT, onProgress, serviceClass, signal}: Storing & Pick<PutObjectOptions, 'onProgress'>,
): Promise<{readonly content: StoredContent; readonly sha256: Uint8Array}> => {
	const call = {...(signal && {signal})};
	const resumeAs = `${HIDDEN}${toHex(bucket.id)}/${key}`;
	const name =
		(await context.uploads.load(resumeAs))?.plan.name ?? hiddenName(context, {id: bucket.id, what});
	const options = {...call, ...(onProgress && {onProgress}), ...(serviceClass && {serviceClass})};
	const {sha256} = await putFile(context, {name, resumeAs, source, epochs, ...options});
	const manifest = await storedManifest(context, name);
	return {content: await referenceTo(context, bucket, manifest, {epochs, call}), sha256};
};

/** Nobody promises anything about what stands in the listing. */
const isInline = (size: number, {serviceClass}: Storing): boolean =>
	size === 0 || (size <= INLINE_BYTES_MAX && serviceClass === undefined);

const readWhole = async (source: ByteSource): Promise<Uint8Array> => {
	const bytes = new Uint8Array(source.length);
	await source.read(0, bytes);
	return bytes;
};

const digestOf = ({ports}: BucketContext, bytes: Uint8Array): Uint8Array => {
	const hash = ports.sha256();
	hash.update(bytes);
	return hash.digest();
};

const store = async (
	context: BucketContext,
	bucket: Bucket,
	{name: object, source, ...options}: Storing & Pick<PutObjectOptions, 'name' | 'source' | 'onProgress'>,
): Promise<{readonly content: ObjectContent; readonly sha256: Uint8Array}> => {
	if (!isInline(source.length, options))
		return storeFile(context, bucket, {what: 'object', key: object, source}, options);
	const bytes = await readWhole(source);
	return {content: {kind: 'inline', bytes}, sha256: digestOf(context, bytes)};
};

const write = async (
	context: BucketContext,
	bucket: Bucket,
	writes: readonly ObjectWrite[],
	{epochs = EPOCHS_DEFAULT, signal}: Keeping,
	others: readonly Edit[] = [],
): Promise<Bucket> => {
	const call = {...(signal && {signal})};
	const {tree, root, nodes, keepVersions} = bucket;
	const change = await nodes.run(writeObjects(tree, root, writes, {keepVersions, others}), call);
	const after = await commitBucket(context, bucket, change, {epochs, call});
	await freeAfterWrite(context, {before: bucket, after}, call);
	return after;
};

export const putObject = async (context: BucketContext, options: PutObjectOptions): Promise<ListedObject> => {
	const {bucket: name, contentType = null, signal, source} = options;
	const path = pathOf(options.name);
	const bucket = await opened(context, name, {...(signal && {signal})});
	const {content, sha256} = await store(context, bucket, options);
	const version = versionId(bucket.version + 1, context.ports.entropy.bytes(8));
	const entry: ObjectEntry = {
		kind: 'object',
		size: source.length,
		sha256,
		contentType,
		modifiedMs: Math.max(0, Math.floor(context.ports.clock.now())),
		content,
	};
	await write(context, bucket, [{kind: 'put', path, version, entry}], options);
	return {name: options.name, version, entry};
};

/** One of many that are written at once. */
export type ManyObject = {readonly name: string; readonly contentType?: string} & (
	| {readonly bytes: Uint8Array}
	| {readonly source: ByteSource}
);

export type PutManyOptions = Storing & {
	/** After each object that is stored: how many are, of those that have a file of their own or with others. */
	readonly onStored?: (objects: number, totalObjects: number) => void;
};

type Pending = Packable & {readonly object: ManyObject; readonly path: Uint8Array};
type Placed = Pick<Pending, 'object' | 'path' | 'sha256'> & {
	readonly size: number;
	readonly content: ObjectContent;
};

const sourceOf = (object: ManyObject): ByteSource =>
	'source' in object ? object.source : sourceOfBytes(object.bytes);

export type StoredPack = {
	readonly id: Hash32;
	/** What the tree says of it. */
	readonly value: Uint8Array;
	/** Where in it each object begins. */
	readonly offsets: readonly number[];
};

/** Objects that are stored as one file. */
export const storePack = async (
	context: BucketContext,
	bucket: Bucket,
	group: readonly Packable[],
	options: Storing,
): Promise<StoredPack> => {
	const {crypto, entropy} = context.ports;
	const source = joinedSource(group.map(each => each.source));
	const key = packName((...parts) => crypto.blake2b256(...parts), group);
	const {content} = await storeFile(context, bucket, {what: 'small', key, source}, options);
	const {depth, reference} = content;
	const value = encodeSmallPack({size: source.length, depth, reference});
	return {id: Hash32(entropy.bytes(32)), value, offsets: offsetsIn(group)};
};

/** Together with others: each pack is one file, and its objects say where in it they are. */
const storePacks = async (
	context: BucketContext,
	bucket: Bucket,
	small: readonly Pending[],
	options: Storing & {readonly onPacked: (objects: number) => void},
): Promise<{readonly placed: readonly Placed[]; readonly edits: readonly Edit[]}> => {
	const placed: Placed[] = [];
	const edits: Edit[] = [];
	for (const group of groupForPacks(small)) {
		const {id: pack, value, offsets} = await storePack(context, bucket, group, options);
		edits.push({key: packKey(pack), value});
		for (const [
			index,
			{
				object,
				path,
				sha256,
				source: {length: size},
			},
		] of group.entries())
			placed.push({object, path, sha256, size, content: {kind: 'packed', pack, offset: offsets[index] ?? 0}});
		options.onPacked(group.length);
	}
	return {placed, edits};
};

/** As one change: objects up to 4 KiB in the tree, up to 1 MiB in packs, larger ones by themselves. */
export const putObjects = async (
	context: BucketContext,
	name: string,
	objects: readonly ManyObject[],
	{onStored, ...options}: PutManyOptions,
): Promise<readonly ListedObject[]> => {
	const {entropy, clock} = context.ports;
	const all = objects.map(object => ({object, path: pathOf(object.name), source: sourceOf(object)}));
	const bucket = await opened(context, name, {...(options.signal && {signal: options.signal})});
	const modifiedMs = Math.max(0, Math.floor(clock.now()));
	const placed: Placed[] = [];
	const small: Pending[] = [];
	const stored = (count: number): void => {
		done += count;
		onStored?.(done, objects.length);
	};
	let done = 0;
	for (const {object, path, source} of all) {
		const {length: size} = source;
		if (!isInline(size, options) && size <= PACKED_BYTES_MAX) {
			small.push({object, path, source, sha256: digestOf(context, await readWhole(source))});
			continue;
		}
		const {content, sha256} = await store(context, bucket, {name: object.name, source, ...options});
		placed.push({object, path, sha256, size, content});
		stored(1);
	}
	const packs = await storePacks(context, bucket, small, {...options, onPacked: stored});
	const listed = [...placed, ...packs.placed].map(({object, path, sha256, size, content}) => {
		const version = versionId(bucket.version + 1, entropy.bytes(8));
		const {contentType = null} = object;
		const entry = {kind: 'object', size, sha256, contentType, modifiedMs, content} as const;
		return {name: object.name, path, version, entry};
	});
	const writes = listed.map(({path, version, entry}) => ({kind: 'put', path, version, entry}) as const);
	await write(context, bucket, writes, options, packs.edits);
	return listed.map(({name: object, version, entry}) => ({name: object, version, entry}));
};

/** Without a version what is there now goes, or is marked as deleted; with one that version goes for good. */
export const deleteObject = async (
	context: BucketContext,
	{bucket: name, ...object}: ObjectName,
	options: Keeping,
): Promise<void> => {
	const {signal, epochs} = options;
	const call = {...(signal && {signal})};
	const bucket = await opened(context, name, call);
	const {path, version} = await findObject(bucket, {bucket: name, ...object}, call);
	const {entropy, clock} = context.ports;
	const gone: ObjectWrite =
		object.version === undefined
			? {
					kind: 'delete',
					path,
					version: versionId(bucket.version + 1, entropy.bytes(8)),
					modifiedMs: Math.max(0, Math.floor(clock.now())),
				}
			: {kind: 'forget', path, version};
	await write(context, bucket, [gone], {...call, ...(epochs !== undefined && {epochs})});
};
