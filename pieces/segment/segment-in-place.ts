/**
 * Segments that are sealed, coded, masked and opened where they stand. A segment takes as much memory as its pieces and no
 * more, and other threads can share that memory with those who read, send and receive.
 */
import {identifyPiece, type PieceId} from '#crypto/piece-id';
import {assert} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import type {CodeProfile} from '../erasure/code-profile.ts';
import type {IndexedPiece} from '../erasure/erasure-code.ts';
import {encodingRow, recoveryMatrix} from '../erasure/matrix.ts';
import type {SegmentPorts} from '../ports.ts';
import {maskKeyOf, maskPieceInPlace} from './piece-mask.ts';
import {openChunk, type SealBroken, sealChunk} from './seal-segment.ts';
import {
	CHUNK_BYTES,
	chunkCount,
	pieceLengthOf,
	SEALED_CHUNK_BYTES,
	sealedLength,
	TAG_BYTES,
} from './segment-layout.ts';

export type SegmentSpace = {
	readonly code: CodeProfile;
	/** 32 bytes; for writing fresh random ones. */
	readonly segmentKey: Uint8Array;
	readonly plaintextLength: number;
	/** The pieces one after the other: `optimal` of them to write a segment, k to read one. */
	readonly bytes: Uint8Array;
};

/** Bytes of the space in which a segment is written, and of that in which it is read. */
export const writingBytes = ({k, optimal}: CodeProfile, plaintextLength: number): number =>
	optimal * pieceLengthOf(k, plaintextLength);
export const readingBytes = ({k}: CodeProfile, plaintextLength: number): number =>
	k * pieceLengthOf(k, plaintextLength);

/** Piece `index` of a space. */
export const pieceIn = (
	{code, plaintextLength, bytes}: Omit<SegmentSpace, 'segmentKey'>,
	index: number,
): Uint8Array => {
	const length = pieceLengthOf(code.k, plaintextLength);
	assert((index + 1) * length <= bytes.length, 'the space has room for that piece');
	return bytes.subarray(index * length, (index + 1) * length);
};

/** Lays plaintext that stands at `offset` of the segment into its chunks, where it will be sealed. */
export const layPlaintext = (space: Uint8Array, offset: number, plaintext: Uint8Array): void => {
	for (let at = 0; at < plaintext.length; ) {
		const within = (offset + at) % CHUNK_BYTES;
		const part = plaintext.subarray(at, at + CHUNK_BYTES - within);
		space.set(part, Math.floor((offset + at) / CHUNK_BYTES) * SEALED_CHUNK_BYTES + within);
		at += part.length;
	}
};

const sealAll = (
	{aead}: Pick<SegmentPorts, 'aead'>,
	{segmentKey, plaintextLength, bytes}: SegmentSpace,
): void => {
	const chunks = chunkCount(plaintextLength);
	for (let index = 0; index < chunks; index++) {
		const length = Math.min(CHUNK_BYTES, plaintextLength - index * CHUNK_BYTES);
		const at = index * SEALED_CHUNK_BYTES;
		const chunk = {segmentKey, plaintextLength, index};
		const into = bytes.subarray(at, at + length + TAG_BYTES);
		sealChunk(aead, chunk, {plaintext: into.subarray(0, length), into});
	}
};

export type NamedPiece = {readonly index: number; readonly pieceId: PieceId};

/**
 * Seals the plaintext that `layPlaintext` has laid out and makes the first `optimal` pieces around it, masked. `ready` is
 * told of each as soon as it is as it will be sent.
 */
export const encodeInPlace = (
	ports: SegmentPorts,
	space: SegmentSpace,
	ready: (piece: NamedPiece) => void,
): void => {
	const {code, segmentKey, plaintextLength, bytes} = space;
	const {k, optimal} = code;
	assert(bytes.length === writingBytes(code, plaintextLength), 'a space for all pieces');
	sealAll(ports, space);
	const pieces = Array.from({length: optimal}, (_, index) => pieceIn(space, index));
	bytes.fill(0, sealedLength(plaintextLength), k * pieceLengthOf(k, plaintextLength));
	if (optimal > k)
		ports.erasure.multiply(
			pieces.slice(k).map((_, at) => encodingRow(k, k + at)),
			pieces.slice(0, k),
			pieces.slice(k),
		);
	const maskKey = maskKeyOf(segmentKey);
	for (const [index, piece] of pieces.entries()) {
		maskPieceInPlace(ports.cipher, maskKey, index, piece);
		ready({index, pieceId: identifyPiece(ports.hasher, ports.trees, piece)});
	}
};

