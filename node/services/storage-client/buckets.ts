import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeUtf8} from '#kernel/utf8';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';
import {parseBucketName} from '#pieces/metadata/bucket-name';
import {INLINE_BYTES_MAX, LIST_LIMIT_MAX, REFERENCE_BYTES_MAX} from '#pieces/metadata/limits';
import {type ListOptions, listObjects} from '#pieces/metadata/list-objects';
import {bucketIdOf} from '#pieces/metadata/metadata-keys';
import type {ObjectContent, ObjectEntry} from '#pieces/metadata/object-entry';
import {parseObjectName} from '#pieces/metadata/object-name';
import {getObject, type ObjectVersion, type ObjectWrite, writeObjects} from '#pieces/metadata/objects';
import {versionId} from '#pieces/metadata/tree-key';
import {
	type Bucket,
	type BucketContext,
	commitBucket,
	hiddenName,
	newBucket,
	openBucket,
} from './bucket-state.ts';
import {getFile} from './get-file.ts';
import {type PutProgress, putFile} from './put-file.ts';
import {adoptManifest, getBytes, putBytes, storedManifest} from './small-files.ts';

type Call = {readonly signal?: AbortSignal};
/** How long what is written is kept at least. */
type Keeping = Call & {readonly epochs?: number};

export type BucketSummary = {
	readonly name: string;
	readonly id: Hash32;
	/** How often it was written. */
	readonly version: number;
	readonly keepVersions: boolean;
};

export type ListedObject = {
	readonly name: string;
	readonly version: Uint8Array;
	readonly entry: ObjectEntry;
};

export type ObjectListing = {
	readonly objects: readonly ListedObject[];
	readonly commonPrefixes: readonly string[];
	/** For `from` of the next page. */
	readonly next: Uint8Array | null;
};

export type PutObjectOptions = Keeping & {
	readonly bucket: string;
	readonly name: string;
	readonly source: ByteSource;
	readonly contentType?: string;
	readonly onProgress?: (progress: PutProgress) => void;
};

type ObjectName = {readonly bucket: string; readonly name: string; readonly version?: Uint8Array};

/** The named objects of an account, whose names and places are kept in the network itself. */
export type Buckets = {
	/** Throws BUCKET_EXISTS, BUCKET_NAME_BAD. */
	create(name: string, options?: Keeping & {readonly keepVersions?: boolean}): Promise<BucketSummary>;
	/** What the chain and the providers know: nothing on this machine is needed but the account's key. */
	list(call?: Call): Promise<readonly BucketSummary[]>;
	/** Throws BUCKET_UNKNOWN, BUCKET_NOT_EMPTY. */
	remove(name: string, call?: Call): Promise<void>;
	put(options: PutObjectOptions): Promise<ListedObject>;
	/** Many small objects at once, each at most 4 KiB, as one change. Throws OBJECT_TOO_LONG. */
	putMany(
		bucket: string,
		objects: readonly {readonly name: string; readonly bytes: Uint8Array}[],
		options?: Keeping,
	): Promise<void>;
	/** Throws OBJECT_UNKNOWN. */
	get(object: ObjectName & {readonly sink: ByteSink}, call?: Call): Promise<ListedObject>;
	delete(object: ObjectName, options?: Keeping): Promise<void>;
	/** One page. */
	listing(bucket: string, options?: Partial<ListOptions>, call?: Call): Promise<ObjectListing>;
	/** Makes this machine know all objects of a bucket, as if they had been put here. Returns them. */
	restore(bucket: string, call?: Call): Promise<readonly ListedObject[]>;
};

const EPOCHS_DEFAULT = 10;
const MANIFEST_DEPTH_MAX = 3;
const NESTED_MANIFEST_BYTES_MAX: number = 48 * 2 ** 20;

const refuse = (code: string, message: string, detail: Readonly<Record<string, unknown>>): NodeError =>
	new NodeError({code, message, ...detail});

const listed = ({path, version, entry}: ObjectVersion): ListedObject => ({
	name: decodeUtf8(path) ?? toHex(path),
	version,
	entry,
});

const pathOf = (name: string): Uint8Array => {
	const path = parseObjectName(name);
	if (path.ok) return path.value;
	const {code, ...detail} = path.error;
	throw refuse(code, 'An object is called 1 to 1,024 bytes of UTF-8.', detail);
};

