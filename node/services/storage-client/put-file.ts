import {pieceLeafCount} from '#crypto/piece-id';
import {LEAF_BYTES} from '#crypto/piece-tree-kernel';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {ServiceClass} from '#ledger/service/service-class';
import type {ByteSource} from '#node/ports/byte-file';
import {type CodeProfile, SEGMENT_BYTES_DEVNET} from '#pieces/erasure/code-profile';
import {SEGMENTS_MAX} from '#pieces/manifest/manifest';
import type {UploadPlan} from '#pieces/manifest/upload-record';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {HeldPiece} from '#storage-proofs/agreement-trie';
import {findLeaf} from '#storage-proofs/trie/trie';
import type {SessionPool} from '#transport/session-pool';
import {offering} from './agree-service.ts';
import {type ChainClient, reachableProviders} from './chain-client.ts';
import {
	type ClientAgreement,
	type ProviderWithPeer,
	piecesByAgreement,
	secureAgreements,
} from './client-agreements.ts';
import type {StorageClientPorts} from './client-ports.ts';
import type {Manifests} from './customer.ts';
import {codeFor, drawProviders, operatorsOf, peerOf, spreadOf} from './find-providers.ts';
import type {Hedging} from './race.ts';
import {resumeUpload} from './resume-upload.ts';
import {reviseAgreements} from './revise-agreements.ts';
import {
	type FileSegment,
	placedSegments,
	segmentCount,
	type UploadedFile,
	uploadFile,
} from './upload-file.ts';
import {segmentRecord, type Uploads} from './uploads.ts';

export type PutProgress =
	| {readonly phase: 'agreements'; readonly providers: number}
	/** Bytes of pieces that were sent, and about how many will be. */
	| {readonly phase: 'upload'; readonly sentBytes: number; readonly totalBytes: number}
	| {readonly phase: 'revisions'; readonly agreements: number}
	| {readonly phase: 'done'};

export type PutOptions = {
	readonly name: string;
	readonly source: ByteSource;
	/** How many epochs the file is kept at least; default 10. */
	readonly epochs?: number;
	/** Object lock: for so many epochs nobody deletes it, its owner neither; default 0. */
	readonly lockEpochs?: number;
	/** Ed25519; who may repair. Default the customer itself. */
	readonly repairerVk?: Uint8Array;
	/** Lovelace per GiB and epoch; default what providers ask. */
	readonly rate?: Lovelace;
	/** Default by the number of providers. */
	readonly code?: CodeProfile;
	readonly segmentBytes?: number;
	/** What providers have to promise about giving pieces back; nothing unless given. */
	readonly serviceClass?: ServiceClass;
	/** Under which an upload that breaks off is gone on with by the next one; default its name. */
	readonly resumeAs?: string;
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: PutProgress) => void;
};

export type StoredFile = {
	readonly name: string;
	readonly size: number;
	readonly sha256: Uint8Array;
	readonly code: CodeProfile;
	readonly segments: number;
	/** Segments that an earlier try had stored already. */
	readonly keptSegments: number;
	/** Pieces stored, and their bytes. */
	readonly pieces: number;
	readonly storedBytes: number;
	/** Bytes of pieces sent, those of spares that were called off included. */
	readonly sentBytes: number;
	readonly holders: readonly {
		readonly providerId: Hash32;
		readonly agreementId: Hash32;
		readonly pieces: number;
	}[];
};

export type FileContext = {
	readonly ports: StorageClientPorts;
	readonly chain: ChainClient;
	readonly pool: SessionPool;
	readonly manifests: Manifests;
	readonly uploads: Uploads;
	/** Who may repair, unless it is said for a file; default the customer itself. */
	readonly repairerVk?: Uint8Array;
	readonly hedging: Hedging;
};

export const EPOCHS_DEFAULT = 10;

export const acceptingProviders = async (
	{ports, pool, chain}: FileContext,
	{signal, serviceClass}: Pick<PutOptions, 'signal' | 'serviceClass'>,
): Promise<readonly ProviderWithPeer[]> => {
	const reachable = (await reachableProviders(ports.control, {...(signal && {signal})})).flatMap(provider => {
		const peer = provider.accepting ? peerOf({pool, clock: ports.clock}, provider) : undefined;
		return peer === undefined ? [] : {...provider, peer};
	});
	return offering(reachable, serviceClass, chain.parameters);
};

