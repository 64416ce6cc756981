import type {PieceId} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {err, ok, type Result} from '#kernel/result';
import type {CodeProfile} from '../erasure/code-profile.ts';
import {type IndexedPiece, recoverPieces} from '../erasure/erasure-code.ts';
import type {SegmentPorts} from '../ports.ts';
import {choosePieces, type PiecesError} from './choose-pieces.ts';
import {isPiece} from './decode-segment.ts';
import {areCopies, maskPiece} from './piece-mask.ts';

export type PieceToRebuild = {
	readonly code: CodeProfile;
	/** All that a repairer holds of a segment's keys; `COPIES` where there is nothing to be masked. */
	readonly maskKey: Uint8Array;
	readonly pieceLength: number;
	/** At least k masked pieces. */
	readonly pieces: readonly IndexedPiece[];
	/** The lost piece, and the id that it had: it must have it again. */
	readonly index: number;
	readonly pieceId: PieceId;
};

/** One of the pieces, or the mask key, was not of this segment. */
export type RebuiltWrong = {readonly code: 'REBUILT_PIECE_WRONG'; readonly index: number};

/** Makes a lost piece again, byte for byte, without ever seeing plaintext or the segment's key. */
export const rebuildPiece = (
	ports: Omit<SegmentPorts, 'aead'>,
	{code, maskKey, pieceLength, pieces, index, pieceId}: PieceToRebuild,
): Result<Uint8Array, PiecesError | RebuiltWrong> => {
	assert(index >= 0 && index < code.total, 'the code has no such piece');
	if (areCopies(maskKey)) {
		const copy = pieces.find(({bytes}) => bytes.length === pieceLength && isPiece(ports, pieceId, bytes));
		return copy === undefined ? err({code: 'REBUILT_PIECE_WRONG', index}) : ok(copy.bytes);
	}
	const chosen = choosePieces(code, pieceLength, pieces);
	if (!chosen.ok) return chosen;
	const unmasked = chosen.value.map(piece => ({
		index: piece.index,
		bytes: maskPiece(ports.cipher, maskKey, piece.index, piece.bytes),
	}));
	const [clear] = recoverPieces(ports.erasure, code.k, unmasked, [index]);
	const bytes = maskPiece(ports.cipher, maskKey, index, defined(clear, 'one piece was asked for'));
	return isPiece(ports, pieceId, bytes) ? ok(bytes) : err({code: 'REBUILT_PIECE_WRONG', index});
};
