import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ByteSink, FileRange} from '#node/ports/byte-file';
import type {Sha256} from '#node/ports/sha256';
import type {Manifest, ManifestSegment} from '#pieces/manifest/manifest';
import {downloadSegments, type FileDownload} from './download-segments.ts';
import {explainLoss} from './explain-loss.ts';
import {locatePieces} from './piece-locations.ts';
import type {FileContext} from './put-file.ts';
import {readRange} from './read-range.ts';

export type GetProgress = {
	readonly phase: 'download';
	/** Of the file, or of the part of it that was asked for. */
	readonly bytes: number;
	readonly totalBytes: number;
};

export type GetOptions = {
	readonly name: string;
	readonly sink: ByteSink;
	/** Only this part; not empty and within the file. */
	readonly range?: FileRange;
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: GetProgress) => void;
};

export type FetchedFile = {
	readonly name: string;
	readonly size: number;
	/** Of the whole file; a part of it is not compared with it. */
	readonly sha256: Uint8Array;
	/** Bytes that an earlier try had brought. */
	readonly keptBytes: number;
	/** Bytes of pieces that were fetched and used. */
	readonly fetchedBytes: number;
	/** Pieces that a provider did not bring or brought wrong. */
	readonly failures: number;
};

/** What is hashed and written at a time, so that others have their turn in between. */
const PART_BYTES = 2 ** 20;
/** What came is not what was stored: there is nothing in it to go on with. */
const SPOILT: readonly string[] = ['FILE_HASH_WRONG', 'SEGMENT_SEAL_BROKEN'];

/** Keeps what can be gone on with, and leaves nothing of the rest. */
export const breakOff = async (sink: ByteSink, error: unknown): Promise<void> => {
	const isSpoilt = !(error instanceof NodeError) || SPOILT.includes(error.code);
	if (sink.partial === undefined || isSpoilt) await sink.discard();
	else await sink.partial.keep();
};

/** Brings a file back, checked piece by piece, chunk by chunk, and as a whole. Throws FILE_HASH_WRONG, DOWNLOAD_TOO_FEW_PIECES. */
export const getFile = async (context: FileContext, options: GetOptions): Promise<FetchedFile> => {
	const {chain, pool, manifests} = context;
	const {name, sink, range, signal} = options;
	const finished = new AbortController();
	let holders: Manifest['holders'] = [];
	try {
		const manifest = await manifests.load(name);
		({holders} = manifest);
		const fileKey = manifests.fileKey(manifest);
		const locations = await locatePieces(
			{chain, pool, clock: context.ports.clock},
			{client: chain.account, holders},
			{...(signal && {signal})},
		);
		const stop = signal === undefined ? finished.signal : AbortSignal.any([signal, finished.signal]);
		const counts = {failures: 0, fetchedBytes: 0};
		const download: FileDownload = {
			code: manifest.code,
			locations,
			segmentKey: ({wrappedKey}) => manifests.segmentKey(wrappedKey, fileKey),
			signal: stop,
			onFailure: () => counts.failures++,
			onBytes: bytes => {
				counts.fetchedBytes += bytes;
			},
		};
		const keptBytes =
			range === undefined
				? await fetchWhole(context, options, {manifest, download})
				: await fetchRange(context, options, {manifest, download, range});
		await sink.finish();
		return {name, size: manifest.size, sha256: manifest.sha256, keptBytes, ...counts};
	} catch (error) {
		finished.abort(error);
		await breakOff(sink, error);
		throw await explainLoss(chain, holders, error, {...(signal && {signal})});
	}
};

type Fetch = {readonly manifest: Manifest; readonly download: FileDownload};

/** Hashes what an earlier try has left; returns how long it is. */
const resumed = async (
	{sink}: GetOptions,
	{sha256: digest, size}: Manifest,
	sha256: Sha256,
): Promise<number> => {
	const kept = (await sink.partial?.begin(digest)) ?? 0;
	if (kept > size) throw fileWrong('what was kept of it is longer than it', {kept, size});
	const part = new Uint8Array(Math.min(PART_BYTES, kept));
	for (let at = 0; at < kept; at += part.length) {
		const bytes = part.subarray(0, Math.min(part.length, kept - at));
		await sink.partial?.read(at, bytes);
		sha256.update(bytes);
	}
	return kept;
};

const fileWrong = (what: string, detail: Readonly<Record<string, unknown>>): NodeError =>
	new NodeError({
		code: 'FILE_HASH_WRONG',
		message: `The file came back as something else than was stored (${what}): nothing of it is left, try again.`,
		...detail,
	});

