/** One bucket as a device sees it: its head on the chain, its locator with providers, its tree. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {HeadView} from '#node/ports/head-api';
import type {TreeChange} from '#pieces/metadata/edit-tree';
import {liveNodes} from '#pieces/metadata/live-nodes';
import {
	LOCATOR_VERSION,
	type Locator,
	type NodePack,
	openLocator,
	PACKS_MAX,
	sealLocator,
} from '#pieces/metadata/locator';
import {mergeTrees} from '#pieces/metadata/merge-trees';
import {locatorKeyOf, treeKeysOf} from '#pieces/metadata/metadata-keys';
import {NodeCache} from '#pieces/metadata/node-cache';
import type {Tree, TreeRoot} from '#pieces/metadata/walk';
import {BucketNodes} from './bucket-nodes.ts';
import {bringLocator, bringNodes} from './cached-metadata.ts';
import {hashField} from './chain-client.ts';
import {hiddenName} from './hidden-files.ts';
import type {FileContext} from './put-file.ts';
import {putReplicated} from './replicated-piece.ts';
import {putBytes} from './small-files.ts';

type Call = {readonly signal?: AbortSignal};

export type BucketContext = FileContext & {
	/** From the account's key. */
	readonly metadataKey: Uint8Array;
	/** Buckets as they were seen last, by the hexadecimal of their ids. */
	readonly seen: Map<string, Bucket>;
};

export type Bucket = {
	readonly id: Hash32;
	readonly name: string;
	readonly keepVersions: boolean;
	/** 0 and null of a bucket that is not on the chain yet. */
	readonly version: number;
	/** What the head says: the id of the locator's piece. */
	readonly locator: Hash32 | null;
	readonly root: TreeRoot;
	readonly tree: Tree;
	readonly nodes: BucketNodes;
};

/** Nodes that stand in the locator itself, in bytes; with more they go into a pack. */
const INLINE_NODES_BYTES = 256 * 1024;
const ROUNDS_MAX = 5;

export const newBucket = (
	context: BucketContext,
	{id, name, keepVersions}: Pick<Bucket, 'id' | 'name' | 'keepVersions'>,
): Bucket => ({
	id,
	name,
	keepVersions,
	version: 0,
	locator: null,
	root: null,
	tree: {
		crypto: {hasher: context.ports.crypto, aead: context.ports.segments.aead},
		keys: treeKeysOf(context.metadataKey, id),
		cache: new NodeCache(),
	},
	nodes: new BucketNodes((pack, part, call) => bringNodes(context, {pack, part}, call)),
});

/** Whoever uses more buckets by turns opens them again. */
const SEEN_MAX = 4;

const remember = ({seen}: BucketContext, bucket: Bucket): Bucket => {
	const key = toHex(bucket.id);
	seen.delete(key);
	seen.set(key, bucket);
	for (const oldest of seen.keys()) {
		if (seen.size <= SEEN_MAX) break;
		seen.delete(oldest);
	}
	return bucket;
};

/** Opens the bucket that a head is of, unless it was seen as it is. Throws PIECE_UNAVAILABLE, LOCATOR_* codes. */
export const openBucket = async (context: BucketContext, head: HeadView, call: Call): Promise<Bucket> => {
	const id = hashField(head.bucket, 'bucket');
	const locator = hashField(head.root, 'root of a head');
	const before = context.seen.get(toHex(id));
	if (before?.locator != null && toHex(before.locator) === toHex(locator))
		return remember(context, {...before, version: head.version});
	const piece = await bringLocator(context, locator, call);
	const opened = openLocator(context.ports.segments.aead, locatorKeyOf(context.metadataKey, id), piece);
	if (!opened.ok) {
		const {code, ...detail} = opened.error;
		throw new NodeError({
			code,
			message: 'What a bucket leads to cannot be opened with this account.',
			...detail,
		});
	}
	const {bucketName: name, keepVersions, root} = opened.value;
	const bucket = newBucket(context, {id, name, keepVersions});
	bucket.nodes.learn(context.ports.crypto, opened.value);
	return remember(context, {...bucket, version: head.version, locator, root});
};

