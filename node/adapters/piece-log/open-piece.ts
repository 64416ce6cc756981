import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PieceName, PieceReader} from '#node/ports/piece-store';
import type {LogFiles} from './log-files.ts';
import type {PieceEntry} from './piece-index.ts';
import {BLOCK_BYTES, blocksIntact, decodeHeader, headerBytes} from './piece-record.ts';

const corrupt = ({agreementId, pieceId}: PieceName): NodeError =>
	new NodeError({
		code: 'PIECE_CORRUPT',
		message: 'A piece on disk is not what was written: check the disk, and report the loss.',
		pieceId: toHex(pieceId),
		agreementId: toHex(agreementId),
	});

/** Reads a piece in parts and checks every block that it touches. `find` says where the piece is now. */
export const openPiece = async (
	log: LogFiles,
	name: PieceName,
	find: () => Promise<PieceEntry | undefined>,
): Promise<PieceReader | undefined> => {
	let entry = await find();
	if (entry === undefined) return undefined;
	const {length} = entry;
	const header = await log.read(entry.file, entry.offset, headerBytes(length));
	const checksums = decodeHeader(header, name, length);
	if (checksums === undefined) throw corrupt(name);
	/** Whole blocks from number `first` on, or undefined when they are not what was written. */
	const blocksAt = async (
		{file, offset}: PieceEntry,
		first: number,
		wanted: number,
	): Promise<Uint8Array | undefined> => {
		const blocks = await log.read(file, offset + headerBytes(length) + first * BLOCK_BYTES, wanted);
		return blocks.length === wanted && blocksIntact(checksums, first, blocks) ? blocks : undefined;
	};
	return {
		length,
		read: async (from, wanted) => {
			const first = Math.floor(from / BLOCK_BYTES);
			const end = Math.min(length, Math.ceil((from + wanted) / BLOCK_BYTES) * BLOCK_BYTES);
			const size = end - first * BLOCK_BYTES;
			const known = entry as PieceEntry;
			let blocks = await blocksAt(known, first, size).catch(() => undefined);
			if (blocks === undefined) {
				// It may have been moved meanwhile, to give space back.
				entry = (await find()) ?? known;
				blocks = await blocksAt(entry, first, size);
			}
			if (blocks === undefined) throw corrupt(name);
			const skipped = from - first * BLOCK_BYTES;
			return blocks.subarray(skipped, skipped + wanted);
		},
	};
};
