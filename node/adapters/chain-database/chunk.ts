/** One chunk of the immutable part: a file of blocks and the file that says where they are. */
import {concat} from '#kernel/bytes';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace, StoredBlock} from '#node/ports/chain-store';
import type {FileSystem} from '#node/ports/file-system';
import {type ChunkEntry, decodeEntry, ENTRY_BYTES, encodeEntry, goodEntries} from './chunk-index.ts';
import {decodeFrame, encodeFrame, scanFrames} from './frame.ts';
import {decodeBlock, encodeBlock} from './payloads.ts';
import {readWhole, replaceFile} from './whole-file.ts';

const NAME = /^(\d{16})\.blocks$/;

/** The number of the first block of the chunk whose blocks are in the file of that name. */
export const firstOfName = (name: string): number | undefined => {
	const number = NAME.exec(name)?.[1];
	return number === undefined ? undefined : Number(number);
};

const baseName = (first: number): string => String(first).padStart(16, '0');
export const blocksName = (first: number): string => `${baseName(first)}.blocks`;
export const indexName = (first: number): string => `${baseName(first)}.index`;

/** Where chunks are. */
export type ChunkFolder = {readonly fileSystem: FileSystem; readonly folder: string};

/** What a chunk holds: its index, and how far its file goes. */
export type Chunk = {
	readonly first: number;
	/** Entries, all good. */
	index: Uint8Array;
	/** Up to the end of the last block. */
	bytes: number;
};

export const countOf = ({index}: Chunk): number => index.length / ENTRY_BYTES;
export const entryOf = ({index, first}: Chunk, blockNo: number): ChunkEntry | undefined =>
	decodeEntry(index, first, blockNo - first);

export const placeIn = (chunk: Chunk, blockNo: number): ChainPlace | undefined => {
	const entry = entryOf(chunk, blockNo);
	return entry && {blockNo: BlockNo(blockNo), slot: entry.slot, hash: entry.hash};
};

/** What is wrong in a chunk's file of blocks: the first block that is not what was written. */
export type ChunkProblem = {
	readonly blockNo: number;
	readonly offset: number;
	/** What is there is not as it was written, or (`torn`) it was never written whole. */
	readonly kind: 'damaged' | 'torn';
};

/** The good blocks from the beginning of a file on, as index entries, and what comes after the last of them. */
export const scanBlocks = (
	bytes: Uint8Array,
	first: number,
): {
	readonly entries: readonly Uint8Array[];
	readonly end: number;
	readonly problem: ChunkProblem | undefined;
} => {
	const entries: Uint8Array[] = [];
	let end = 0;
	for (const frame of scanFrames(bytes)) {
		const blockNo = first + entries.length;
		const block = frame.kind === 'block' ? decodeBlock(frame.payload) : undefined;
		if (block === undefined || block.blockNo !== blockNo) {
			const isTorn = frame.kind === 'damage' && frame.offset + frame.length === bytes.length;
			return {entries, end, problem: {blockNo, offset: frame.offset, kind: isTorn ? 'torn' : 'damaged'}};
		}
		entries.push(encodeEntry({...frame, slot: block.slot, hash: block.hash}, block.blockNo));
		end = frame.offset + frame.length;
	}
	return {entries, end, problem: undefined};
};

/** The index as it is in its file, as far as it is good, without a look at the blocks. */
export const readIndex = async ({fileSystem, folder}: ChunkFolder, first: number): Promise<Chunk> => {
	const names = await fileSystem.list(folder);
	const name = indexName(first);
	const bytes = names.includes(name) ? await readWhole(fileSystem, `${folder}/${name}`) : new Uint8Array(0);
	const index = bytes.slice(0, goodEntries(bytes, first) * ENTRY_BYTES);
	const last = decodeEntry(index, first, index.length / ENTRY_BYTES - 1);
	return {first, index, bytes: last === undefined ? 0 : last.offset + last.length};
};

export const writeIndex = ({fileSystem, folder}: ChunkFolder, {first, index}: Chunk): Promise<void> =>
	replaceFile(fileSystem, {folder, name: indexName(first), parts: [index]});

/** The frames of blocks at the end of a chunk, and its index with them. */
export const withBlocks = (
	{first, index, bytes}: Chunk,
	blocks: readonly StoredBlock[],
): {
	readonly chunk: Chunk;
	readonly parts: readonly Uint8Array[];
	readonly entries: readonly Uint8Array[];
} => {
	const parts: Uint8Array[] = [];
	const entries: Uint8Array[] = [];
	let offset = bytes;
	for (const block of blocks) {
		const frame = encodeFrame('block', encodeBlock(block));
		const length = frame.reduce((sum, part) => sum + part.length, 0);
		parts.push(...frame);
		entries.push(encodeEntry({offset, length, slot: block.slot, hash: block.hash}, block.blockNo));
		offset += length;
	}
	return {chunk: {first, index: concat(index, ...entries), bytes: offset}, parts, entries};
};

/** The block that an entry says is in these bytes, or undefined when it is not. */
export const decodeBlockFrame = (bytes: Uint8Array): StoredBlock | undefined => {
	const payload = decodeFrame('block', bytes);
	return payload && decodeBlock(payload);
};
