/** Opens the immutable part, and finds out how much of it is there. */
import {concat, equalBytes} from '#kernel/bytes';
import {
	blocksName,
	type Chunk,
	type ChunkFolder,
	type ChunkProblem,
	countOf,
	firstOfName,
	indexName,
	readIndex,
	scanBlocks,
	writeIndex,
} from './chunk.ts';
import {decodeEntry, ENTRY_BYTES} from './chunk-index.ts';
import {readWhole} from './whole-file.ts';

/** Chunks whose blocks are looked at after the database was not closed in good order. */
const CHECKED_CHUNKS = 2;

export type OpenedChunks = {
	/** Of all chunks but the last. */
	readonly firsts: readonly number[];
	/** When there is a problem in it: as its index says. */
	readonly last: Chunk | undefined;
	/** Blocks that are known to have been there and are damaged, or missing chunks: nothing was changed there. */
	readonly problem: ChunkProblem | undefined;
};

const sizeOf = async ({fileSystem, folder}: ChunkFolder, name: string): Promise<number> => {
	const file = await fileSystem.open(`${folder}/${name}`);
	try {
		return await file.size();
	} finally {
		await file.close();
	}
};

/** Puts the file of blocks on the disk, cut to `bytes`. */
const cutTo = async ({fileSystem, folder}: ChunkFolder, first: number, bytes: number): Promise<void> => {
	const file = await fileSystem.open(`${folder}/${blocksName(first)}`);
	try {
		if ((await file.size()) > bytes) await file.truncate(bytes);
		await file.sync();
	} finally {
		await file.close();
	}
};

type Checked = {readonly chunk: Chunk; readonly problem: ChunkProblem | undefined};

/**
 * Reads all blocks of a chunk. An index that knows fewer is made again: it was torn, or damaged. What is behind the last
 * good block was never whole and is cut; but a block that the index knows has been whole.
 */
export const checkChunk = async (chunks: ChunkFolder, first: number): Promise<Checked> => {
	const {fileSystem, folder} = chunks;
	const known = await readIndex(chunks, first);
	const scanned = scanBlocks(await readWhole(fileSystem, `${folder}/${blocksName(first)}`), first);
	const index = concat(...scanned.entries);
	const chunk: Chunk = {first, index, bytes: scanned.end};
	const shared = Math.min(index.length, known.index.length);
	const isSame = equalBytes(index.subarray(0, shared), known.index.subarray(0, shared));
	if (index.length < known.index.length || !isSame) {
		const blockNo = first + Math.min(countOf(known), countOf(chunk));
		return {chunk: known, problem: scanned.problem ?? {blockNo, offset: scanned.end, kind: 'damaged'}};
	}
	await cutTo(chunks, first, chunk.bytes);
	const isWhole = index.length === known.index.length && (await hasIndexOf(chunks, chunk));
	if (!isWhole) await writeIndex(chunks, chunk);
	return {chunk, problem: undefined};
};

const hasIndexOf = async (chunks: ChunkFolder, chunk: Chunk): Promise<boolean> => {
	const names = await chunks.fileSystem.list(chunks.folder);
	const name = indexName(chunk.first);
	return names.includes(name) && (await sizeOf(chunks, name)) === chunk.index.length;
};

/** The last chunk as its index says, unless that is not as it was left. */
const trustChunk = async (chunks: ChunkFolder, first: number): Promise<Checked> => {
	const chunk = await readIndex(chunks, first);
	const isWhole =
		(await hasIndexOf(chunks, chunk)) && (await sizeOf(chunks, blocksName(first))) === chunk.bytes;
	return isWhole ? {chunk, problem: undefined} : checkChunk(chunks, first);
};

