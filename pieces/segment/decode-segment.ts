import {identifyPiece, type PieceId} from '#crypto/piece-id';
import {assert} from '#kernel/assert';
import {concat, equalBytes} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import type {CodeProfile} from '../erasure/code-profile.ts';
import {type IndexedPiece, recoverPieces} from '../erasure/erasure-code.ts';
import type {SegmentPorts} from '../ports.ts';
import {choosePieces, type PiecesError} from './choose-pieces.ts';
import {maskKeyOf, maskPiece} from './piece-mask.ts';
import {openChunks, type SealBroken} from './seal-segment.ts';
import {pieceLengthOf, sealedLength} from './segment-layout.ts';

/** Whether bytes that a provider sent are the piece that was asked for. */
export const isPiece = (
	ports: Pick<SegmentPorts, 'hasher' | 'trees'>,
	pieceId: PieceId,
	bytes: Uint8Array,
): boolean => equalBytes(identifyPiece(ports.hasher, ports.trees, bytes), pieceId);

export type SegmentToDecode = {
	readonly code: CodeProfile;
	readonly segmentKey: Uint8Array;
	readonly plaintextLength: number;
	/** At least k masked pieces, each checked by `isPiece` when it came. */
	readonly pieces: readonly IndexedPiece[];
};

export const decodeSegment = (
	ports: SegmentPorts,
	{code, segmentKey, plaintextLength, pieces}: SegmentToDecode,
): Result<Uint8Array, PiecesError | SealBroken> => {
	assert(segmentKey.length === 32, 'a segment key has 32 bytes');
	const pieceLength = pieceLengthOf(code.k, plaintextLength);
	const chosen = choosePieces(code, pieceLength, pieces);
	if (!chosen.ok) return chosen;
	const maskKey = maskKeyOf(segmentKey);
	const unmasked = chosen.value.map(({index, bytes}) => ({
		index,
		bytes: maskPiece(ports.cipher, maskKey, index, bytes),
	}));
	const data = recoverPieces(
		ports.erasure,
		code.k,
		unmasked,
		Array.from({length: code.k}, (_, index) => index),
	);
	const sealed = concat(...data).subarray(0, sealedLength(plaintextLength));
	return openChunks(ports.aead, {segmentKey, plaintextLength, firstChunk: 0, sealed});
};
