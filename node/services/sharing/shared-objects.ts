/** Objects of a bucket as a share's record holds them. */
import {signForAccount} from '#access/account-signature';
import {encodePlacement, placementMessage, placementRoot, type SignedPlacement} from '#access/placement';
import {objectTags, type Scope} from '#access/scope';
import {INLINE_BYTES_MAX, type SharedContent, type SharedObject} from '#access/share-record';
import type {PieceId} from '#crypto/piece-id';
import {defined} from '#kernel/assert';
import {concat, equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import type {ByteSink} from '#node/ports/byte-file';
import {encodeManifest, type Manifest} from '#pieces/manifest/manifest';
import {wrapKey} from '#pieces/manifest/wrapped-key';
import {LIST_LIMIT_MAX} from '#pieces/metadata/limits';
import {listObjects} from '#pieces/metadata/list-objects';
import type {ObjectEntry} from '#pieces/metadata/object-entry';
import type {ObjectVersion} from '#pieces/metadata/objects';
import type {Bucket, BucketContext} from '../storage-client/bucket-state.ts';
import {hiddenName} from '../storage-client/hidden-files.ts';
import {adoptObject, findObject, getObject} from '../storage-client/read-objects.ts';
import {adoptManifest, putBytes} from '../storage-client/small-files.ts';

type Call = {readonly signal?: AbortSignal};

export type OwnerContext = BucketContext & {
	/** The account's Ed25519 key, 32 bytes. */
	readonly seed: Uint8Array;
};

/** All pieces of a file, in the order in which a placement is about them. */
export const piecesOf = ({segments}: Manifest): readonly PieceId[] =>
	segments.flatMap(({pieces}) => pieces.map(({pieceId}) => pieceId));

/** The owner's word that these pieces belong there. */
export const placementOf = (
	{ports: {crypto}, chain, seed}: OwnerContext,
	scope: Scope,
	pieces: readonly PieceId[],
): SignedPlacement => {
	const placement = {scope, root: placementRoot(crypto, pieces)};
	const message = placementMessage(crypto, chain.env.genesisHash, placement);
	return {...placement, signature: signForAccount(crypto, seed, message)};
};

export const isFolderName = (name: string): boolean => name === '' || name.endsWith('/');

/** Nothing is left to be shared. */
export const allTooLong = (sizeMax: number): NodeError =>
	new NodeError({
		code: 'SHARE_OBJECT_TOO_LONG',
		message: `What is to be shared is longer than ${sizeMax} bytes: raise the limit, or share something else.`,
		sizeMax,
	});

/** The object of that name, or all in that folder, by name. Throws OBJECT_UNKNOWN, SHARE_TOO_LARGE. */
export const objectsToShare = async (
	bucket: Bucket,
	name: string,
	{objectsMax, call}: {readonly objectsMax: number; readonly call: Call},
): Promise<readonly ObjectVersion[]> => {
	if (!isFolderName(name)) return [await findObject(bucket, {bucket: bucket.name, name}, call)];
	const {tree, root, nodes} = bucket;
	const prefix = encodeUtf8(name);
	const all: ObjectVersion[] = [];
	for (let from: Uint8Array | undefined; ; ) {
		const options = {prefix, limit: LIST_LIMIT_MAX, ...(from && {from})};
		const page = await nodes.run(listObjects(tree, root, options), call);
		all.push(...page.objects);
		if (all.length > objectsMax)
			throw new NodeError({
				code: 'SHARE_TOO_LARGE',
				message: `There are more than ${objectsMax} objects: share folders below it.`,
				objectsMax,
			});
		if (page.next === null) return all;
		from = page.next;
	}
};

const collector = (): ByteSink & {readonly bytes: () => Uint8Array} => {
	const parts: Uint8Array[] = [];
	return {
		write: async bytes => {
			parts.push(bytes.slice());
		},
		finish: async () => undefined,
		discard: async () => undefined,
		bytes: () => concat(...parts),
	};
};

type Sharing = {
	readonly bucket: Bucket;
	/** Of the bucket's names. */
	readonly pathKey: Uint8Array;
	/** Under which file keys are wrapped for the share. */
	readonly filesKey: Uint8Array;
	/** How long copies are kept that are made for the share. */
	readonly epochs: number;
	/** Learns of every manifest that is shared. */
	readonly onManifest: (manifest: Manifest) => void;
};

const storedContent = async (
	context: OwnerContext,
	{id, pathKey, filesKey, onManifest}: Omit<Sharing, 'bucket' | 'epochs'> & {readonly id: Hash32},
	name: Uint8Array,
	manifest: Manifest,
): Promise<SharedContent> => {
	const {ports, manifests} = context;
	const wrappedFileKey = wrapKey(ports.segments.aead, {
		purpose: 'file',
		key: manifests.fileKey(manifest),
		under: filesKey,
		nonce: ports.entropy.bytes(12),
	});
	onManifest(manifest);
	const scope = {bucket: id, path: objectTags(ports.crypto, pathKey, name)};
	return {
		kind: 'stored',
		manifest: encodeManifest({...manifest, wrappedFileKey}),
		placement: encodePlacement(placementOf(context, scope, piecesOf(manifest))),
	};
};

/** A file of its own for an object of a pack: whoever could open the pack could read its neighbours. */
const copied = async (
	context: OwnerContext,
	{bucket: {id}, epochs}: Sharing,
	{bytes, sha256}: {readonly bytes: Uint8Array; readonly sha256: Uint8Array},
	call: Call,
): Promise<Manifest> => {
	const name = hiddenName(context, {id, what: 'share'});
	const manifest = await adoptManifest(context, await putBytes(context, {name, bytes, epochs}, call));
	if (equalBytes(manifest.sha256, sha256)) return manifest;
	throw new NodeError({
		code: 'OBJECT_ENTRY_INCONSISTENT',
		message: 'An object of a pack is another one than its entry says.',
	});
};

const contentOf = async (
	context: OwnerContext,
	sharing: Sharing,
	{path, version}: ObjectVersion,
	{entry, call}: {readonly entry: Extract<ObjectEntry, {readonly kind: 'object'}>; readonly call: Call},
): Promise<SharedContent> => {
	const {content, size} = entry;
	if (content.kind === 'inline') return content;
	if (content.kind === 'stored') {
		const manifest = await adoptObject(context, entry, content, call);
		return storedContent(context, {...sharing, id: sharing.bucket.id}, path, manifest);
	}
	const sink = collector();
	const name = defined(decodeUtf8(path), 'names of objects are UTF-8');
	await getObject(context, {bucket: sharing.bucket.name, name, version, sink}, call);
	const bytes = sink.bytes();
	if (size <= INLINE_BYTES_MAX) return {kind: 'inline', bytes};
	const copy = await copied(context, sharing, {bytes, sha256: entry.sha256}, call);
	return storedContent(context, {...sharing, id: sharing.bucket.id}, path, copy);
};

/** What the record says of an object; undefined of one that was deleted. */
export const sharedObject = async (
	context: OwnerContext,
	sharing: Sharing,
	object: ObjectVersion,
	call: Call,
): Promise<SharedObject | undefined> => {
	const {entry, path} = object;
	if (entry.kind === 'delete-marker') return undefined;
	const {size, sha256, contentType, modifiedMs} = entry;
	const content = await contentOf(context, sharing, object, {entry, call});
	return {name: path, size, sha256, contentType, modifiedMs, content};
};
