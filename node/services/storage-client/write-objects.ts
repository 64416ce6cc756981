import {toHex} from '#kernel/bytes';
import type {ByteSource} from '#node/ports/byte-file';
import {INLINE_BYTES_MAX, REFERENCE_BYTES_MAX} from '#pieces/metadata/limits';
import type {ObjectContent, ObjectEntry} from '#pieces/metadata/object-entry';
import {type ObjectWrite, writeObjects} from '#pieces/metadata/objects';
import {versionId} from '#pieces/metadata/tree-key';
import {type Bucket, type BucketContext, commitBucket, HIDDEN, hiddenName} from './bucket-state.ts';
import {type ListedObject, type ObjectName, opened, pathOf, refuse} from './open-by-name.ts';
import {type PutProgress, putFile} from './put-file.ts';
import {findObject} from './read-objects.ts';
import {putBytes, storedManifest} from './small-files.ts';

type Call = {readonly signal?: AbortSignal};
/** How long what is written is kept at least. */
export type Keeping = Call & {readonly epochs?: number};

export type PutObjectOptions = Keeping & {
	readonly bucket: string;
	readonly name: string;
	readonly source: ByteSource;
	readonly contentType?: string;
	readonly onProgress?: (progress: PutProgress) => void;
};

export const EPOCHS_DEFAULT = 10;
const MANIFEST_DEPTH_MAX = 3;

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
	{name: object, source, epochs = EPOCHS_DEFAULT, onProgress, signal}: PutObjectOptions,
): Promise<{readonly content: ObjectContent; readonly sha256: Uint8Array}> => {
	const call = {...(signal && {signal})};
	if (source.length <= INLINE_BYTES_MAX) {
		const bytes = new Uint8Array(source.length);
		await source.read(0, bytes);
		const hash = context.ports.sha256();
		hash.update(bytes);
		return {content: {kind: 'inline', bytes}, sha256: hash.digest()};
	}
	// An upload that broke off goes on under the name that it had.
	const resumeAs = `${HIDDEN}${toHex(bucket.id)}/${object}`;
	const name = (await context.uploads.load(resumeAs))?.plan.name ?? hiddenName(bucket, context, 'object');
	const stored = {name, resumeAs, source, epochs, ...call, ...(onProgress && {onProgress})};
	const {sha256} = await putFile(context, stored);
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

export const putObjects = async (
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
