/** The streaming half of storing a file: it is read, sealed and sent segment by segment, one in each lane. */
import {toHex} from '#kernel/bytes';
import type {ByteSource} from '#node/ports/byte-file';
import type {SegmentWorks} from '#node/ports/segment-works';
import type {Sha256} from '#node/ports/sha256';
import type {CodeProfile} from '#pieces/erasure/code-profile';
import type {ManifestSegment} from '#pieces/manifest/manifest';
import {layPlaintext, type SegmentSpace, writingBytes} from '#pieces/segment/segment-in-place';
import type {ClientAgreement} from './client-agreements.ts';
import {drawProviders} from './find-providers.ts';
import type {FileContext} from './put-file.ts';
import {openLanes, type SegmentLanes} from './segment-lanes.ts';
import {type UploadedPiece, uploadSegment} from './segments.ts';

export type FileSegment = {
	readonly plaintextLength: number;
	readonly wrappedKey: Uint8Array;
	readonly pieces: readonly UploadedPiece<ClientAgreement>[];
};

export type FileUpload = {
	readonly source: ByteSource;
	readonly code: CodeProfile;
	readonly segmentBytes: number;
	readonly agreements: readonly ClientAgreement[];
	readonly fileKey: Uint8Array;
	/** Segments that an earlier try has brought to their providers; they count as long as the file says the same there. */
	readonly earlier: ReadonlyMap<number, FileSegment>;
	/** Is told of each new segment that is with its providers, in whatever order, one at a time. */
	readonly stored: (index: number, segment: FileSegment) => Promise<void>;
	/** Bytes of pieces that were sent since the last call. */
	readonly onBytes: (bytes: number) => void;
	readonly signal?: AbortSignal;
};

export type UploadedFile = {
	readonly segments: readonly FileSegment[];
	readonly sha256: Uint8Array;
	readonly sentBytes: number;
	/** Segments that had not to be sent again. */
	readonly kept: number;
};

/** What is read, hashed and laid out at a time. */
const PART_BYTES = 2 ** 20;

export const segmentCount = (size: number, segmentBytes: number): number =>
	Math.max(1, Math.ceil(size / segmentBytes));

/** Reads a segment into its space; the hash, if there is one, sees all of it. */
const readInto = async (
	source: ByteSource,
	{from, length}: {readonly from: number; readonly length: number},
	{space, part, sha256}: {readonly space: Uint8Array; readonly part: Uint8Array; readonly sha256?: Sha256},
): Promise<void> => {
	for (let at = 0; at < length; at += part.length) {
		const bytes = part.subarray(0, Math.min(part.length, length - at));
		await source.read(from + at, bytes);
		sha256?.update(bytes);
		layPlaintext(space, at, bytes);
	}
};

/** Whether the segment, sealed once more, gives the pieces that were stored of it. Its space is of no more use then. */
const isSame = async (works: SegmentWorks, space: SegmentSpace, {pieces}: FileSegment): Promise<boolean> => {
	const found = new Map<number, string>();
	await works.encode(space, ({index, pieceId}) => found.set(index, toHex(pieceId)));
	return pieces.every(
		({index, pieceId}) => index >= space.code.optimal || found.get(index) === toHex(pieceId),
	);
};

type Segment = {readonly index: number; readonly from: number; readonly plaintextLength: number};

class FileUploader {
	readonly #context: FileContext;
	readonly #upload: FileUpload;
	readonly #failed = new AbortController();
	readonly #stop: AbortSignal;
	readonly #byProvider: ReadonlyMap<string, ClientAgreement>;
	#sentBytes = 0;
	#kept = 0;
	/** Records are written one after the other. */
	#recorded: Promise<void> = Promise.resolve();

	constructor(context: FileContext, upload: FileUpload) {
		this.#context = context;
		this.#upload = upload;
		const {signal, agreements} = upload;
		this.#stop = signal === undefined ? this.#failed.signal : AbortSignal.any([signal, this.#failed.signal]);
		this.#byProvider = new Map(agreements.map(each => [toHex(each.provider.id), each]));
	}

	async run(): Promise<UploadedFile> {
		try {
			return await this.#all();
		} catch (error) {
			this.#failed.abort(error);
			throw error;
		}
	}

	async #all(): Promise<UploadedFile> {
		const {source, segmentBytes, code} = this.#upload;
		const longest = Math.min(segmentBytes, source.length);
		const lanes = openLanes(this.#context.ports.works, writingBytes(code, longest));
		try {
			return await this.#allIn(lanes, longest);
		} finally {
			lanes.close();
		}
	}

