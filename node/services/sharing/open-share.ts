/** What somebody can do who was given a share: see what is in it, fetch it, pass less of it on. */
import {passGrant} from '#access/give-grant';
import {encodeGrantChain, type GrantTerms, lastGrant} from '#access/grant';
import {encodePlacement} from '#access/placement';
import {isWithinRights, type Right} from '#access/rights';
import {folderTags, objectTags} from '#access/scope';
import {bearerSeed, recordKey, type Share, sharedFilesKey} from '#access/share';
import type {SharedFile} from '#access/share-file';
import {
	openShareRecord,
	SHARE_RECORD_VERSION,
	type SharedObject,
	type ShareRecord,
	sealShareRecord,
} from '#access/share-record';
import {checkLapse, verifyGrantChain} from '#access/verify-chain';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {decodeManifest, encodeManifest, type Manifest} from '#pieces/manifest/manifest';
import {unwrapKey, wrapKey} from '#pieces/manifest/wrapped-key';
import {createSessionPool} from '#transport/session-pool';
import {ChainClient} from '../storage-client/chain-client.ts';
import type {StorageClientOptions, StorageClientPorts} from '../storage-client/client-ports.ts';
import {openManifests} from '../storage-client/customer.ts';
import {breakOff, checkRange, getFile} from '../storage-client/get-file.ts';
import type {FileContext} from '../storage-client/put-file.ts';
import {hedgingOf} from '../storage-client/race.ts';
import type {ObjectFetch} from '../storage-client/read-objects.ts';
import {getReplicated} from '../storage-client/replicated-piece.ts';
import {openUploads} from '../storage-client/uploads.ts';
import {type GrantedTransport, grantedTransport} from './granted-transport.ts';
import {memoryManifests, noUploads} from './memory-manifests.ts';
import {allTooLong, isFolderName, piecesOf} from './shared-objects.ts';

type Call = {readonly signal?: AbortSignal};

export type SharedName = {
	readonly name: string;
	readonly size: number;
	readonly sha256: Uint8Array;
	readonly contentType: string | null;
	readonly modifiedMs: number;
};

export type NarrowOptions = {
	/** One of the objects, or a folder in the share. */
	readonly name: string;
	readonly notAfter?: Slot;
	readonly sizeMax?: number;
};

export type OpenedShare = {
	readonly bucketName: string;
	readonly name: string;
	/** A folder may hold any number of objects; else it is one. */
	readonly isFolder: boolean;
	readonly terms: GrantTerms;
	readonly objects: readonly SharedName[];
	/** Throws OBJECT_UNKNOWN, and codes of a download. Nothing is left of what could not be brought back. */
	get(name: string, wanted: ObjectFetch, call?: Call): Promise<SharedName>;
	/** Less of it, for somebody else: carries its own record, so nothing is stored. Throws GRANT_WIDENED, GRANT_EXPIRED, OBJECT_UNKNOWN, SHARE_OBJECT_TOO_LONG. */
	narrow(options: NarrowOptions): SharedFile;
	close(): void;
};

type Opening = {
	readonly share: Share;
	/** From a share file; nothing when the record is with providers. */
	readonly sealedRecord: Uint8Array;
};

const refuse = (code: string, message: string, detail: object = {}): NodeError =>
	new NodeError({...detail, code, message});

const EXPLANATIONS: Readonly<Record<string, string>> = {
	GRANT_EXPIRED: 'The share is over: ask its owner for another one.',
	GRANT_NOT_YET_VALID: 'The share is not good yet.',
	GRANT_REVOKED: 'The owner has revoked the share.',
};

/** What every provider would find, found before one is asked. Returns the slot that it is. */
const checkShare = async (
	{crypto}: StorageClientPorts,
	chain: ChainClient,
	share: Share,
	call: Call,
): Promise<Slot> => {
	const {genesisHash} = chain.env;
	if (!equalBytes(share.genesisHash, genesisHash))
		throw refuse('SHARE_OF_ANOTHER_NETWORK', 'The share is of another network than the node.', {
			genesisHash: share.genesisHash,
		});
	const access = verifyGrantChain(crypto, genesisHash, share.chain);
	if (!access.ok) throw refuse(access.error.code, 'The grants of the share do not hold.', access.error);
	if (!equalBytes(access.value.audience, chain.verificationKey))
		throw refuse('GRANT_AUDIENCE_WRONG', 'The grants of the share are to another key than its own.');
	const {access: revoked} = await chain.control.account(toHex(access.value.owner), call);
	const series = toHex(access.value.series);
	const current = {
		account: revoked.epoch,
		series: revoked.revoked.find(each => each.series === series)?.epoch ?? 0,
	};
	const slot = await chain.currentSlot(call);
	const lapsed = checkLapse(access.value, {slot, current});
	if (!lapsed.ok) {
		const {code} = lapsed.error;
		throw refuse(code, EXPLANATIONS[code] ?? 'The share is of another state of the chain.', lapsed.error);
	}
	return slot;
};

