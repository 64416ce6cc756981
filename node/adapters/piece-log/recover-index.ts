import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {PieceName} from '#node/ports/piece-store';
import type {IndexDatabase} from './index-database.ts';
import {type IndexRows, IndexUpdate} from './index-update.ts';
import type {LogFiles} from './log-files.ts';
import {openPiece} from './open-piece.ts';
import {
	agreementEntry,
	agreementOfKey,
	allAgreements,
	allFiles,
	allStaged,
	type FileEntry,
	fileEntry,
	fileOfKey,
	type PieceEntry,
	pieceEntry,
	pieceKey,
	pieceOfKey,
	readEntry,
} from './piece-index.ts';
import {recordBytes} from './piece-record.ts';

type Loose = {readonly name: PieceName; readonly entry: PieceEntry};

/** The rows that stay in memory. O(files + agreements), whatever the number of pieces. */
const readRows = async (index: IndexDatabase): Promise<IndexRows> => {
	const rows: IndexRows = {files: new Map(), agreements: new Map()};
	for await (const [key, value] of index.entries(allFiles))
		rows.files.set(fileOfKey(key), readEntry(fileEntry, value));
	for await (const [key, value] of index.entries(allAgreements)) {
		const agreementId = agreementOfKey(key);
		rows.agreements.set(toHex(agreementId), {...readEntry(agreementEntry, value), agreementId});
	}
	return rows;
};

/** Bytes of each file that were being written that are on the disk for sure. */
type Safe = ReadonlyMap<number, number>;

/** Staged pieces in those files of which a power cut may have taken bytes. */
const looseIn = async (index: IndexDatabase, safe: Safe): Promise<readonly Loose[]> => {
	const found: Loose[] = [];
	if (safe.size === 0) return found;
	for await (const [key] of index.entries(allStaged)) {
		const name = {agreementId: agreementOfKey(key), pieceId: pieceOfKey(key)};
		const value = await index.get(pieceKey(name.agreementId, name.pieceId));
		if (value === undefined) continue;
		const entry = readEntry(pieceEntry, value);
		const bytes = safe.get(entry.file);
		if (bytes !== undefined && entry.offset + recordBytes(entry.length) > bytes) found.push({name, entry});
	}
	return found;
};

const isWhole = async (log: LogFiles, {name, entry}: Loose): Promise<boolean> => {
	try {
		const reader = await openPiece(log, name, async () => entry);
		await reader?.read(0, entry.length);
		return true;
	} catch (error) {
		if (error instanceof NodeError && error.code === 'PIECE_CORRUPT') return false;
		throw error;
	}
};

/** The sizes of files that were being written, without torn tails. */
const cutTails = async (
	log: LogFiles,
	open: ReadonlyMap<number, FileEntry>,
): Promise<ReadonlyMap<number, number>> => {
	const sizes = new Map<number, number>();
	for (const [file, {end}] of open) {
		const size = (await log.size(file)) ?? 0;
		if (size > end) await log.truncate(file, end);
		sizes.set(file, Math.min(size, end));
	}
	return sizes;
};

/** Files that a crash left behind after the last of their pieces had gone. */
const removeEmpty = async (log: LogFiles, rows: IndexRows, update: IndexUpdate): Promise<void> => {
	for (const file of rows.files.keys()) {
		const {live, sealed} = update.file(file);
		if (!sealed || live > 0) continue;
		await log.remove(file);
		update.dropFile(file);
	}
};

/**
 * Makes files and index agree after a crash: a torn tail is cut off; staged pieces that were cut are forgotten; held ones
 * stay, to be found as lost. Only files that were being written are looked at.
 */
export const recoverIndex = async (index: IndexDatabase, log: LogFiles): Promise<IndexRows> => {
	const rows = await readRows(index);
	const open = new Map([...rows.files].filter(([, {sealed}]) => !sealed));
	const sizes = await cutTails(log, open);
	const sizeOf = (file: number): number => sizes.get(file) ?? 0;
	const safe = new Map([...open].map(([file, {synced}]) => [file, Math.min(synced, sizeOf(file))] as const));
	const torn = new Set([...open].filter(([file, {end}]) => sizeOf(file) < end).map(([file]) => file));
	const update = new IndexUpdate(rows);
	for (const loose of await looseIn(index, safe)) {
		const {file} = loose.entry;
		if (sizeOf(file) > 0 && (await isWhole(log, loose))) continue;
		update.dropPiece(loose.name, loose.entry);
		torn.add(file);
	}
	for (const [file, {end}] of open) {
		if (sizeOf(file) > 0) await log.sync(file);
		// Where something is missing nothing is written any more: entries of lost pieces must not point at others.
		update.setFile(file, {synced: end, sealed: torn.has(file)});
	}
	await removeEmpty(log, rows, update);
	const changes = update.changes();
	if (changes.length > 0) await index.batch(changes, {sync: true});
	update.take();
	return rows;
};