const fetchWhole = async (
	context: FileContext,
	options: GetOptions,
	{manifest, download}: Fetch,
): Promise<number> => {
	const {sink, onProgress} = options;
	const {size} = manifest;
	const sha256 = context.ports.sha256();
	const kept = await resumed(options, manifest, sha256);
	let bytes = kept;
	const {segments, skip} = segmentsFrom(manifest.segments, kept);
	const use = async (plaintext: Uint8Array): Promise<void> => {
		for (let at = 0; at < plaintext.length; at += PART_BYTES) {
			const part = plaintext.subarray(at, at + PART_BYTES);
			sha256.update(part);
			await sink.write(part);
			bytes += part.length;
		}
		onProgress?.({phase: 'download', bytes, totalBytes: size});
	};
	const first = firstBytes(context, segments[0], skip, download, use);
	try {
		await downloadSegments(context, segments, download, async (plaintext, index) => {
			await use(index === 0 ? plaintext.subarray(skip + (await first.end())) : plaintext);
		});
	} finally {
		// Nothing is written any more when this is over, however it ended.
		await first.end().catch(() => undefined);
	}
	const digest = sha256.digest();
	if (!equalBytes(digest, manifest.sha256))
		throw fileWrong('its SHA-256 is another', {found: toHex(digest), expected: toHex(manifest.sha256)});
	return kept;
};

/** What is asked for before everything else, so that whoever reads has not to wait for a whole segment. */
const FIRST_BYTES = 64 * 1024;

/**
 * Brings the first bytes by themselves while the segment that they are of is on its way. `end`: no more of them, please; how
 * many there were. When they cannot be had so they come with their segment.
 */
const firstBytes = (
	context: FileContext,
	segment: ManifestSegment | undefined,
	from: number,
	download: FileDownload,
	use: (plaintext: Uint8Array) => Promise<void>,
): {end(): Promise<number>} => {
	const late = new AbortController();
	const until = from + FIRST_BYTES;
	let isLate = false;
	const bring = async (): Promise<number> => {
		if (segment === undefined || segment.plaintextLength < until + FIRST_BYTES) return 0;
		const signal = AbortSignal.any([download.signal, late.signal]);
		const early = await readRange(
			context,
			segment,
			{from, until},
			// What goes wrong here is found out, and counted, with the segment.
			{...download, signal, onFailure: () => undefined},
		).catch(() => undefined);
		if (early === undefined || isLate) return 0;
		await use(early);
		return early.length;
	};
	const brought = bring();
	// Awaited by `end`; until then its failure is nobody's yet.
	brought.catch(() => undefined);
	return {
		end: async () => {
			isLate = true;
			late.abort(new NodeError({code: 'RACE_WON'}));
			return await brought;
		},
	};
};

/** The segments that hold what comes after the first `kept` bytes, and how much of the first of them is there already. */
const segmentsFrom = (
	segments: readonly ManifestSegment[],
	kept: number,
): {readonly segments: readonly ManifestSegment[]; readonly skip: number} => {
	let skip = kept;
	for (const [index, {plaintextLength}] of segments.entries()) {
		if (skip < plaintextLength) return {segments: segments.slice(index), skip};
		skip -= plaintextLength;
	}
	return {segments: [], skip: 0};
};

/** Throws FILE_RANGE_OUTSIDE. */
export const checkRange = (
	{from, until}: FileRange,
	{name, size}: {readonly name: string; readonly size: number},
): void => {
	if (Number.isSafeInteger(from) && from >= 0 && from < until && until <= size) return;
	throw new NodeError({
		code: 'FILE_RANGE_OUTSIDE',
		message: `${name} has ${size} bytes: that range is empty or not within it.`,
		from,
		until,
		size,
	});
};

const fetchRange = async (
	context: FileContext,
	{name, sink, onProgress}: GetOptions,
	{manifest: {segments, size}, download, range}: Fetch & {readonly range: FileRange},
): Promise<number> => {
	const {from, until} = range;
	checkRange(range, {name, size});
	let bytes = 0;
	const use = async (plaintext: Uint8Array): Promise<void> => {
		await sink.write(plaintext);
		bytes += plaintext.length;
		onProgress?.({phase: 'download', bytes, totalBytes: until - from});
	};
	let start = 0;
	let whole: ManifestSegment[] = [];
	for (const segment of segments) {
		const first = Math.max(0, from - start);
		const end = Math.min(segment.plaintextLength, until - start);
		start += segment.plaintextLength;
		if (first >= end) continue;
		if (end - first === segment.plaintextLength) {
			whole.push(segment);
			continue;
		}
		// What is cut stands at the beginning, or after everything that is whole.
		await downloadSegments(context, whole, download, use);
		whole = [];
		await use(await readRange(context, segment, {from: first, until: end}, download));
	}
	await downloadSegments(context, whole, download, use);
	return 0;
};