const fetchRecord = async (
	context: FileContext,
	transport: GrantedTransport,
	{share, sealedRecord}: Opening,
	call: Call,
): Promise<ShareRecord> => {
	const place = share.record;
	if (place !== null) {
		const placement = encodePlacement(place.placement);
		transport.admit({placement, pieces: [place.pieceId], agreements: [undefined]});
	}
	const sealed = place === null ? sealedRecord : await getReplicated(context, place.pieceId, call);
	const opened = openShareRecord(context.ports.segments.aead, recordKey(share.secret), sealed);
	if (opened.ok) return opened.value;
	throw refuse(opened.error.code, "The share's record cannot be read.", opened.error);
};

const nameOf = ({name}: {readonly name: Uint8Array}): string => decodeUtf8(name) ?? toHex(name);

const sharedName = (object: SharedObject): SharedName => {
	const {size, sha256, contentType, modifiedMs} = object;
	return {name: nameOf(object), size, sha256, contentType, modifiedMs};
};

const inconsistent = (): NodeError =>
	refuse('OBJECT_ENTRY_INCONSISTENT', 'An object of the share is another file than the share says.');

const manifestOf = ({name, size, sha256}: SharedObject, bytes: Uint8Array): Manifest => {
	const manifest = decodeManifest(bytes);
	if (!manifest.ok)
		throw refuse(manifest.error.code, 'What the share says of an object is no manifest.', manifest.error);
	const isSame = manifest.value.size === size && equalBytes(manifest.value.sha256, sha256);
	if (!isSame) throw inconsistent();
	// Names of the owner's own list mean nothing here, and two could be the same.
	return {...manifest.value, name: toHex(name)};
};

type Open = {
	readonly context: FileContext;
	readonly transport: GrantedTransport;
	readonly share: Share;
	readonly record: ShareRecord;
	/** When it was opened. */
	readonly slot: Slot;
};

const find = ({record}: Open, name: string): SharedObject => {
	const object = record.objects.find(each => nameOf(each) === name);
	if (object !== undefined) return object;
	throw refuse('OBJECT_UNKNOWN', `There is no ${name} in the share.`, {name});
};

const fetch = async (
	open: Open,
	name: string,
	{sink, range, onProgress}: ObjectFetch,
	call: Call,
): Promise<SharedName> => {
	const {context, transport} = open;
	const object = find(open, name);
	const {content} = object;
	if (content.kind === 'inline') {
		const {length: size} = content.bytes;
		if (range !== undefined) checkRange(range, {name, size});
		const sha256 = context.ports.sha256();
		sha256.update(content.bytes);
		if (!equalBytes(sha256.digest(), object.sha256)) throw inconsistent();
		await sink.write(content.bytes.subarray(range?.from ?? 0, range?.until ?? size));
		await sink.finish();
		return sharedName(object);
	}
	const manifest = manifestOf(object, content.manifest);
	const pieces = piecesOf(manifest);
	const agreements = manifest.segments.flatMap(segment =>
		segment.pieces.map(({holder}): Hash32 | undefined => manifest.holders[holder]?.agreementId),
	);
	transport.admit({placement: content.placement, pieces, agreements});
	await context.manifests.save(manifest);
	const options = {...(range && {range}), ...(onProgress && {onProgress}), ...call};
	await getFile(context, {name: manifest.name, sink, ...options});
	return sharedName(object);
};

const rewrapped = (
	{context: {ports}, share}: Open,
	object: SharedObject,
	filesKey: Uint8Array,
): SharedObject => {
	const {content} = object;
	if (content.kind === 'inline') return object;
	const {aead} = ports.segments;
	const manifest = manifestOf(object, content.manifest);
	const wrapped = manifest.wrappedFileKey;
	const key = unwrapKey(aead, {purpose: 'file', wrapped, under: sharedFilesKey(share.secret)});
	if (key === undefined) throw refuse('MANIFEST_KEY_WRONG', 'A key in the share does not open.');
	const nonce = ports.entropy.bytes(12);
	const wrappedFileKey = wrapKey(aead, {purpose: 'file', key, under: filesKey, nonce});
	return {...object, content: {...content, manifest: encodeManifest({...manifest, wrappedFileKey})}};
};

/** The tags of a name within the share, and the key below it when it is a folder. */
const within = (
	{context, record}: Open,
	path: readonly Uint8Array[],
	name: string,
): {readonly path: readonly Uint8Array[]; readonly pathKey: Uint8Array | null} => {
	const {crypto} = context.ports;
	if (record.pathKey === null || nameOf(record) === name) return {path, pathKey: record.pathKey};
	if (!name.startsWith(nameOf(record)))
		throw refuse('OBJECT_UNKNOWN', `${name} is not in the share.`, {name});
	const rest = encodeUtf8(name).subarray(record.name.length);
	if (!isFolderName(name))
		return {path: [...path, ...objectTags(crypto, record.pathKey, rest)], pathKey: null};
	const folder = folderTags(crypto, record.pathKey, rest);
	if (folder === undefined) throw refuse('SHARE_TOO_DEEP', 'Folders are told apart for 15 levels.', {name});
	return {path: [...path, ...folder.tags], pathKey: folder.key};
};