/** One more piece of an encoded segment, which stays as it is. */
export const sparePiece = (
	ports: Omit<SegmentPorts, 'aead'>,
	space: SegmentSpace,
	index: number,
): NamedPiece & {readonly bytes: Uint8Array} => {
	const {k, total} = space.code;
	assert(index >= k && index < total, 'the code has such a spare piece');
	const maskKey = maskKeyOf(space.segmentKey);
	const clear = Array.from({length: k}, (_, at) =>
		maskPieceInPlace(ports.cipher, maskKey, at, pieceIn(space, at).slice()),
	);
	const bytes = new Uint8Array(pieceLengthOf(k, space.plaintextLength));
	ports.erasure.multiply([encodingRow(k, index)], clear, [bytes]);
	maskPieceInPlace(ports.cipher, maskKey, index, bytes);
	return {index, pieceId: identifyPiece(ports.hasher, ports.trees, bytes), bytes};
};

export type ReceivedPiece = IndexedPiece & {readonly pieceId: PieceId; readonly maskKey: Uint8Array};

/** Whether these are the bytes of the piece; if so its mask is taken off. */
export const unmaskIfPiece = (
	ports: Pick<SegmentPorts, 'hasher' | 'trees' | 'cipher'>,
	{index, pieceId, maskKey, bytes}: ReceivedPiece,
): boolean => {
	if (!equalBytes(identifyPiece(ports.hasher, ports.trees, bytes), pieceId)) return false;
	maskPieceInPlace(ports.cipher, maskKey, index, bytes);
	return true;
};

/** Brings all k data pieces to their places. */
const completeData = (
	{erasure}: Pick<SegmentPorts, 'erasure'>,
	space: SegmentSpace,
	have: readonly IndexedPiece[],
): void => {
	const {k} = space.code;
	const atHand = new Set(have.map(({index}) => index));
	assert(have.length === k && atHand.size === k, 'k distinct pieces are needed');
	const missing = Array.from({length: k}, (_, index) => index).filter(index => !atHand.has(index));
	if (missing.length > 0)
		erasure.multiply(
			recoveryMatrix(
				k,
				have.map(({index}) => index),
				missing,
			),
			have.map(({bytes}) => bytes),
			missing.map(index => pieceIn(space, index)),
		);
	for (const {index, bytes} of have) {
		if (index >= k) continue;
		const place = pieceIn(space, index);
		const isThere = bytes.buffer === place.buffer && bytes.byteOffset === place.byteOffset;
		if (!isThere) place.set(bytes);
	}
};

/**
 * Opens a segment of which k pieces, unmasked, are at hand: data pieces in their places or elsewhere, others elsewhere.
 * Afterwards the plaintext stands at the front of the space.
 */
export const decodeInPlace = (
	ports: Pick<SegmentPorts, 'erasure' | 'aead'>,
	space: SegmentSpace,
	have: readonly IndexedPiece[],
): Result<Uint8Array, SealBroken> => {
	const {code, segmentKey, plaintextLength, bytes} = space;
	assert(bytes.length === readingBytes(code, plaintextLength), 'a space for the data pieces');
	completeData(ports, space, have);
	const chunks = chunkCount(plaintextLength);
	for (let index = 0; index < chunks; index++) {
		const at = index * SEALED_CHUNK_BYTES;
		const length = Math.min(CHUNK_BYTES, plaintextLength - index * CHUNK_BYTES) + TAG_BYTES;
		const chunk = {segmentKey, plaintextLength, index};
		const clear = openChunk(ports.aead, chunk, bytes.subarray(at, at + length));
		if (clear === undefined) return err({code: 'SEGMENT_SEAL_BROKEN', chunk: index});
		// Plaintext is shorter than what it was sealed into, so that it never reaches the next chunk.
		bytes.set(clear, index * CHUNK_BYTES);
	}
	return ok(bytes.subarray(0, plaintextLength));
};