/** Whether the chunk's index covers all blocks up to the next chunk; it is made again if need be. */
const checkCount = async (
	chunks: ChunkFolder,
	first: number,
	next: number,
): Promise<ChunkProblem | undefined> => {
	const name = indexName(first);
	const names = await chunks.fileSystem.list(chunks.folder);
	if (names.includes(name) && (await sizeOf(chunks, name)) === (next - first) * ENTRY_BYTES) return undefined;
	const {chunk, problem} = await checkChunk(chunks, first);
	if (problem !== undefined || first + countOf(chunk) === next) return problem;
	return {blockNo: first + countOf(chunk), offset: chunk.bytes, kind: 'damaged'};
};

/** Neither file needs the other to be gone: an index without its blocks is an orphan, blocks without an index get a new one. */
export const removeChunk = async ({fileSystem, folder}: ChunkFolder, first: number): Promise<void> => {
	await fileSystem.remove(`${folder}/${indexName(first)}`);
	await fileSystem.remove(`${folder}/${blocksName(first)}`);
};

export const listChunks = async ({fileSystem, folder}: ChunkFolder): Promise<readonly number[]> =>
	(await fileSystem.list(folder)).flatMap(name => firstOfName(name) ?? []);

/** Indexes of no blocks, and files that were being made. */
const removeOrphans = async ({fileSystem, folder}: ChunkFolder): Promise<void> => {
	const names = await fileSystem.list(folder);
	const known = new Set(
		names.flatMap(name => firstOfName(name) ?? []).flatMap(first => [blocksName(first), indexName(first)]),
	);
	for (const name of names) if (!known.has(name)) await fileSystem.remove(`${folder}/${name}`);
};

/** `isClean`: the last process closed it in good order, so that indexes may be trusted. */
export const openChunks = async (
	chunks: ChunkFolder,
	{isClean}: {readonly isClean: boolean},
): Promise<OpenedChunks> => {
	await removeOrphans(chunks);
	const firsts = [...(await listChunks(chunks))];
	let problem: ChunkProblem | undefined;
	for (const [at, first] of firsts.slice(0, -1).entries())
		problem ??= await checkCount(chunks, first, firsts[at + 1] as number);
	if (problem !== undefined) return {firsts, last: undefined, problem};
	if (!isClean)
		for (const first of firsts.slice(-CHECKED_CHUNKS, -1)) {
			const checked = await checkChunk(chunks, first);
			if (checked.problem !== undefined) return {firsts, last: undefined, problem: checked.problem};
		}
	const lastFirst = firsts.pop();
	if (lastFirst === undefined) return {firsts, last: undefined, problem: undefined};
	const {chunk, problem: found} = await (isClean ? trustChunk : checkChunk)(chunks, lastFirst);
	if (found !== undefined) return {firsts, last: chunk, problem: found};
	if (countOf(chunk) > 0) return {firsts, last: chunk, problem: undefined};
	// It was made and nothing was written into it yet.
	await removeChunk(chunks, lastFirst);
	const before = firsts.pop();
	return {
		firsts,
		last: before === undefined ? undefined : await readIndex(chunks, before),
		problem: undefined,
	};
};

/** Cuts the immutable part before a block, the newest files first, so that what is left hangs together at any time. */
export const cutChunks = async (chunks: ChunkFolder, blockNo: number): Promise<void> => {
	const firsts = await listChunks(chunks);
	for (const first of firsts.toReversed()) {
		if (first >= blockNo) {
			await removeChunk(chunks, first);
			continue;
		}
		const {entries, end} = scanBlocks(
			await readWhole(chunks.fileSystem, `${chunks.folder}/${blocksName(first)}`),
			first,
		);
		const kept = entries.slice(0, blockNo - first);
		const index = concat(...kept);
		const bytes = kept.length === entries.length ? end : endOf(index, first, kept.length);
		await writeIndex(chunks, {first, index, bytes});
		await cutTo(chunks, first, bytes);
		break;
	}
	await chunks.fileSystem.syncFolder(chunks.folder);
};

const endOf = (index: Uint8Array, first: number, count: number): number => {
	const last = decodeEntry(index, first, count - 1);
	return last === undefined ? 0 : last.offset + last.length;
};
