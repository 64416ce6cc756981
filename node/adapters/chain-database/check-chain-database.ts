/** Reads every byte of a chain database that no process uses, and says of each file what is wrong. Changes nothing. */
import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import type {FileSystem} from '#node/ports/file-system';
import {blocksName, type ChunkFolder, countOf, indexName, readIndex, scanBlocks} from './chunk.ts';
import {ENTRY_BYTES} from './chunk-index.ts';
import {readSnapshot, snapshotFiles} from './file-ledger-store.ts';
import {decodeFrame, scanFrames} from './frame.ts';
import {listChunks} from './open-immutable.ts';
import {decodeMeta} from './payloads.ts';
import {readWhole} from './whole-file.ts';

export type FileProblem =
	/** Nothing says whose chain this is. */
	| {readonly code: 'STORE_META_DAMAGED'}
	/** It says another network. */
	| {readonly code: 'DATA_OF_OTHER_NETWORK'}
	/** Blocks before this one are good, it and all after it in this chunk are not to be relied upon. */
	| {readonly code: 'STORE_BLOCK_DAMAGED'; readonly blockNo: number; readonly offset: number}
	/** Blocks from this one on are in no file, up to the next chunk. */
	| {readonly code: 'STORE_BLOCKS_MISSING'; readonly blockNo: number}
	/** Made again when the node starts. */
	| {readonly code: 'STORE_INDEX_DAMAGED'; readonly blockNo: number}
	/** Left out when the node starts; peers have what was there. */
	| {readonly code: 'STORE_FRAME_DAMAGED'; readonly offset: number; readonly length: number}
	/** Another one is used, or all blocks are applied again. */
	| {readonly code: 'STORE_SNAPSHOT_DAMAGED'};

/** `repair`: only the command mends it; what has another one mends itself when the node starts. */
export type FileReport = {
	/** Inside the database's folder. */
	readonly file: string;
	readonly bytes: number;
	readonly problem?: FileProblem;
	readonly needsRepair: boolean;
};

export type CheckParts = {
	readonly fileSystem: FileSystem;
	/** Of the database. */
	readonly folder: string;
	readonly genesisHash: GenesisHash;
	readonly hasher: Hasher;
};

const good = (file: string, bytes: number): FileReport => ({file, bytes, needsRepair: false});

const checkMeta = async ({fileSystem, folder, genesisHash}: CheckParts): Promise<FileReport> => {
	const file = 'meta';
	const names = await fileSystem.list(folder);
	const bytes = names.includes(file) ? await readWhole(fileSystem, `${folder}/${file}`) : new Uint8Array(0);
	const payload = decodeFrame('meta', bytes);
	const meta = payload && decodeMeta(payload);
	const report = {file, bytes: bytes.length};
	if (meta === undefined) return {...report, problem: {code: 'STORE_META_DAMAGED'}, needsRepair: true};
	// No repair makes one chain of another.
	if (!equalBytes(meta.genesisHash, genesisHash))
		return {...report, problem: {code: 'DATA_OF_OTHER_NETWORK'}, needsRepair: false};
	return good(file, bytes.length);
};

const checkIndex = async (
	chunks: ChunkFolder,
	first: number,
	entries: readonly Uint8Array[],
): Promise<FileReport> => {
	const name = indexName(first);
	const file = `immutable/${name}`;
	const names = await chunks.fileSystem.list(chunks.folder);
	const bytes = names.includes(name)
		? await readWhole(chunks.fileSystem, `${chunks.folder}/${name}`)
		: new Uint8Array(0);
	const wrong = entries.findIndex(
		(entry, at) => !equalBytes(entry, bytes.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES)),
	);
	const isWhole = wrong < 0 && bytes.length === entries.length * ENTRY_BYTES;
	if (isWhole) return good(file, bytes.length);
	const blockNo = first + (wrong < 0 ? entries.length : wrong);
	return {file, bytes: bytes.length, problem: {code: 'STORE_INDEX_DAMAGED', blockNo}, needsRepair: false};
};

type Checked = {readonly reports: readonly FileReport[]; readonly next: number};