/** Those that have so much room. Throws PROVIDERS_WITHOUT_ROOM. */
export const providersWithRoom = <P extends Pick<ProviderWithPeer, 'freeLeaves' | 'traits' | 'score'>>(
	providers: readonly P[],
	{leaves, needed}: {readonly leaves: number; readonly needed: number},
): readonly P[] => {
	const withRoom = providers.filter(({freeLeaves}) => freeLeaves >= leaves);
	const found = operatorsOf(withRoom);
	if (found >= needed) return withRoom;
	throw new NodeError({
		code: 'PROVIDERS_WITHOUT_ROOM',
		message: `Only ${found} providers have room for ${leaves * LEAF_BYTES} bytes where ${needed} are needed: store less, or wait for more providers.`,
		found,
		needed,
		bytes: leaves * LEAF_BYTES,
	});
};

/** How a file is cut in a network of so many operators. Throws PROVIDERS_TOO_FEW. */
export const cutOf = (
	options: Pick<PutOptions, 'code' | 'segmentBytes'>,
	operators: number,
): {readonly code: CodeProfile; readonly segmentBytes: number} => {
	const plan = options.code === undefined ? codeFor(operators) : undefined;
	return {
		code: options.code ?? (plan as NonNullable<typeof plan>).code,
		segmentBytes: options.segmentBytes ?? plan?.segmentBytes ?? SEGMENT_BYTES_DEVNET,
	};
};

/** What each provider must have room for, should it get a piece of every segment. Throws FILE_TOO_LONG. */
export const leavesEach = (
	size: number,
	{code, segmentBytes}: {readonly code: CodeProfile; readonly segmentBytes: number},
): number => {
	const count = segmentCount(size, segmentBytes);
	if (count > SEGMENTS_MAX)
		throw new NodeError({
			code: 'FILE_TOO_LONG',
			message: `A file has at most ${SEGMENTS_MAX} segments: store it in parts.`,
			bytes: size,
			bytesMax: SEGMENTS_MAX * segmentBytes,
		});
	return count * pieceLeafCount(pieceLengthOf(code.k, Math.min(segmentBytes, Math.max(1, size))));
};

type Addition = {readonly agreement: ClientAgreement; readonly pieces: readonly HeldPiece[]};

/**
 * Signs the pieces over to their agreements. A provider that does not sign drops out with its pieces, as long as enough
 * are left of every segment.
 */
const addToAgreements = async (
	{chain}: FileContext,
	{
		agreements,
		uploaded,
		code,
	}: {
		readonly agreements: readonly ClientAgreement[];
		readonly uploaded: readonly FileSegment[];
		readonly code: CodeProfile;
	},
	{signal, onProgress}: PutOptions,
): Promise<{readonly pieces: readonly FileSegment[]; readonly held: readonly Addition[]}> => {
	const all = uploaded.flatMap(segment => segment.pieces);
	const additions = agreements
		.map(agreement => ({
			agreement,
			pieces: all
				.filter(({target}) => target === agreement)
				.map(({pieceId, length}) => ({pieceId, leaves: pieceLeafCount(length)})),
		}))
		.filter(addition => addition.pieces.length > 0);
	onProgress?.({phase: 'revisions', agreements: additions.length});
	// An earlier try may have got so far that pieces are signed for already.
	const unsigned = additions
		.map(({agreement, pieces}) => ({
			agreement,
			pieces: pieces.filter(({pieceId}) => findLeaf(agreement.trie, pieceId) === undefined),
		}))
		.filter(({pieces}) => pieces.length > 0);
	const {declined} = await reviseAgreements(chain, unsigned, {...(signal && {signal})});
	const lost = new Set(declined.map(({agreement}) => agreement));
	const pieces = uploaded.map(segment => ({
		...segment,
		pieces: segment.pieces.filter(({target}) => !lost.has(target)),
	}));
	const stored = Math.min(...pieces.map(segment => segment.pieces.length));
	if (stored < code.repairAt)
		throw new NodeError({
			code: 'UPLOAD_TOO_FEW_PIECES',
			message: `Only ${stored} pieces of a segment were signed for where ${code.repairAt} are needed.`,
			stored,
			needed: code.repairAt,
			reasons: declined.map(({error}) => error.detail['reason'] ?? error.code),
		});
	return {pieces, held: additions.filter(({agreement}) => !lost.has(agreement))};
};

/** Where an upload goes, and what of it is there. */
export type Placing = Omit<UploadPlan, 'kind'> & {
	readonly agreements: readonly ClientAgreement[];
	readonly earlier: ReadonlyMap<number, FileSegment>;
};

