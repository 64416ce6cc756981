/**
 * Where the bytes of a segment stand. Plaintext is sealed in chunks of 64 KiB; the chunks, each with its tag, follow each
 * other; zeros fill up to k pieces of one length; data piece i is the i-th of them.
 */
import {assert} from '#kernel/assert';

/** Plaintext in one sealed chunk; the last may have less, and only an empty segment has none in it. */
export const CHUNK_BYTES = 65_536;
export const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES: number = CHUNK_BYTES + TAG_BYTES;
/** The longest segment: 1 GiB of plaintext. */
export const SEGMENT_BYTES_MAX: number = 2 ** 30;

/** Vector kernels work on whole lines of the cache. */
const PIECE_ALIGNMENT_BYTES = 64;

export const chunkCount = (plaintextLength: number): number =>
	Math.max(1, Math.ceil(plaintextLength / CHUNK_BYTES));

export const sealedLength = (plaintextLength: number): number =>
	plaintextLength + TAG_BYTES * chunkCount(plaintextLength);

/** Bytes of each piece. */
export const pieceLengthOf = (k: number, plaintextLength: number): number =>
	Math.ceil(sealedLength(plaintextLength) / k / PIECE_ALIGNMENT_BYTES) * PIECE_ALIGNMENT_BYTES;

export type ByteRange = {readonly from: number; readonly until: number};

/** Bytes of one data piece that a read needs. `from` is a multiple of 64, so that the mask can start there. */
export type PieceRange = ByteRange & {readonly pieceIndex: number};

export type RangeRead = {
	/** The chunks that hold the range. */
	readonly firstChunk: number;
	readonly chunks: number;
	/** Where they stand in the sealed segment. */
	readonly sealed: ByteRange;
	/** One after the other, without their first `leadBytes`, they are the sealed bytes. */
	readonly pieces: readonly PieceRange[];
	readonly leadBytes: number;
};

/** What a read of plaintext `range` touches: few pieces, each in part. The range is not empty and within the segment. */
export const rangeOfPieces = (
	{k, plaintextLength}: {readonly k: number; readonly plaintextLength: number},
	{from, until}: ByteRange,
): RangeRead => {
	assert(from >= 0 && from < until && until <= plaintextLength, 'the range is not within the segment');
	const firstChunk = Math.floor(from / CHUNK_BYTES);
	const lastChunk = Math.floor((until - 1) / CHUNK_BYTES);
	const sealed = {
		from: firstChunk * SEALED_CHUNK_BYTES,
		until: Math.min(sealedLength(plaintextLength), (lastChunk + 1) * SEALED_CHUNK_BYTES),
	};
	const pieceLength = pieceLengthOf(k, plaintextLength);
	const pieces: PieceRange[] = [];
	for (let at = sealed.from; at < sealed.until; ) {
		const pieceIndex = Math.floor(at / pieceLength);
		const end = Math.min(sealed.until, (pieceIndex + 1) * pieceLength);
		const start = at - pieceIndex * pieceLength;
		// Only in the first piece does a read begin elsewhere than at 0.
		pieces.push({
			pieceIndex,
			from: start - (start % PIECE_ALIGNMENT_BYTES),
			until: end - pieceIndex * pieceLength,
		});
		at = end;
	}
	const leadBytes = (sealed.from % pieceLength) % PIECE_ALIGNMENT_BYTES;
	return {firstChunk, chunks: lastChunk - firstChunk + 1, sealed, pieces, leadBytes};
};
