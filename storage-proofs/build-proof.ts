/** Answering a challenge: the core says which leaves it wants, the shell brings them, the core makes the proof. */
import type {Hasher} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import {err, ok, type Result} from '#kernel/result';
import {piecePayload} from './agreement-trie.ts';
import {agreementPayload, type Forest, locateLeaf, type WantedLeaf} from './forest.ts';
import type {ForestProof, LeafOpening} from './forest-proof.ts';
import {type PieceOpening, verifyPieceOpening} from './piece/piece-opening.ts';
import {rootHash} from './trie/root-hash.ts';
import {findLeaf} from './trie/trie.ts';
import {triePath} from './trie/trie-path.ts';

/** What to read, one for each index, in order. `forest` is the one that was committed. */
export const leavesWanted = (forest: Forest, indexes: readonly bigint[]): readonly WantedLeaf[] =>
	indexes.map(index => defined(locateLeaf(forest, index), 'a challenge lies within the committed forest'));

/** The bytes on disk are not the piece that was stored. */
export type PieceDamaged = {readonly code: 'PIECE_DAMAGED'} & WantedLeaf;

const openLeaf = (hasher: Hasher, forest: Forest, wanted: WantedLeaf, piece: PieceOpening): LeafOpening => {
	const agreement = defined(findLeaf(forest, wanted.agreementId), 'the agreement is in the forest').value;
	return {
		agreementId: wanted.agreementId,
		revisionNo: agreement.revisionNo,
		agreementRoot: rootHash(hasher, piecePayload, agreement.pieces),
		agreementPath: defined(
			triePath(hasher, agreementPayload, forest, wanted.agreementId),
			'the agreement is in the forest',
		),
		pieceId: wanted.pieceId,
		piecePath: defined(
			triePath(hasher, piecePayload, agreement.pieces, wanted.pieceId),
			'the piece is in the agreement',
		),
		piece,
	};
};

/** `pieces` answer `leavesWanted(forest, indexes)`, one each (`openPieceLeaf`); they are checked before they are used. */
export const buildProof = (
	hasher: Hasher,
	forest: Forest,
	indexes: readonly bigint[],
	pieces: readonly PieceOpening[],
): Result<ForestProof, PieceDamaged> => {
	assert(pieces.length === indexes.length, 'one opening for each challenge');
	const openings: LeafOpening[] = [];
	for (const [at, wanted] of leavesWanted(forest, indexes).entries()) {
		const piece = defined(pieces[at], 'one opening for each challenge');
		if (!verifyPieceOpening(hasher, wanted.pieceId, piece, wanted.leafIndex))
			return err({code: 'PIECE_DAMAGED', ...wanted});
		openings.push(openLeaf(hasher, forest, wanted, piece));
	}
	return ok({openings});
};
