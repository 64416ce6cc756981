/** The shares of an account: made, listed from the network itself, revoked. */
import {giveGrant} from '#access/give-grant';
import type {Right} from '#access/rights';
import {bucketPathKey, folderTags, objectTags, type Scope} from '#access/scope';
import {bearerSeed, recordKey, type Share, sharedFilesKey, shareLink} from '#access/share';
import {
	SHARE_RECORD_VERSION,
	SHARED_OBJECTS_MAX,
	type SharedObject,
	sealShareRecord,
} from '#access/share-record';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import type {Manifest} from '#pieces/manifest/manifest';
import type {Bucket} from '../storage-client/bucket-state.ts';
import type {Buckets} from '../storage-client/buckets.ts';
import {hiddenName} from '../storage-client/hidden-files.ts';
import {opened} from '../storage-client/open-by-name.ts';
import type {Operations} from '../storage-client/operations.ts';
import {putReplicated} from '../storage-client/replicated-piece.ts';
import {closeShareChannels, openShareChannels} from './share-channels.ts';
import {type ListedShare, listShares, noteShare, type ShareNote} from './share-notes.ts';
import {
	allTooLong,
	isFolderName,
	type OwnerContext,
	objectsToShare,
	placementOf,
	sharedObject,
} from './shared-objects.ts';

type Call = {readonly signal?: AbortSignal};

export type ShareOptions = Call & {
	readonly bucket: string;
	/** An object, or a folder: then it is empty (the whole bucket) or ends with a slash. */
	readonly name: string;
	/** How long it is good; default 10. */
	readonly epochs?: number;
	/** The first slot in which it is good. */
	readonly notBefore?: Slot;
	/** Of an object, in bytes; longer ones are left out. */
	readonly sizeMax?: number;
	/** Besides to read and to list. */
	readonly rights?: readonly Right[];
	/** What each provider may be paid for downloads by whoever has the share; undefined: nothing. */
	readonly cap?: Lovelace;
};

export type CreatedShare = {
	readonly id: Hash32;
	readonly share: Share;
	readonly link: string;
	readonly objects: number;
	readonly notAfter: Slot;
	/** Channels that were opened for it. */
	readonly channels: number;
};

export type RevokedShare = {readonly id: Hash32 | null; readonly channels: number};

export type Shares = {
	/** Throws OBJECT_UNKNOWN, SHARE_TOO_LARGE, SHARE_TOO_DEEP and codes of what it stores. */
	create(options: ShareOptions): Promise<CreatedShare>;
	list(call?: Call): Promise<readonly ListedShare[]>;
	/** From the next block on no provider takes it. `idPrefix`: how its id begins, in hexadecimal. Throws SHARE_UNKNOWN. */
	revoke(idPrefix: string, call?: Call): Promise<RevokedShare>;
	/** All that there is, known to this list or not. */
	revokeAll(call?: Call): Promise<RevokedShare>;
};

const EPOCHS_DEFAULT = 10;

const tooLarge = (): NodeError =>
	new NodeError({
		code: 'SHARE_TOO_LARGE',
		message: 'What there is to say of these objects is too long for one share: share folders below it.',
	});

type Place = {readonly scope: Scope; readonly pathKey: Uint8Array | null};

/** What the grant is about, and with a folder the key below it. */
const placeOf = (
	{ports: {crypto}}: OwnerContext,
	{id}: Bucket,
	bucketKey: Uint8Array,
	name: string,
): Place => {
	const bytes = encodeUtf8(name);
	if (!isFolderName(name))
		return {scope: {bucket: id, path: objectTags(crypto, bucketKey, bytes)}, pathKey: null};
	const folder = folderTags(crypto, bucketKey, bytes);
	if (folder === undefined)
		throw new NodeError({
			code: 'SHARE_TOO_DEEP',
			message: 'Folders are told apart for 15 levels: share one further up, or single objects.',
			name,
		});
	return {scope: {bucket: id, path: folder.tags}, pathKey: folder.key};
};