/** How the file is cut and where it goes: new agreements, or those that have room. */
const newPlacing = async (
	context: FileContext,
	options: PutOptions,
	known: ReadonlyMap<string, readonly HeldPiece[]>,
): Promise<Placing> => {
	const {ports, chain, manifests} = context;
	const {source, signal, onProgress, epochs = EPOCHS_DEFAULT, lockEpochs = 0} = options;
	const providers = await acceptingProviders(context, options);
	const {code, segmentBytes} = cutOf(options, operatorsOf(providers));
	const leaves = leavesEach(source.length, {code, segmentBytes});
	const withRoom = providersWithRoom(providers, {leaves, needed: code.optimal});
	const chosen = drawProviders(ports.crypto, withRoom, {
		seed: ports.entropy.bytes(32),
		count: Math.min(code.total, operatorsOf(withRoom)),
		limits: spreadOf(chain.parameters, code),
	});
	onProgress?.({phase: 'agreements', providers: chosen.length});
	const repairerVk = options.repairerVk ?? chain.verificationKey;
	const agreements = await secureAgreements(
		{chain, entropy: ports.entropy},
		known,
		{
			providers: chosen,
			leaves,
			epochs: Math.max(epochs, lockEpochs),
			lockEpochs,
			repairerVk,
			atLeast: code.optimal,
			...(options.rate !== undefined && {rate: options.rate}),
			...(options.serviceClass !== undefined && {serviceClass: options.serviceClass}),
		},
		{...(signal && {signal})},
	);
	const {wrapped: wrappedFileKey} = manifests.newFileKey();
	return {
		name: options.name,
		size: source.length,
		segmentBytes,
		code,
		wrappedFileKey,
		repairerVk,
		epochs,
		holders: agreements.map(({agreementId, provider}) => ({agreementId, providerId: provider.id})),
		agreements,
		earlier: new Map(),
	};
};

/** Goes on with an upload that broke off, if it was of such a file; else begins a new one. */
const placingOf = async (context: FileContext, options: PutOptions, key: string): Promise<Placing> => {
	const {uploads, manifests} = context;
	const known = piecesByAgreement(
		await Promise.all((await manifests.names()).map(each => manifests.load(each))),
	);
	const soFar = await uploads.load(key);
	const resumed = soFar && (await resumeUpload(context, options, {soFar, known}));
	if (resumed !== undefined) return resumed;
	const placing = await newPlacing(context, options, known);
	const {agreements: _, earlier: __, ...plan} = placing;
	await uploads.begin(key, {kind: 'plan', ...plan});
	return placing;
};

/** Stores a file: agreements, pieces, revisions, and last its manifest, which makes it findable. */
export const putFile = async (context: FileContext, given: PutOptions): Promise<StoredFile> => {
	const {manifests, uploads, repairerVk} = context;
	const options = {...(repairerVk && {repairerVk}), ...given};
	const {name, source, signal, onProgress, resumeAs: key = name} = options;
	if (await manifests.has(name)) {
		await uploads.remove(key);
		throw new NodeError({
			code: 'FILE_NAME_TAKEN',
			message: `A file called ${name} is stored already: choose another name.`,
			name,
		});
	}
	const placing = await placingOf(context, options, key);
	const {code, segmentBytes, wrappedFileKey, agreements, earlier} = placing;
	const totalBytes = Math.round((source.length * code.optimal) / code.k);
	let sentBytes = 0;
	const uploaded = await uploadFile(context, {
		source,
		code,
		segmentBytes,
		agreements,
		fileKey: manifests.openFileKey(wrappedFileKey),
		earlier,
		stored: (index, segment) => uploads.add(key, segmentRecord(placing.holders, index, segment)),
		onBytes: bytes => {
			sentBytes += bytes;
			onProgress?.({phase: 'upload', sentBytes, totalBytes});
		},
		...(signal && {signal}),
	});
	const {pieces, held} = await addToAgreements(
		context,
		{agreements, uploaded: uploaded.segments, code},
		options,
	);
	const {holders, segments} = placedSegments(
		held.map(({agreement}) => agreement),
		pieces,
	);
	await manifests.save({
		version: 1,
		name,
		size: source.length,
		sha256: uploaded.sha256,
		wrappedFileKey,
		code,
		holders: holders.map(({agreementId, provider}) => ({agreementId, providerId: provider.id})),
		segments,
	});
	await uploads.remove(key);
	onProgress?.({phase: 'done'});
	return storedFile(options, {uploaded, code, pieces, held});
};

const storedFile = (
	{name, source}: PutOptions,
	{
		uploaded,
		code,
		pieces,
		held,
	}: {
		readonly uploaded: UploadedFile;
		readonly code: CodeProfile;
		readonly pieces: readonly FileSegment[];
		readonly held: readonly Addition[];
	},
): StoredFile => {
	const all = pieces.flatMap(segment => segment.pieces);
	return {
		name,
		size: source.length,
		sha256: uploaded.sha256,
		code,
		segments: pieces.length,
		keptSegments: uploaded.kept,
		pieces: all.length,
		storedBytes: all.reduce((sum, {length}) => sum + length, 0),
		sentBytes: uploaded.sentBytes,
		holders: held.map(({agreement: {agreementId, provider}, pieces: own}) => ({
			agreementId,
			providerId: provider.id,
			pieces: own.length,
		})),
	};
};
