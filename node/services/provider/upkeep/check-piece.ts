import type {Hasher} from '#crypto/crypto';
import {identifyPiece} from '#crypto/piece-id';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PieceName, PieceStore} from '#node/ports/piece-store';

export type PieceCheckPorts = {
	readonly store: Pick<PieceStore, 'open'>;
	readonly crypto: Hasher;
	readonly trees: Pick<PieceTreeKernel, 'pieceTree'>;
};

/** Why a piece cannot be read as it was written. */
export type PieceDamage = 'PIECE_LOST' | 'PIECE_CORRUPT';

/**
 * Reads a whole piece and compares it with its id; undefined when it is as it was. Throws what the disk says when it
 * answers nothing at all: PIECE_STORE_FAILED.
 */
export const checkPiece = async (
	{store, crypto, trees}: PieceCheckPorts,
	{agreementId, pieceId}: PieceName,
): Promise<PieceDamage | undefined> => {
	try {
		const reader = await store.open(agreementId, pieceId);
		if (reader === undefined) return 'PIECE_LOST';
		const bytes = await reader.read(0, reader.length);
		return equalBytes(identifyPiece(crypto, trees, bytes), pieceId) ? undefined : 'PIECE_CORRUPT';
	} catch (error) {
		if (error instanceof NodeError && error.code === 'PIECE_CORRUPT') return 'PIECE_CORRUPT';
		throw error;
	}
};