const packOf = async (
	context: BucketContext,
	bucket: Bucket,
	nodes: readonly {readonly address: Hash32; readonly bytes: Uint8Array}[],
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<NodePack> => {
	const whole = new Uint8Array(nodes.reduce((sum, {bytes}) => sum + bytes.length, 0));
	let offset = 0;
	const packed = nodes.map(({address, bytes}) => {
		const at = offset;
		whole.set(bytes, at);
		offset += bytes.length;
		return {address, offset: at, length: bytes.length};
	});
	const name = hiddenName(context, {id: bucket.id, what: 'pack'});
	return {reference: await putBytes(context, {name, bytes: whole, epochs}, call), nodes: packed};
};

/** What there is to be known of the bucket's tree; new packs are stored. */
const locatorOf = async (
	context: BucketContext,
	bucket: Bucket,
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<Locator> => {
	const {tree, root, nodes, name, keepVersions} = bucket;
	const live = await nodes.run(liveNodes(tree, root), call);
	const wanted = new Set(live.map(toHex));
	const kept = nodes.packs
		.map(pack => ({...pack, nodes: pack.nodes.filter(({address}) => wanted.has(toHex(address)))}))
		.filter(pack => pack.nodes.length > 0);
	// Many small packs become one.
	const packs = kept.length < PACKS_MAX ? kept : [];
	const packed = new Set(packs.flatMap(pack => pack.nodes.map(({address}) => toHex(address))));
	const loose: {address: Hash32; bytes: Uint8Array}[] = [];
	for (const address of live) {
		if (packed.has(toHex(address))) continue;
		const bytes = await nodes.bring(address, call);
		if (bytes === undefined)
			throw new NodeError({code: 'METADATA_NODE_MISSING', message: 'A node of the bucket is lost.', address});
		loose.push({address, bytes});
	}
	const size = loose.reduce((sum, {bytes}) => sum + bytes.length, 0);
	const common = {version: LOCATOR_VERSION, bucketName: name, keepVersions, root};
	if (size <= INLINE_NODES_BYTES) return {...common, nodes: loose.map(({bytes}) => bytes), packs};
	const pack = await packOf(context, bucket, loose, {epochs, call});
	return {...common, nodes: [], packs: [...packs, pack]};
};

const setHead = async (
	{chain}: BucketContext,
	{id, version, locator}: Bucket,
	root: Hash32,
	call: Call,
): Promise<void> => {
	await chain.send(
		{
			kind: 'head-set',
			owner: chain.account,
			bucket: id,
			version: version + 1,
			seen: locator,
			root,
			writer: null,
			writers: null,
		},
		call,
	);
};

const isStale = (error: unknown): boolean =>
	error instanceof NodeError &&
	((error.code === 'TRANSACTION_REFUSED' && error.detail['reason'] === 'HEAD_VERSION_STALE') ||
		error.code === 'TRANSACTION_LOST');

/** What a refused head may take to be on the chain, or to be dropped there. */
const SLOTS_BEHIND_MAX = 60;

/** The bucket as somebody else made it; undefined when the head is still the one that we saw. */
const changedBucket = async (
	context: BucketContext,
	seen: Bucket,
	call: Call,
): Promise<Bucket | undefined> => {
	const {chain} = context;
	const before = seen.locator && toHex(seen.locator);
	let head: HeadView | undefined;
	let left = SLOTS_BEHIND_MAX;
	await chain.until(async () => {
		head = await chain.control.head(toHex(chain.account), toHex(seen.id), call);
		return (head?.root ?? null) !== before || left-- === 0;
	}, call);
	if ((head?.root ?? null) === before) return undefined;
	if (head !== undefined) return openBucket(context, head, call);
	throw new NodeError({
		code: 'BUCKET_UNKNOWN',
		message: `${seen.name} was removed meanwhile.`,
		bucket: seen.name,
	});
};

/** Ours on top of theirs, both from what was there before. */
const mergeInto = async (
	{base, ours, theirs}: {readonly base: Bucket; readonly ours: Bucket; readonly theirs: Bucket},
	call: Call,
): Promise<Bucket> => {
	const {nodes, tree} = ours;
	nodes.learnFrom(theirs.nodes);
	const roots = {base: base.root, ours: ours.root, theirs: theirs.root};
	const merged = await nodes.run(mergeTrees(tree, roots), call);
	nodes.add(merged);
	return {...ours, version: theirs.version, locator: theirs.locator, root: merged.root};
};

export type Committing = {
	readonly epochs: number;
	readonly call: Call;
	/** Gives up when another device has written meanwhile: a change of entries that the other may have deleted. */
	readonly alone?: boolean;
};

/**
 * Makes a change known: nodes, locator, head. When another device was faster the changes of both are merged and it is
 * tried again. Throws BUCKET_BUSY when that does not end.
 */
export const commitBucket = async (
	context: BucketContext,
	before: Bucket,
	change: TreeChange,
	{epochs, call, alone = false}: Committing,
): Promise<Bucket> => {
	before.nodes.add(change);
	let base = before;
	let ours: Bucket = {...before, root: change.root};
	for (let round = 0; round < ROUNDS_MAX; round++) {
		const locator = await locatorOf(context, ours, {epochs, call});
		const key = locatorKeyOf(context.metadataKey, ours.id);
		const bytes = sealLocator(
			context.ports.segments.aead,
			{key, nonce: context.ports.entropy.bytes(12)},
			locator,
		);
		const name = hiddenName(context, {id: ours.id, what: 'locator', number: ours.version + 1});
		const pieceId = await putReplicated(context, {name, bytes, epochs}, call);
		try {
			await setHead(context, ours, pieceId, call);
			const nodes = ours.nodes.settled(context.ports.crypto, locator);
			return remember(context, {...ours, version: ours.version + 1, locator: pieceId, nodes});
		} catch (error) {
			if (!isStale(error)) throw error;
			if (alone) break;
		}
		const theirs = await changedBucket(context, ours, call);
		if (theirs === undefined) continue;
		ours = await mergeInto({base, ours, theirs}, call);
		base = theirs;
	}
	throw new NodeError({
		code: 'BUCKET_BUSY',
		message: `Other devices write ${before.name} all the time: try again later.`,
		bucket: before.name,
	});
};