/** `next` of a chunk: the block that has to come after it. */
const checkChunkFiles = async (chunks: ChunkFolder, first: number, isLast: boolean): Promise<Checked> => {
	const file = `immutable/${blocksName(first)}`;
	const bytes = await readWhole(chunks.fileSystem, `${chunks.folder}/${blocksName(first)}`);
	const {entries, problem} = scanBlocks(bytes, first);
	const known = countOf(await readIndex(chunks, first));
	const next = first + entries.length;
	// What the index of the last chunk does not know was never acknowledged: it may be torn.
	const isTorn = isLast && problem?.kind === 'torn' && entries.length >= known;
	if (problem !== undefined && !isTorn) {
		const {blockNo, offset} = problem;
		const damaged: FileProblem = {code: 'STORE_BLOCK_DAMAGED', blockNo, offset};
		return {reports: [{file, bytes: bytes.length, problem: damaged, needsRepair: true}], next};
	}
	if (entries.length < known) {
		const missing: FileProblem = {code: 'STORE_BLOCKS_MISSING', blockNo: next};
		return {reports: [{file, bytes: bytes.length, problem: missing, needsRepair: true}], next};
	}
	return {reports: [good(file, bytes.length), await checkIndex(chunks, first, entries)], next};
};

async function* checkImmutable({
	fileSystem,
	folder,
}: CheckParts): AsyncGenerator<FileReport, void, undefined> {
	const chunks = {fileSystem, folder: `${folder}/immutable`};
	const firsts = await listChunks(chunks);
	let expected = firsts[0];
	for (const first of firsts) {
		if (first !== expected)
			yield {
				file: `immutable/${blocksName(first)}`,
				bytes: 0,
				problem: {code: 'STORE_BLOCKS_MISSING', blockNo: expected ?? 0},
				needsRepair: true,
			};
		const {reports, next} = await checkChunkFiles(chunks, first, first === firsts.at(-1));
		yield* reports;
		// Reported already: the chunk after a damaged one is looked at by itself.
		expected = reports.some(({needsRepair}) => needsRepair) ? firsts[firsts.indexOf(first) + 1] : next;
	}
}

async function* checkVolatile({fileSystem, folder}: CheckParts): AsyncGenerator<FileReport, void, undefined> {
	for (const name of await fileSystem.list(`${folder}/volatile`)) {
		const file = `volatile/${name}`;
		const bytes = await readWhole(fileSystem, `${folder}/${file}`);
		let problem: FileProblem | undefined;
		for (const {kind, offset, length} of scanFrames(bytes))
			if (kind === 'damage') problem ??= {code: 'STORE_FRAME_DAMAGED', offset, length};
		yield {...good(file, bytes.length), ...(problem && {problem})};
	}
}

async function* checkSnapshots(parts: CheckParts): AsyncGenerator<FileReport, void, undefined> {
	const snapshots = {...parts, folder: `${parts.folder}/snapshots`};
	for (const name of await snapshotFiles(snapshots)) {
		const file = `snapshots/${name}`;
		const {length} = await readWhole(parts.fileSystem, `${parts.folder}/${file}`);
		const snapshot = await readSnapshot(snapshots, name);
		yield {...good(file, length), ...(snapshot === undefined && {problem: {code: 'STORE_SNAPSHOT_DAMAGED'}})};
	}
}

/** How much there is to read, for a progress bar. */
export const databaseBytes = async ({
	fileSystem,
	folder,
}: Pick<CheckParts, 'fileSystem' | 'folder'>): Promise<number> => {
	let total = 0;
	for (const part of ['immutable', 'volatile', 'snapshots'])
		for (const name of await fileSystem.list(`${folder}/${part}`)) {
			const file = await fileSystem.open(`${folder}/${part}/${name}`);
			total += await file.size();
			await file.close();
		}
	return total;
};

/** One report for each file, in the order of reading. Throws DATA_FOLDER_IN_USE, STORE_FAILED. */
export async function* checkChainDatabase(parts: CheckParts): AsyncGenerator<FileReport, void, undefined> {
	const lock = await parts.fileSystem.lock(parts.folder);
	try {
		yield await checkMeta(parts);
		yield* checkImmutable(parts);
		yield* checkVolatile(parts);
		yield* checkSnapshots(parts);
	} finally {
		await lock.release();
	}
}
