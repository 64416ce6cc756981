import {pieceLeafCount} from '#crypto/piece-id';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {ByteSource} from '#node/ports/byte-file';
import {type CodeProfile, SEGMENT_BYTES_DEVNET} from '#pieces/erasure/code-profile';
import type {ManifestSegment} from '#pieces/manifest/manifest';
import {sealForPieces} from '#pieces/segment/encode-segment';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {HeldPiece} from '#storage-proofs/agreement-trie';
import type {SessionPool} from '#transport/session-pool';
import {Slots} from '#transport/slots';
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
import {reviseAgreements} from './revise-agreements.ts';
import {type UploadedPiece, uploadSegment} from './segments.ts';

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
	/** Ed25519; who may repair. Default the customer itself. */
	readonly repairerVk?: Uint8Array;
	/** Lovelace per GiB and epoch; default what providers ask. */
	readonly rate?: Lovelace;
	/** Default by the number of providers. */
	readonly code?: CodeProfile;
	readonly segmentBytes?: number;
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: PutProgress) => void;
};

export type StoredFile = {
	readonly name: string;
	readonly size: number;
	readonly sha256: Uint8Array;
	readonly code: CodeProfile;
	readonly segments: number;
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
	readonly hedgeMs: number;
};

/** Plaintext on its way at a time, but two segments at least: while one is sent the next is read and encoded. */
const BYTES_IN_FLIGHT = 32 * 2 ** 20;
const EPOCHS_DEFAULT = 10;

type Uploaded = UploadedPiece<ClientAgreement>;
type UploadedSegment = {
	readonly plaintextLength: number;
	readonly wrappedKey: Uint8Array;
	readonly pieces: readonly Uploaded[];
};

export const acceptingProviders = async (
	{ports, pool}: FileContext,
	signal: AbortSignal | undefined,
): Promise<readonly ProviderWithPeer[]> =>
	(await reachableProviders(ports.control, {...(signal && {signal})})).flatMap(provider => {
		const peer = provider.accepting ? peerOf({pool, clock: ports.clock}, provider) : undefined;
		return peer === undefined ? [] : {...provider, peer};
	});

type UploadPlan = {
	readonly code: CodeProfile;
	readonly segmentBytes: number;
	readonly agreements: readonly ClientAgreement[];
	readonly fileKey: Uint8Array;
};

/** Reads, seals and sends the file segment by segment; a few segments are in memory at a time. */
const uploadFile = async (
	{ports, chain, manifests, hedgeMs}: FileContext,
	{source, signal, onProgress}: PutOptions,
	{code, segmentBytes, agreements, fileKey}: UploadPlan,
): Promise<{
	readonly segments: readonly UploadedSegment[];
	readonly sha256: Uint8Array;
	readonly sentBytes: number;
}> => {
	const {clock, entropy, crypto, segments: segmentPorts} = ports;
	const count = Math.max(1, Math.ceil(source.length / segmentBytes));
	const totalBytes = Math.round((source.length * code.optimal) / code.k);
	const sha256 = ports.sha256();
	const inFlight = new Slots(Math.max(2, Math.floor(BYTES_IN_FLIGHT / segmentBytes)));
	const failed = new AbortController();
	const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
	const uploads: Promise<UploadedSegment>[] = [];
	let sentBytes = 0;
	const onBytes = (bytes: number): void => {
		sentBytes += bytes;
		onProgress?.({phase: 'upload', sentBytes, totalBytes});
	};
	const upload = async (plaintext: Uint8Array): Promise<UploadedSegment> => {
		const {key, wrapped} = manifests.newSegmentKey(fileKey);
		const sealed = sealForPieces(segmentPorts, {code, segmentKey: key, plaintext});
		const byProvider = new Map(agreements.map(each => [toHex(each.provider.id), each]));
		const drawn = drawProviders(
			crypto,
			agreements.map(({provider}) => provider),
			{seed: entropy.bytes(32), count: Math.min(code.total, agreements.length)},
		);
		const targets = drawn.flatMap(({id}) => byProvider.get(toHex(id)) ?? []);
		const pieces = await uploadSegment({ports: segmentPorts, chain}, sealed, targets, {
			clock,
			hedgeMs,
			signal: stop,
			onBytes,
		});
		return {plaintextLength: plaintext.length, wrappedKey: wrapped, pieces};
	};
	for (let index = 0; index < count; index++) {
		await inFlight.take(stop);
		const plaintext = new Uint8Array(Math.min(segmentBytes, source.length - index * segmentBytes));
		await source.read(index * segmentBytes, plaintext);
		sha256.update(plaintext);
		const uploading = upload(plaintext).finally(() => inFlight.free());
		// The first failure stops the others; it is thrown below.
		uploading.catch(error => failed.abort(error));
		uploads.push(uploading);
	}
	return {segments: await Promise.all(uploads), sha256: sha256.digest(), sentBytes};
};