	async #allIn(lanes: SegmentLanes, longest: number): Promise<UploadedFile> {
		const {source, segmentBytes, code} = this.#upload;
		const count = segmentCount(source.length, segmentBytes);
		const part = new Uint8Array(Math.min(PART_BYTES, longest));
		const sha256 = this.#context.ports.sha256();
		const uploads: Promise<FileSegment>[] = [];
		for (let index = 0; index < count; index++) {
			const memory = await lanes.take({signal: this.#stop});
			const from = index * segmentBytes;
			const plaintextLength = Math.min(segmentBytes, source.length - from);
			const space = memory.subarray(0, writingBytes(code, plaintextLength));
			await readInto(source, {from, length: plaintextLength}, {space, part, sha256});
			const uploading = this.#segment({index, from, plaintextLength}, space).then(
				({segment, isSpaceInUse}) => {
					lanes.give(memory, {isInUse: isSpaceInUse});
					return segment;
				},
			);
			// The first failure stops the others; it is thrown below.
			uploading.catch(error => this.#failed.abort(error));
			uploads.push(uploading);
		}
		const segments = await Promise.all(uploads);
		return {segments, sha256: sha256.digest(), sentBytes: this.#sentBytes, kept: this.#kept};
	}

	async #segment(
		{index, from, plaintextLength}: Segment,
		bytes: Uint8Array,
	): Promise<{readonly segment: FileSegment; readonly isSpaceInUse: boolean}> {
		const {ports, manifests} = this.#context;
		const {code, fileKey, earlier, source, stored} = this.#upload;
		const before = earlier.get(index);
		if (before?.plaintextLength === plaintextLength) {
			const segmentKey = manifests.segmentKey(before.wrappedKey, fileKey);
			if (await isSame(ports.works, {code, segmentKey, plaintextLength, bytes}, before)) {
				this.#kept++;
				return {segment: before, isSpaceInUse: false};
			}
			const part = new Uint8Array(Math.min(PART_BYTES, plaintextLength));
			await readInto(source, {from, length: plaintextLength}, {space: bytes, part});
		}
		const {key: segmentKey, wrapped: wrappedKey} = manifests.newSegmentKey(fileKey);
		const {pieces, isSpaceInUse} = await this.#send({code, segmentKey, plaintextLength, bytes});
		const segment = {plaintextLength, wrappedKey, pieces};
		this.#recorded = this.#recorded.then(() => stored(index, segment));
		await this.#recorded;
		return {segment, isSpaceInUse};
	}

	async #send(space: SegmentSpace): ReturnType<typeof uploadSegment<ClientAgreement>> {
		const {ports, chain, hedging} = this.#context;
		const {agreements, onBytes} = this.#upload;
		const drawn = drawProviders(
			ports.crypto,
			agreements.map(({provider}) => provider),
			{seed: ports.entropy.bytes(32), count: Math.min(space.code.total, agreements.length)},
		);
		const targets = drawn.flatMap(({id}) => this.#byProvider.get(toHex(id)) ?? []);
		return await uploadSegment({works: ports.works, chain}, space, targets, {
			clock: ports.clock,
			...hedging,
			signal: this.#stop,
			onBytes: bytes => {
				this.#sentBytes += bytes;
				onBytes(bytes);
			},
		});
	}
}

/** Sends a file; as many segments as there are lanes are in memory at a time. */
export const uploadFile = (context: FileContext, upload: FileUpload): Promise<UploadedFile> =>
	new FileUploader(context, upload).run();

/** The manifest's list of holders, and its segments that point into it. */
export const placedSegments = (
	agreements: readonly ClientAgreement[],
	segments: readonly FileSegment[],
): {readonly holders: readonly ClientAgreement[]; readonly segments: readonly ManifestSegment[]} => {
	const used = new Set(segments.flatMap(({pieces}) => pieces.map(({target}) => target)));
	const holders = agreements.filter(agreement => used.has(agreement));
	const places = new Map(holders.map((holder, place) => [holder, place]));
	return {
		holders,
		segments: segments.map(({plaintextLength, wrappedKey, pieces}) => ({
			plaintextLength,
			wrappedKey,
			pieces: pieces.flatMap(({index, pieceId, target}) => {
				const holder = places.get(target);
				return holder === undefined ? [] : {index, pieceId, holder};
			}),
		})),
	};
};
