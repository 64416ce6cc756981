import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {ListOptions} from '#pieces/metadata/list-objects';
import type {TreeKey} from '#pieces/metadata/tree-key';
import {freeBucket} from './bucket-garbage.ts';
import {type Bucket, type BucketContext, commitBucket, newBucket, openBucket} from './bucket-state.ts';
import {type CleanedBucket, cleanBucket} from './clean-bucket.ts';
import {type DemandedAgreement, type DemandOptions, demandFile} from './demand-file.ts';
import {idOf, type ListedObject, type ObjectName, opened, refuse} from './open-by-name.ts';
import type {Operations} from './operations.ts';
import {
	fileOfObject,
	getObject,
	listBucket,
	listVersionsOf,
	type ObjectFetch,
	type ObjectListing,
	restoreBucket,
	type VersionPage,
} from './read-objects.ts';
import {bucketTickets, type SealedTickets} from './repair-tickets.ts';
import {
	deleteObject,
	EPOCHS_DEFAULT,
	type Keeping,
	type ManyObject,
	type PutManyOptions,
	type PutObjectOptions,
	putObject,
	putObjects,
} from './write-objects.ts';

type Call = {readonly signal?: AbortSignal};
export type BucketSummary = {
	readonly name: string;
	readonly id: Hash32;
	/** How often it was written. */
	readonly version: number;
	readonly keepVersions: boolean;
};

/** The named objects of an account, whose names and places are kept in the network itself. */
export type Buckets = {
	/** Throws BUCKET_EXISTS, BUCKET_NAME_BAD. */
	create(name: string, options?: Keeping & {readonly keepVersions?: boolean}): Promise<BucketSummary>;
	/** What the chain and the providers know: nothing on this machine is needed but the account's key. */
	list(call?: Call): Promise<readonly BucketSummary[]>;
	/**
	 * Takes what is of no use out of the agreements that this device made: what writes left because a provider did not
	 * answer, what broken-off writes left, packs whose objects are gone. O(entries).
	 */
	clean(name: string, options?: Keeping): Promise<CleanedBucket>;
	/** For a repairer: of all that this device has stored for the bucket, the listing included. */
	repairTickets(name: string, call?: Call): Promise<SealedTickets>;
	/** Throws BUCKET_UNKNOWN, BUCKET_NOT_EMPTY. */
	remove(name: string, call?: Call): Promise<void>;
	put(options: PutObjectOptions): Promise<ListedObject>;
	/**
	 * Many objects at once, as one change: those up to 4 KiB stand in the listing, those up to 1 MiB are stored together,
	 * larger ones by themselves.
	 */
	putMany(
		bucket: string,
		objects: readonly ManyObject[],
		options?: PutManyOptions,
	): Promise<readonly ListedObject[]>;
	/** Throws OBJECT_UNKNOWN. */
	get(object: ObjectName & ObjectFetch, call?: Call): Promise<ListedObject>;
	/** Asks all who keep it for its pieces, as of a file by itself. Throws OBJECT_UNKNOWN, OBJECT_IN_LISTING. */
	demand(object: ObjectName, options?: Omit<DemandOptions, 'name'>): Promise<readonly DemandedAgreement[]>;
	delete(object: ObjectName, options?: Keeping): Promise<void>;
	/** One page. */
	listing(bucket: string, options?: Partial<ListOptions>, call?: Call): Promise<ObjectListing>;
	/** One page of every version of the objects whose names begin so. */
	versions(
		bucket: string,
		options?: {readonly prefix?: Uint8Array; readonly from?: TreeKey; readonly limit?: number},
		call?: Call,
	): Promise<VersionPage>;
	/** Makes this machine know all objects of a bucket, as if they had been put here. Returns them. */
	restore(bucket: string, call?: Call): Promise<readonly ListedObject[]>;
};

const summary = ({name, id, version, keepVersions}: Bucket): BucketSummary => ({
	name,
	id,
	version,
	keepVersions,
});

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
	await freeBucket(context, id, call);
};

const list = async (context: BucketContext, call: Call): Promise<readonly BucketSummary[]> => {
	const {chain} = context;
	const heads = await chain.control.heads(toHex(chain.account), call);
	const buckets = await Promise.all(heads.map(head => openBucket(context, head, call)));
	return buckets.map(summary).sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** `run`: how each of its operations is done. */
export const createBuckets = (context: BucketContext, run: Operations['run']): Buckets => ({
	create: (name, options = {}) => run(options, own => create(context, name, {...options, ...own})),
	list: (call = {}) => run(call, own => list(context, own)),
	remove: (name, call = {}) => run(call, own => remove(context, name, own)),
	clean: (name, {epochs = EPOCHS_DEFAULT, ...call} = {}) =>
		run(call, own => cleanBucket(context, name, {epochs, ...own})),
	repairTickets: (name, call = {}) => run(call, own => bucketTickets(context, name, own)),
	put: options => run(options, own => putObject(context, {...options, ...own})),
	putMany: (bucket, objects, options = {}) =>
		run(options, own => putObjects(context, bucket, objects, {...options, ...own})),
	get: (object, call = {}) => run(call, own => getObject(context, object, own)),
	demand: (object, {wait = false, ...call} = {}) =>
		run(call, async own =>
			demandFile(context, {name: await fileOfObject(context, object, own), wait, ...own}),
		),
	delete: (object, options = {}) => run(options, own => deleteObject(context, object, {...options, ...own})),
	listing: (bucket, options = {}, call = {}) => run(call, own => listBucket(context, bucket, options, own)),
	versions: (bucket, options = {}, call = {}) =>
		run(call, own => listVersionsOf(context, bucket, options, own)),
	restore: (bucket, call = {}) => run(call, own => restoreBucket(context, bucket, own)),
});
