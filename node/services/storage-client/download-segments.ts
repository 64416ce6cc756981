/** Whole segments, brought back in order: some are on their way while one is written. */
import {NodeError} from '#kernel/node-error';
import type {SegmentWorks} from '#node/ports/segment-works';
import type {CodeProfile} from '#pieces/erasure/code-profile';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {ManifestSegment} from '#pieces/manifest/manifest';
import {maskKeyOf} from '#pieces/segment/piece-mask';
import {pieceIn, readingBytes, type SegmentSpace} from '#pieces/segment/segment-in-place';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {PieceLocations} from './piece-locations.ts';
import type {FileContext} from './put-file.ts';
import {openLanes, type SegmentLanes} from './segment-lanes.ts';
import {downloadPieces, type PieceSource, type Receiving} from './segments.ts';

export type FileDownload = {
	readonly code: CodeProfile;
	readonly locations: PieceLocations;
	readonly segmentKey: (segment: ManifestSegment) => Uint8Array;
	readonly signal: AbortSignal;
	/** A source did not bring what it should. */
	readonly onFailure: () => void;
	/** Bytes of pieces that were fetched and used. */
	readonly onBytes: (bytes: number) => void;
};

/** Receives data pieces where they belong and the others beside them; takes off their masks. */
class SegmentReceiver implements Receiving {
	readonly #works: SegmentWorks;
	readonly #space: SegmentSpace;
	readonly #maskKey: Uint8Array;
	readonly #inPlace = new Set<number>();
	/** Pieces that are looked at now. */
	readonly #checks = new Set<Promise<boolean>>();

	constructor(works: SegmentWorks, space: SegmentSpace) {
		this.#works = works;
		this.#space = space;
		this.#maskKey = maskKeyOf(space.segmentKey);
	}

	take(index: number, length: number): Uint8Array {
		if (index >= this.#space.code.k || this.#inPlace.has(index)) return this.#works.memory(length);
		this.#inPlace.add(index);
		return pieceIn(this.#space, index);
	}

	give(index: number, buffer: Uint8Array): void {
		if (this.#isInSpace(buffer)) this.#inPlace.delete(index);
		else this.#works.release(buffer);
	}

	/** The segment is decoded: pieces that came beside their places are done with. */
	releaseAll(pieces: readonly IndexedPiece[]): void {
		for (const {bytes} of pieces) if (!this.#isInSpace(bytes)) this.#works.release(bytes);
	}

	#isInSpace({buffer, byteOffset}: Uint8Array): boolean {
		const {buffer: memory, byteOffset: start, length} = this.#space.bytes;
		return buffer === memory && byteOffset >= start && byteOffset < start + length;
	}

	async accept({index, pieceId}: PieceSource, bytes: Uint8Array): Promise<boolean> {
		const check = this.#works.receive({index, pieceId, maskKey: this.#maskKey, bytes});
		this.#checks.add(check);
		try {
			return await check;
		} finally {
			this.#checks.delete(check);
		}
	}

	/** Nobody works on the space any more. */
	async settled(): Promise<void> {
		await Promise.allSettled(this.#checks);
	}
}

const fetchSegment = async (
	{ports, hedging}: FileContext,
	{plaintextLength, pieces}: ManifestSegment,
	space: SegmentSpace,
	{locations, code, signal, onFailure, onBytes}: FileDownload,
): Promise<Uint8Array> => {
	const receiver = new SegmentReceiver(ports.works, space);
	const length = pieceLengthOf(code.k, plaintextLength);
	const have = await downloadPieces(
		receiver,
		{sources: locations.sources(pieces), length, wanted: code.k},
		{
			clock: ports.clock,
			...hedging,
			signal,
			onFailure: source => {
				locations.failed(source);
				onFailure();
			},
		},
	);
	await receiver.settled();
	onBytes(length * have.length);
	const decoded = await ports.works.decode(space, have);
	receiver.releaseAll(have);
	if (!decoded.ok) throw new NodeError(decoded.error);
	return decoded.value;
};

/** One segment that is needed whole. */
export const downloadSegment = async (
	context: FileContext,
	segment: ManifestSegment,
	download: FileDownload,
	memory: Uint8Array = context.ports.works.memory(readingBytes(download.code, segment.plaintextLength)),
): Promise<Uint8Array> => {
	const {code, segmentKey} = download;
	const {plaintextLength} = segment;
	const bytes = memory.subarray(0, readingBytes(code, plaintextLength));
	return await fetchSegment(
		context,
		segment,
		{code, segmentKey: segmentKey(segment), plaintextLength, bytes},
		download,
	);
};

type OnItsWay = {readonly memory: Uint8Array; readonly plaintext: Uint8Array};

/** Hands the plaintext of one segment after the other to `use`; it is overwritten when that is done. */
export const downloadSegments = async (
	context: FileContext,
	segments: readonly ManifestSegment[],
	download: FileDownload,
	use: (plaintext: Uint8Array, index: number) => Promise<void>,
): Promise<void> => {
	const longest = Math.max(0, ...segments.map(({plaintextLength}) => plaintextLength));
	const lanes: SegmentLanes = openLanes(context.ports.works, readingBytes(download.code, longest));
	const start = async (segment: ManifestSegment): Promise<OnItsWay> => {
		const memory = await lanes.take({signal: download.signal});
		return {memory, plaintext: await downloadSegment(context, segment, download, memory)};
	};
	const onTheWay: Promise<OnItsWay>[] = [];
	let next = 0;
	const startNext = (): void => {
		const segment = segments[next++];
		if (segment === undefined) return;
		const started = start(segment);
		// It is awaited in its turn; until then its failure is nobody's yet.
		started.catch(() => undefined);
		onTheWay.push(started);
	};
	for (let lane = 0; lane < lanes.count; lane++) startNext();
	try {
		for (const index of segments.keys()) {
			const {memory, plaintext} = (await onTheWay.shift()) as OnItsWay;
			await use(plaintext, index);
			lanes.give(memory);
			startNext();
		}
	} finally {
		lanes.close();
	}
};
