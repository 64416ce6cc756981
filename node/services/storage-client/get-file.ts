import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ByteSink} from '#node/ports/byte-file';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {Manifest, ManifestSegment} from '#pieces/manifest/manifest';
import {decodeSegment} from '#pieces/segment/decode-segment';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {locatePieces, type PieceLocations} from './piece-locations.ts';
import type {FileContext} from './put-file.ts';
import {type Buffers, downloadPieces, pooledBuffers} from './segments.ts';

export type GetProgress = {
	readonly phase: 'download';
	/** Of the file. */
	readonly bytes: number;
	readonly totalBytes: number;
};

export type GetOptions = {
	readonly name: string;
	readonly sink: ByteSink;
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: GetProgress) => void;
};

export type FetchedFile = {
	readonly name: string;
	readonly size: number;
	readonly sha256: Uint8Array;
	/** Bytes of pieces that were fetched and used. */
	readonly fetchedBytes: number;
	/** Pieces that a provider did not bring or brought wrong. */
	readonly failures: number;
};

type Fetch = {
	readonly locations: PieceLocations;
	readonly manifest: Manifest;
	readonly signal: AbortSignal;
	readonly buffers: Buffers;
	readonly onFailure: () => void;
};

/** Segments that are on their way while one is decoded and written. */
const SEGMENTS_AHEAD = 2;

const fetchSegment = (
	{ports, hedgeMs}: FileContext,
	{plaintextLength, pieces}: ManifestSegment,
	{locations, manifest: {code}, signal, buffers, onFailure}: Fetch,
): Promise<readonly IndexedPiece[]> =>
	downloadPieces(
		ports.segments,
		{
			sources: locations.sources(pieces),
			length: pieceLengthOf(code.k, plaintextLength),
			wanted: code.k,
		},
		{
			clock: ports.clock,
			hedgeMs,
			signal,
			buffers,
			onFailure: source => {
				locations.failed(source);
				onFailure();
			},
		},
	);

/** Brings a file back, checked piece by piece, chunk by chunk, and as a whole. Throws FILE_HASH_WRONG, DOWNLOAD_TOO_FEW_PIECES. */
export const getFile = async (context: FileContext, options: GetOptions): Promise<FetchedFile> => {
	const {chain, pool, manifests} = context;
	const {name, sink, signal} = options;
	const finished = new AbortController();
	try {
		const manifest = await manifests.load(name);
		const fileKey = manifests.fileKey(manifest);
		const locations = await locatePieces(
			{chain, pool, clock: context.ports.clock},
			{client: chain.account, holders: manifest.holders},
			{...(signal && {signal})},
		);
		const stop = signal === undefined ? finished.signal : AbortSignal.any([signal, finished.signal]);
		const fetched = await fetchAll(context, options, {manifest, fileKey, locations, stop});
		await sink.finish();
		return fetched;
	} catch (error) {
		finished.abort(error);
		await sink.discard();
		throw error;
	}
};

const fetchAll = async (
	context: FileContext,
	{name, sink, onProgress}: GetOptions,
	{
		manifest,
		fileKey,
		locations,
		stop,
	}: {
		readonly manifest: Manifest;
		readonly fileKey: Uint8Array;
		readonly locations: PieceLocations;
		readonly stop: AbortSignal;
	},
): Promise<FetchedFile> => {
	const {ports, manifests} = context;
	const {code, segments, size} = manifest;
	const sha256 = ports.sha256();
	let failures = 0;
	let bytes = 0;
	let fetchedBytes = 0;
	const buffers = pooledBuffers((SEGMENTS_AHEAD + 1) * code.k);
	const fetch: Fetch = {locations, manifest, signal: stop, buffers, onFailure: () => failures++};
	const startAt = (index: number): Promise<readonly IndexedPiece[]> | undefined => {
		const segment = segments[index];
		const fetching = segment && fetchSegment(context, segment, fetch);
		// It is awaited in its turn; until then its failure is nobody's yet.
		fetching?.catch(() => undefined);
		return fetching;
	};
	const ahead = Array.from({length: SEGMENTS_AHEAD}, (_, index) => startAt(index));
	for (const [index, {plaintextLength, wrappedKey}] of segments.entries()) {
		const pieces = (await ahead.shift()) ?? [];
		ahead.push(startAt(index + SEGMENTS_AHEAD));
		const segmentKey = manifests.segmentKey(wrappedKey, fileKey);
		const decoded = decodeSegment(ports.segments, {code, segmentKey, plaintextLength, pieces});
		if (!decoded.ok) throw new NodeError(decoded.error);
		sha256.update(decoded.value);
		await sink.write(decoded.value);
		bytes += decoded.value.length;
		for (const piece of pieces) {
			fetchedBytes += piece.bytes.length;
			buffers.give(piece.bytes);
		}
		onProgress?.({phase: 'download', bytes, totalBytes: size});
	}
	const digest = sha256.digest();
	if (!equalBytes(digest, manifest.sha256))
		throw new NodeError({
			code: 'FILE_HASH_WRONG',
			message: `${name} came back as something else than was stored.`,
			found: toHex(digest),
			expected: toHex(manifest.sha256),
		});
	return {name, size, sha256: digest, fetchedBytes, failures};
};
