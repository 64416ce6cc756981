import {identifyPiece, type PieceId} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {type CodeProfile, isCodeProfile} from '../erasure/code-profile.ts';
import {encodePieces} from '../erasure/erasure-code.ts';
import type {SegmentPorts} from '../ports.ts';
import {maskKeyOf, maskPiece} from './piece-mask.ts';
import {sealSegment} from './seal-segment.ts';
import {pieceLengthOf, SEGMENT_BYTES_MAX} from './segment-layout.ts';

/** What a provider gets: masked bytes and their id. */
export type Piece = {readonly index: number; readonly pieceId: PieceId; readonly bytes: Uint8Array};

export type SegmentInput = {
	readonly code: CodeProfile;
	/** 32 fresh random bytes for each segment that is written. */
	readonly segmentKey: Uint8Array;
	/** At most SEGMENT_BYTES_MAX. */
	readonly plaintext: Uint8Array;
};

/** The unmasked data pieces of a segment, from which any other piece can still be made. */
export type SealedSegment = {
	readonly code: CodeProfile;
	readonly maskKey: Uint8Array;
	readonly pieceLength: number;
	/** k views, one after the other, of the sealed and padded segment. */
	readonly data: readonly Uint8Array[];
};

export const sealForPieces = (
	ports: SegmentPorts,
	{code, segmentKey, plaintext}: SegmentInput,
): SealedSegment => {
	assert(isCodeProfile(code) && segmentKey.length === 32, 'not a code or not a segment key');
	assert(plaintext.length <= SEGMENT_BYTES_MAX, 'the segment is too long');
	const pieceLength = pieceLengthOf(code.k, plaintext.length);
	const sealed = new Uint8Array(code.k * pieceLength);
	sealSegment(ports.aead, segmentKey, plaintext, sealed);
	return {
		code,
		maskKey: maskKeyOf(segmentKey),
		pieceLength,
		data: Array.from({length: code.k}, (_, index) =>
			sealed.subarray(index * pieceLength, (index + 1) * pieceLength),
		),
	};
};

/** Pieces `indexes`, masked and named. Spares are asked for later, when a provider stalls. */
export const piecesOf = (
	ports: SegmentPorts,
	{code, maskKey, data}: SealedSegment,
	indexes: readonly number[],
): readonly Piece[] => {
	assert(
		indexes.every(index => index >= 0 && index < code.total),
		'the code has no such piece',
	);
	const parity = indexes.filter(index => index >= code.k);
	const made = encodePieces(ports.erasure, data, parity);
	const unmasked = new Map(parity.map((index, at) => [index, made[at]]));
	return indexes.map(index => {
		const clear = defined(index < code.k ? data[index] : unmasked.get(index), 'the piece was made');
		const bytes = maskPiece(ports.cipher, maskKey, index, clear);
		return {index, pieceId: identifyPiece(ports.hasher, ports.trees, bytes), bytes};
	});
};

/** Seals a segment and makes its pieces: the first `optimal` of them unless `indexes` says which. */
export const encodeSegment = (
	ports: SegmentPorts,
	input: SegmentInput,
	indexes: readonly number[] = Array.from({length: input.code.optimal}, (_, index) => index),
): readonly Piece[] => piecesOf(ports, sealForPieces(ports, input), indexes);
