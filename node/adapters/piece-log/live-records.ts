import {assert} from '#kernel/assert';
import type {PieceName} from '#node/ports/piece-store';
import type {IndexDatabase} from './index-database.ts';
import type {LogFiles} from './log-files.ts';
import {
	agreementOfKey,
	allPieces,
	type FileEntry,
	type PieceEntry,
	pieceEntry,
	pieceKey,
	pieceOfKey,
	readEntry,
} from './piece-index.ts';
import {decodeHeader, headerBytes, PEEKED_BYTES, peekHeader, recordBytes} from './piece-record.ts';

export type LivePiece = {readonly name: PieceName; readonly entry: PieceEntry};

const headerAt = async (
	log: LogFiles,
	file: number,
	offset: number,
	end: number,
): Promise<{readonly name: PieceName; readonly length: number} | undefined> => {
	const peeked = peekHeader(await log.read(file, offset, PEEKED_BYTES));
	if (peeked === undefined || offset + recordBytes(peeked.length) > end) return undefined;
	const header = await log.read(file, offset, headerBytes(peeked.length));
	return decodeHeader(header, peeked.name, peeked.length) === undefined ? undefined : peeked;
};

export const entryOf = async (
	index: IndexDatabase,
	{agreementId, pieceId}: PieceName,
): Promise<PieceEntry | undefined> => {
	const value = await index.get(pieceKey(agreementId, pieceId));
	return value && readEntry(pieceEntry, value);
};

/** All live pieces of a file by way of the index. O(pieces of the store): only for a file that cannot be walked. */
async function* indexedIn(index: IndexDatabase, file: number): AsyncGenerator<LivePiece, void, undefined> {
	for await (const [key, value] of index.entries(allPieces)) {
		const entry = readEntry(pieceEntry, value);
		if (entry.file === file)
			yield {name: {agreementId: agreementOfKey(key), pieceId: pieceOfKey(key)}, entry};
	}
}

/**
 * The pieces of a sealed file that the index still points at, from its beginning. Records say where the next one is; when
 * one is damaged, the index tells of the rest.
 */
export async function* liveRecords(
	{index, log}: {readonly index: IndexDatabase; readonly log: LogFiles},
	file: number,
	{end}: FileEntry,
): AsyncGenerator<LivePiece, void, undefined> {
	for (let offset = 0; offset < end; ) {
		const header = await headerAt(log, file, offset, end);
		if (header === undefined) {
			yield* indexedIn(index, file);
			return;
		}
		const entry = await entryOf(index, header.name);
		if (entry !== undefined && entry.file === file && entry.offset === offset) {
			assert(entry.length === header.length, 'a piece is as long as its record says');
			yield {name: header.name, entry};
		}
		offset += recordBytes(header.length);
	}
}

export const isSamePlace = (a: PieceEntry | undefined, b: PieceEntry): boolean =>
	a !== undefined && a.file === b.file && a.offset === b.offset;
