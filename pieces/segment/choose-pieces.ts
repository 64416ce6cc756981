import {err, ok, type Result} from '#kernel/result';
import type {CodeProfile} from '../erasure/code-profile.ts';
import type {IndexedPiece} from '../erasure/erasure-code.ts';

export type PiecesError =
	| {readonly code: 'SEGMENT_TOO_FEW_PIECES'; readonly pieces: number; readonly needed: number}
	| {readonly code: 'SEGMENT_PIECE_INDEX_WRONG'; readonly index: number}
	| {
			readonly code: 'SEGMENT_PIECE_LENGTH_WRONG';
			readonly index: number;
			readonly length: number;
			readonly expected: number;
	  };

/** k of the pieces, data pieces first, because they need no computing. */
export const choosePieces = (
	{k, total}: CodeProfile,
	pieceLength: number,
	pieces: readonly IndexedPiece[],
): Result<readonly IndexedPiece[], PiecesError> => {
	const seen = new Set<number>();
	for (const {index, bytes} of pieces) {
		if (!Number.isInteger(index) || index < 0 || index >= total || seen.has(index))
			return err({code: 'SEGMENT_PIECE_INDEX_WRONG', index});
		seen.add(index);
		if (bytes.length !== pieceLength)
			return err({
				code: 'SEGMENT_PIECE_LENGTH_WRONG',
				index,
				length: bytes.length,
				expected: pieceLength,
			});
	}
	return pieces.length < k
		? err({code: 'SEGMENT_TOO_FEW_PIECES', pieces: pieces.length, needed: k})
		: ok([...pieces].sort((a, b) => a.index - b.index).slice(0, k));
};