type Recorded = {
	readonly sealed: Uint8Array;
	readonly objects: number;
	readonly manifests: readonly Manifest[];
};

const recordOf = async (
	context: OwnerContext,
	bucket: Bucket,
	{
		name,
		secret,
		pathKey,
		place,
		epochs,
		sizeMax = Number.MAX_SAFE_INTEGER,
	}: {
		readonly name: string;
		readonly epochs: number;
		readonly sizeMax?: number | undefined;
		readonly secret: Uint8Array;
		readonly pathKey: Uint8Array;
		readonly place: Place;
	},
	call: Call,
): Promise<Recorded> => {
	const manifests: Manifest[] = [];
	const sharing = {
		bucket,
		pathKey,
		filesKey: sharedFilesKey(secret),
		epochs,
		onManifest: (manifest: Manifest) => void manifests.push(manifest),
	};
	const found = await objectsToShare(bucket, name, {objectsMax: SHARED_OBJECTS_MAX, call});
	const short = found.filter(({entry}) => entry.kind !== 'object' || entry.size <= sizeMax);
	if (short.length === 0 && found.length > 0) throw allTooLong(sizeMax);
	const objects: SharedObject[] = [];
	for (const object of short) {
		const shared = await sharedObject(context, sharing, object, call);
		if (shared !== undefined) objects.push(shared);
	}
	const {aead} = context.ports.segments;
	const sealed = sealShareRecord(
		aead,
		{key: recordKey(secret), nonce: context.ports.entropy.bytes(12)},
		{
			version: SHARE_RECORD_VERSION,
			bucketName: bucket.name,
			name: encodeUtf8(name),
			isFolder: isFolderName(name),
			pathKey: place.pathKey,
			objects,
		},
	);
	if (sealed === undefined) throw tooLarge();
	return {sealed, objects: objects.length, manifests};
};

/** Providers of the objects' pieces and of the record's copies, in hexadecimal. */
const providersOf = async (
	{manifests}: OwnerContext,
	recorded: Recorded,
	recordName: string,
): Promise<ReadonlySet<string>> => {
	const all = [...recorded.manifests, await manifests.load(recordName)];
	return new Set(all.flatMap(({holders}) => holders.map(({providerId}) => toHex(providerId))));
};

/**
 * Who may only read must be able to read the record, too; longer objects than were asked for are not in it. Who may also
 * write is held to what was asked for.
 */
const sizeMaxOf = ({sizeMax, rights = []}: ShareOptions, sealed: Uint8Array): number | null => {
	if (sizeMax === undefined) return null;
	return rights.includes('write') ? sizeMax : Math.max(sizeMax, sealed.length);
};

const RIGHTS: readonly Right[] = ['read', 'list'];