const unknownBucket = (bucket: string): NodeError =>
	refuse('BUCKET_UNKNOWN', `There is no bucket called ${bucket}: list the buckets to see their names.`, {
		bucket,
	});

const idOf = ({ports, metadataKey}: BucketContext, bucket: string): Hash32 => {
	const name = parseBucketName(bucket);
	if (!name.ok)
		throw refuse(
			name.error.code,
			`"${bucket}" is no name of a bucket: 3 to 63 of a-z, 0-9, "-" and ".", a letter or digit at both ends.`,
			{bucket},
		);
	return bucketIdOf(ports.crypto, metadataKey, name.value);
};

const opened = async (context: BucketContext, name: string, call: Call): Promise<Bucket> => {
	const {chain} = context;
	const head = await chain.control.head(toHex(chain.account), toHex(idOf(context, name)), call);
	if (head === undefined) throw unknownBucket(name);
	return openBucket(context, head, call);
};

const summary = ({name, id, version, keepVersions}: Bucket): BucketSummary => ({
	name,
	id,
	version,
	keepVersions,
});

/** Puts a manifest where it fits: into the entry, or, when it is too long, into an object of its own. */
const referenceTo = async (
	context: BucketContext,
	bucket: Bucket,
	manifest: Uint8Array,
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<ObjectContent> => {
	let reference = manifest;
	let depth = 0;
	for (; reference.length > REFERENCE_BYTES_MAX && depth < MANIFEST_DEPTH_MAX; depth++)
		reference = await putBytes(
			context,
			{name: hiddenName(bucket, context, 'manifest'), bytes: reference, epochs},
			call,
		);
	return {kind: 'stored', depth, reference};
};

const store = async (
	context: BucketContext,
	bucket: Bucket,
	{source, epochs = EPOCHS_DEFAULT, onProgress, signal}: PutObjectOptions,
): Promise<{readonly content: ObjectContent; readonly sha256: Uint8Array}> => {
	const call = {...(signal && {signal})};
	if (source.length <= INLINE_BYTES_MAX) {
		const bytes = new Uint8Array(source.length);
		await source.read(0, bytes);
		const hash = context.ports.sha256();
		hash.update(bytes);
		return {content: {kind: 'inline', bytes}, sha256: hash.digest()};
	}
	const name = hiddenName(bucket, context, 'object');
	const {sha256} = await putFile(context, {name, source, epochs, ...call, ...(onProgress && {onProgress})});
	const manifest = await storedManifest(context, name);
	return {content: await referenceTo(context, bucket, manifest, {epochs, call}), sha256};
};

const write = async (
	context: BucketContext,
	bucket: Bucket,
	writes: readonly ObjectWrite[],
	{epochs = EPOCHS_DEFAULT, signal}: Keeping,
): Promise<Bucket> => {
	const call = {...(signal && {signal})};
	const {tree, root, nodes, keepVersions} = bucket;
	const change = await nodes.run(writeObjects(tree, root, writes, {keepVersions}), call);
	return commitBucket(context, bucket, change, {epochs, call});
};

const put = async (context: BucketContext, options: PutObjectOptions): Promise<ListedObject> => {
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

const putMany = async (
	context: BucketContext,
	name: string,
	objects: readonly {readonly name: string; readonly bytes: Uint8Array}[],
	options: Keeping,
): Promise<void> => {
	const {entropy, clock, sha256} = context.ports;
	const bucket = await opened(context, name, {...(options.signal && {signal: options.signal})});
	const modifiedMs = Math.max(0, Math.floor(clock.now()));
	const writes = objects.map(({name: object, bytes}): ObjectWrite => {
		const {length: size} = bytes;
		if (size > INLINE_BYTES_MAX)
			throw refuse('OBJECT_TOO_LONG', `${object} is too long to be written with others.`, {size});
		const hash = sha256();
		hash.update(bytes);
		return {
			kind: 'put',
			path: pathOf(object),
			version: versionId(bucket.version + 1, entropy.bytes(8)),
			entry: {
				kind: 'object',
				size,
				sha256: hash.digest(),
				contentType: null,
				modifiedMs,
				content: {kind: 'inline', bytes},
			},
		};
	});
	await write(context, bucket, writes, options);
};

const find = async (
	{tree, root, nodes, name: bucket}: Bucket,
	{name, version}: ObjectName,
	call: Call,
): Promise<ObjectVersion> => {
	const found = await nodes.run(getObject(tree, root, pathOf(name), version), call);
	if (found !== undefined) return found;
	throw refuse('OBJECT_UNKNOWN', `There is no ${name} in ${bucket}.`, {bucket, name});
};

/** The manifest of an object's own bytes, known on this machine from now on. */
const adopt = async (
	context: BucketContext,
	{depth, reference}: Extract<ObjectContent, {kind: 'stored'}>,
	call: Call,
): Promise<string> => {
	let own = reference;
	for (let left = depth; left > 0; left--)
		own = await getBytes(context, {reference: own, bytesMax: NESTED_MANIFEST_BYTES_MAX}, call);
	return (await adoptManifest(context, own)).name;
};

const get = async (
	context: BucketContext,
	{sink, ...object}: ObjectName & {readonly sink: ByteSink},
	call: Call,
): Promise<ListedObject> => {
	const found = await find(await opened(context, object.bucket, call), object, call);
	const {entry} = found;
	const content = entry.kind === 'object' ? entry.content : undefined;
	if (content === undefined || content.kind === 'packed')
		throw refuse('OBJECT_UNKNOWN', `${object.name} has no bytes in this version.`, object);
	if (content.kind === 'inline') {
		await sink.write(content.bytes);
		await sink.finish();
	} else await getFile(context, {name: await adopt(context, content, call), sink, ...call});
	return listed(found);
};

const listing = async (
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

const restore = async (
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
				await adopt(context, entry.content, call);
			all.push(listed(object));
		}
		if (next === null) return all;
		from = next;
	}
};

const create = async (
	context: BucketContext,
	name: string,
	{keepVersions = false, epochs = EPOCHS_DEFAULT, signal}: Keeping & {readonly keepVersions?: boolean},
): Promise<BucketSummary> => {
	const call = {...(signal && {signal})};
	const id = idOf(context, name);
	const {chain} = context;
	if ((await chain.control.head(toHex(chain.account), toHex(id), call)) !== undefined)
		throw refuse('BUCKET_EXISTS', `There is a bucket called ${name} already.`, {bucket: name});
	const empty = {root: null, nodes: [], replaced: []};
	const bucket = newBucket(context, {id, name, keepVersions});
	return summary(await commitBucket(context, bucket, empty, {epochs, call}));
};

const remove = async (context: BucketContext, name: string, call: Call): Promise<void> => {
	const {chain} = context;
	const {root, id, version} = await opened(context, name, call);
	if (root !== null)
		throw refuse('BUCKET_NOT_EMPTY', `${name} is not empty: delete its objects first.`, {bucket: name});
	await chain.send({kind: 'head-remove', bucket: id, version}, call);
};

export const createBuckets = (context: BucketContext): Buckets => ({
	create: (name, options = {}) => create(context, name, options),
	list: async (call = {}) => {
		const {chain} = context;
		const heads = await chain.control.heads(toHex(chain.account), call);
		const buckets = await Promise.all(heads.map(head => openBucket(context, head, call)));
		return buckets.map(summary).sort((a, b) => (a.name < b.name ? -1 : 1));
	},
	remove: (name, call = {}) => remove(context, name, call),
	put: options => put(context, options),
	putMany: (bucket, objects, options = {}) => putMany(context, bucket, objects, options),
	get: (object, call = {}) => get(context, object, call),
	delete: async ({bucket: name, ...object}, options = {}) => {
		const {signal, epochs} = options;
		const call = {...(signal && {signal})};
		const bucket = await opened(context, name, call);
		const {path, version} = await find(bucket, {bucket: name, ...object}, call);
		const {ports} = context;
		const write_: ObjectWrite =
			object.version === undefined
				? {
						kind: 'delete',
						path,
						version: versionId(bucket.version + 1, ports.entropy.bytes(8)),
						modifiedMs: Math.max(0, Math.floor(ports.clock.now())),
					}
				: {kind: 'forget', path, version};
		await write(context, bucket, [write_], {...call, ...(epochs !== undefined && {epochs})});
	},
	listing: (bucket, options = {}, call = {}) => listing(context, bucket, options, call),
	restore: (bucket, call = {}) => restore(context, bucket, call),
});
