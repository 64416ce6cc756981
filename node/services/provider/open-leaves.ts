import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {assert, defined} from '#kernel/assert';
import {compareBytes, concat, equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PieceStore} from '#node/ports/piece-store';
import type {WantedLeaf as ForestLeaf} from '#storage-proofs/forest';
import {openPieceLeaf, type PieceOpening} from '#storage-proofs/piece/piece-opening';

type WantedLeaf = Pick<ForestLeaf, 'agreementId' | 'pieceId' | 'leafIndex'>;

type Opened = {
	readonly wanted: WantedLeaf;
	readonly piece: Uint8Array;
	readonly levels: readonly Uint8Array[];
};

const isSamePiece = (a: WantedLeaf, b: WantedLeaf): boolean =>
	equalBytes(a.agreementId, b.agreementId) && equalBytes(a.pieceId, b.pieceId);

/**
 * Reads the challenged pieces and opens the wanted leaf of each, in the order asked. One piece at a time is in memory,
 * and a piece that is asked for twice is read once. Throws PIECE_LOST, PIECE_CORRUPT.
 */
export const openLeaves = async (
	{
		store,
		trees,
	}: {readonly store: Pick<PieceStore, 'open'>; readonly trees: Pick<PieceTreeKernel, 'treeLevels'>},
	wanted: readonly WantedLeaf[],
): Promise<readonly PieceOpening[]> => {
	const openings: PieceOpening[] = [];
	const order = wanted
		.map((_, index) => index)
		.sort((a, b) => compareBytes(keyAt(wanted, a), keyAt(wanted, b)));
	let opened: Opened | undefined;
	for (const index of order) {
		const leaf = defined(wanted[index], 'an index of the list');
		if (opened === undefined || !isSamePiece(opened.wanted, leaf)) {
			const piece = await readPiece(store, leaf);
			opened = {wanted: leaf, piece, levels: trees.treeLevels(piece)};
		}
		openings[index] = openPieceLeaf(trees, opened.piece, leaf.leafIndex, opened.levels);
	}
	assert(openings.length === wanted.length, 'every leaf was opened');
	return openings;
};

const keyAt = (wanted: readonly WantedLeaf[], index: number): Uint8Array => {
	const {agreementId, pieceId} = defined(wanted[index], 'an index of the list');
	return concat(agreementId, pieceId);
};

const readPiece = async (
	store: Pick<PieceStore, 'open'>,
	{agreementId, pieceId}: WantedLeaf,
): Promise<Uint8Array> => {
	const reader = await store.open(agreementId, pieceId);
	if (reader === undefined)
		throw new NodeError({
			code: 'PIECE_LOST',
			message: 'A challenged piece is gone from the disk, so this epoch cannot be proven.',
			agreementId: toHex(agreementId),
			pieceId: toHex(pieceId),
		});
	return await reader.read(0, reader.length);
};