const create = async (
	context: OwnerContext,
	buckets: Buckets,
	options: ShareOptions,
): Promise<CreatedShare> => {
	const {ports, chain, metadataKey, seed} = context;
	const {crypto, entropy} = ports;
	const {bucket: bucketName, name, epochs = EPOCHS_DEFAULT, cap, signal} = options;
	const call = {...(signal && {signal})};
	const bucket = await opened(context, bucketName, call);
	const pathKey = bucketPathKey(metadataKey, bucket.id);
	const place = placeOf(context, bucket, pathKey, name);
	const secret = entropy.bytes(32);
	const recorded = await recordOf(
		context,
		bucket,
		{name, epochs, secret, pathKey, place, sizeMax: options.sizeMax},
		call,
	);
	const recordName = hiddenName(context, {id: bucket.id, what: 'share'});
	const pieceId = await putReplicated(context, {name: recordName, bytes: recorded.sealed, epochs}, call);
	const {genesis, genesisHash} = chain.env;
	const notAfter = Slot((await chain.currentSlot(call)) + epochs * genesis.epochLength);
	const series = Hash32(entropy.bytes(32));
	const payerVk = crypto.ed25519VerificationKey(bearerSeed(secret));
	const {access} = await chain.control.account(toHex(chain.account), call);
	const grant = giveGrant(
		crypto,
		{genesisHash, seed},
		{
			series,
			epochs: {account: access.epoch, series: 0},
			terms: {
				audience: payerVk,
				rights: [...RIGHTS, ...(options.rights ?? [])],
				scope: place.scope,
				notBefore: options.notBefore ?? Slot(0),
				notAfter,
				sizeMax: sizeMaxOf(options, recorded.sealed),
			},
		},
	);
	const placement = placementOf(context, place.scope, [pieceId]);
	const share: Share = {genesisHash, chain: grant, record: {pieceId, placement}, secret};
	const channels =
		cap === undefined
			? 0
			: await openShareChannels(
					chain,
					{
						providers: await providersOf(context, recorded, recordName),
						payerVk,
						cap,
						expiry: notAfter,
					},
					call,
				);
	const link = shareLink(crypto, share);
	const note = {id: series, bucket: bucketName, name, link, notAfter, accountEpoch: access.epoch, payerVk};
	await noteShare(buckets, note, {epochs, call});
	return {id: series, share, link, objects: recorded.objects, notAfter, channels};
};

const onlyOne = (shares: readonly ListedShare[], idPrefix: string): ShareNote => {
	const found = shares.filter(({id}) => toHex(id).startsWith(idPrefix.toLowerCase()));
	const [first, second] = found;
	if (first !== undefined && second === undefined) return first;
	throw new NodeError({
		code: 'SHARE_UNKNOWN',
		message:
			first === undefined
				? `No share has an id that begins with "${idPrefix}": list the shares to see their ids.`
				: `Several shares have an id that begins with "${idPrefix}": give more digits.`,
		idPrefix,
	});
};

const revoke = async (
	context: OwnerContext,
	buckets: Buckets,
	idPrefix: string,
	call: Call,
): Promise<RevokedShare> => {
	const {chain} = context;
	const {id, notAfter, payerVk} = onlyOne(await listShares(context, buckets, call), idPrefix);
	const slot = await chain.currentSlot(call);
	const {access} = await chain.control.account(toHex(chain.account), call);
	const epoch = access.revoked.find(({series}) => series === toHex(id))?.epoch ?? 0;
	if (notAfter > slot)
		await chain.send({kind: 'access-revoke', series: id, epoch: epoch + 1, until: notAfter}, call);
	const channels = await chain.control.channels({funder: toHex(chain.account)}, call);
	return {id, channels: await closeShareChannels(chain, channels, payerVk, call)};
};

const revokeAll = async (context: OwnerContext, buckets: Buckets, call: Call): Promise<RevokedShare> => {
	const {chain} = context;
	const {access} = await chain.control.account(toHex(chain.account), call);
	await chain.send({kind: 'access-revoke', series: null, epoch: access.epoch + 1, until: null}, call);
	let closed = 0;
	for (const {payerVk} of await listShares(context, buckets, call)) {
		const channels = await chain.control.channels({funder: toHex(chain.account)}, call);
		closed += await closeShareChannels(chain, channels, payerVk, call);
	}
	return {id: null, channels: closed};
};

/** `run`: how each of its operations is done. */
export const createShares = (context: OwnerContext, buckets: Buckets, run: Operations['run']): Shares => {
	assert(context.seed.length === 32, "an account's seed has 32 bytes");
	return {
		create: options => run(options, own => create(context, buckets, {...options, ...own})),
		list: (call = {}) => run(call, own => listShares(context, buckets, own)),
		revoke: (idPrefix, call = {}) => run(call, own => revoke(context, buckets, idPrefix, own)),
		revokeAll: (call = {}) => run(call, own => revokeAll(context, buckets, own)),
	};
};