/** The manifest's list of holders, and its segments that point into it. */
const placed = (
	agreements: readonly ClientAgreement[],
	segments: readonly UploadedSegment[],
): {readonly holders: readonly ClientAgreement[]; readonly segments: readonly ManifestSegment[]} => {
	const holders = agreements.filter(agreement =>
		segments.some(({pieces}) => pieces.some(({target}) => target === agreement)),
	);
	return {
		holders,
		segments: segments.map(({plaintextLength, wrappedKey, pieces}) => ({
			plaintextLength,
			wrappedKey,
			pieces: pieces.map(({index, pieceId, target}) => ({index, pieceId, holder: holders.indexOf(target)})),
		})),
	};
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
		readonly uploaded: readonly UploadedSegment[];
		readonly code: CodeProfile;
	},
	{signal, onProgress}: PutOptions,
): Promise<{readonly pieces: readonly UploadedSegment[]; readonly held: readonly Addition[]}> => {
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
	const {declined} = await reviseAgreements(chain, additions, {...(signal && {signal})});
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

/** Stores a file: agreements, pieces, revisions, and last its manifest, which makes it findable. */
export const putFile = async (context: FileContext, options: PutOptions): Promise<StoredFile> => {
	const {ports, chain, manifests} = context;
	const {name, source, signal, onProgress} = options;
	const call = {...(signal && {signal})};
	if (await manifests.has(name))
		throw new NodeError({
			code: 'FILE_NAME_TAKEN',
			message: `A file called ${name} is stored already: choose another name.`,
			name,
		});
	const providers = await acceptingProviders(context, signal);
	const plan = options.code === undefined ? codeFor(operatorsOf(providers)) : undefined;
	const code = options.code ?? (plan as NonNullable<typeof plan>).code;
	const segmentBytes = options.segmentBytes ?? plan?.segmentBytes ?? SEGMENT_BYTES_DEVNET;
	const count = Math.max(1, Math.ceil(source.length / segmentBytes));
	const leaves =
		count * pieceLeafCount(pieceLengthOf(code.k, Math.min(segmentBytes, Math.max(1, source.length))));
	const withRoom = providers.filter(({freeLeaves}) => freeLeaves >= leaves);
	const chosen = drawProviders(ports.crypto, withRoom, {
		seed: ports.entropy.bytes(32),
		count: Math.min(code.total, operatorsOf(withRoom)),
		limits: spreadOf(chain.env.genesis.parameters, code),
	});
	onProgress?.({phase: 'agreements', providers: chosen.length});
	const known = piecesByAgreement(
		await Promise.all((await manifests.names()).map(each => manifests.load(each))),
	);
	const agreements = await secureAgreements(
		{chain, entropy: ports.entropy},
		known,
		{
			providers: chosen,
			leaves,
			epochs: options.epochs ?? EPOCHS_DEFAULT,
			repairerVk: options.repairerVk ?? chain.verificationKey,
			atLeast: code.optimal,
			...(options.rate !== undefined && {rate: options.rate}),
		},
		call,
	);
	const {key: fileKey, wrapped: wrappedFileKey} = manifests.newFileKey();
	const uploaded = await uploadFile(context, options, {code, segmentBytes, agreements, fileKey});
	const {pieces, held} = await addToAgreements(
		context,
		{agreements, uploaded: uploaded.segments, code},
		options,
	);
	const {holders, segments} = placed(
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
	onProgress?.({phase: 'done'});
	return {
		name,
		size: source.length,
		sha256: uploaded.sha256,
		code,
		segments: segments.length,
		pieces: pieces.flatMap(segment => segment.pieces).length,
		storedBytes: pieces.flatMap(segment => segment.pieces).reduce((sum, {length}) => sum + length, 0),
		sentBytes: uploaded.sentBytes,
		holders: held.map(({agreement: {agreementId, provider}, pieces: own}) => ({
			agreementId,
			providerId: provider.id,
			pieces: own.length,
		})),
	};
};