const SHARED: readonly Right[] = ['read', 'list'];

const narrowed = (open: Open, {name, notAfter, sizeMax}: NarrowOptions): SharedFile => {
	const {context, share, record, slot} = open;
	const {crypto, entropy, segments} = context.ports;
	const {terms} = lastGrant(share.chain);
	const isFolder = isFolderName(name);
	const named = record.objects.filter(each =>
		isFolder ? nameOf(each).startsWith(name) : nameOf(each) === name,
	);
	if (named.length === 0) throw refuse('OBJECT_UNKNOWN', `There is no ${name} in the share.`, {name});
	if (notAfter !== undefined && notAfter <= slot)
		throw refuse('GRANT_EXPIRED', 'It would be over before it began.', {notAfter, slot});
	const inside = named.filter(({size}) => sizeMax === undefined || size <= sizeMax);
	if (inside.length === 0) throw allTooLong(sizeMax ?? 0);
	const {path, pathKey} = within(open, terms.scope.path, name);
	const secret = entropy.bytes(32);
	const audience = crypto.ed25519VerificationKey(bearerSeed(secret));
	const passed = passGrant(
		crypto,
		{genesisHash: share.genesisHash, seed: bearerSeed(share.secret)},
		share.chain,
		{
			audience,
			rights: SHARED.filter(right => isWithinRights([right], terms.rights)),
			scope: {bucket: terms.scope.bucket, path},
			notBefore: terms.notBefore,
			notAfter: notAfter ?? terms.notAfter,
			sizeMax: sizeMax ?? terms.sizeMax,
		},
	);
	if (!passed.ok)
		throw refuse(passed.error.code, 'A share is passed on for less than it is, not more.', passed.error);
	const filesKey = sharedFilesKey(secret);
	const sealedRecord = sealShareRecord(
		segments.aead,
		{key: recordKey(secret), nonce: entropy.bytes(12)},
		{
			version: SHARE_RECORD_VERSION,
			bucketName: record.bucketName,
			name: encodeUtf8(name),
			isFolder,
			pathKey,
			objects: inside.map(object => rewrapped(open, object, filesKey)),
		},
	);
	return {
		share: {genesisHash: share.genesisHash, chain: passed.value, record: null, secret},
		sealedRecord: defined(sealedRecord, 'a part of a record is no longer than the record'),
	};
};

/**
 * `ports.transport` must be of the share's key (`bearerSeed`). Throws SHARE_OF_ANOTHER_NETWORK, GRANT_EXPIRED,
 * GRANT_REVOKED and other codes of grants, PIECE_UNAVAILABLE, SHARE_RECORD_SEAL_BROKEN.
 */
export const openShare = async (
	ports: Omit<StorageClientPorts, 'manifests' | 'uploads'>,
	opening: Opening,
	{sessionsMax, hedgeMs, ...call}: Pick<StorageClientOptions, 'sessionsMax' | 'hedgeMs'> & Call = {},
): Promise<OpenedShare> => {
	const {share} = opening;
	const {owner} = share.chain.root.body;
	const seed = bearerSeed(share.secret);
	const transport = grantedTransport(ports.transport, ports.crypto, encodeGrantChain(share.chain));
	const own = {...ports, transport, manifests: memoryManifests(), uploads: noUploads};
	const chain = await ChainClient.open(own, seed, {owner, ...call});
	const slot = await checkShare(own, chain, share, call);
	const pool = createSessionPool(transport, {...(sessionsMax !== undefined && {sessionsMax})});
	const close = (): void => {
		pool.close();
		ports.works.close().catch(() => undefined);
	};
	try {
		const {aead} = ports.segments;
		const manifests = openManifests(
			{store: own.manifests, aead, entropy: ports.entropy},
			sharedFilesKey(share.secret),
		);
		const uploads = openUploads({journal: noUploads, aead, entropy: ports.entropy}, recordKey(share.secret));
		const context: FileContext = {ports: own, chain, pool, manifests, uploads, hedging: hedgingOf(hedgeMs)};
		const record = await fetchRecord(context, transport, opening, call);
		const open: Open = {context, transport, share, record, slot};
		return {
			bucketName: record.bucketName,
			name: nameOf(record),
			isFolder: record.isFolder,
			terms: lastGrant(share.chain).terms,
			objects: record.objects.map(sharedName),
			get: async (name, wanted, get = {}) => {
				try {
					return await fetch(open, name, wanted, get);
				} catch (error) {
					await breakOff(wanted.sink, error);
					throw error;
				}
			},
			narrow: options => narrowed(open, options),
			close,
		};
	} catch (error) {
		close();
		throw error;
	}
};
