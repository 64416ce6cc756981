/** Takes the storage proofs out of old blocks of a database that no process uses. */
import {decodeBlock} from '#consensus/block/block';
import {isPruned, pruneBlock} from '#consensus/block/pruned-block';
import type {Hasher} from '#crypto/crypto';
import type {StoredBlock} from '#node/ports/chain-store';
import {
	blocksName,
	type Chunk,
	type ChunkFolder,
	countOf,
	decodeBlockFrame,
	indexName,
	withBlocks,
} from './chunk.ts';
import {decodeEntry} from './chunk-index.ts';
import {checkChunk, listChunks} from './open-immutable.ts';
import {storeCorrupt} from './store-corrupt.ts';
import {readWhole, replaceFile} from './whole-file.ts';

export type PrunedChunk = {
	/** The number of its first block. */
	readonly first: number;
	/** Blocks whose proofs went now. */
	readonly pruned: number;
	readonly bytesBefore: number;
	readonly bytesAfter: number;
};

/** The same block without its proofs, or the very same. */
const withoutProofs = (hasher: Hasher, block: StoredBlock): StoredBlock => {
	const decoded = decodeBlock(hasher, block.bytes);
	if (!decoded.ok || isPruned(decoded.value.segments)) return block;
	const bytes = pruneBlock(hasher, decoded.value);
	return bytes === undefined ? block : {...block, bytes};
};

/** The blocks of a chunk as they will be, and of how many the proofs go. */
const prunedBlocks = async (
	{fileSystem, folder}: ChunkFolder,
	chunk: Chunk,
	hasher: Hasher,
): Promise<{readonly blocks: readonly StoredBlock[]; readonly pruned: number}> => {
	const {first} = chunk;
	const bytes = await readWhole(fileSystem, `${folder}/${blocksName(first)}`);
	const blocks: StoredBlock[] = [];
	let pruned = 0;
	for (let number = 0; number < countOf(chunk); number++) {
		const entry = decodeEntry(chunk.index, first, number);
		const block = entry && decodeBlockFrame(bytes.subarray(entry.offset, entry.offset + entry.length));
		if (block === undefined) throw storeCorrupt(folder, `Block ${first + number} is damaged`);
		const after = withoutProofs(hasher, block);
		if (after !== block) pruned++;
		blocks.push(after);
	}
	return {blocks, pruned};
};

/**
 * Prunes all chunks whose blocks are before `beforeNo`, the oldest first; never the last one. A crash leaves each chunk
 * as it was or pruned: the index goes before the blocks do, and is made again from them. Throws STORE_CORRUPT.
 */
export async function* pruneChunks(
	chunks: ChunkFolder,
	{hasher, beforeNo}: {readonly hasher: Hasher; readonly beforeNo: number},
): AsyncGenerator<PrunedChunk, void, undefined> {
	const {fileSystem, folder} = chunks;
	const firsts = await listChunks(chunks);
	for (const [at, first] of firsts.slice(0, -1).entries()) {
		if ((firsts[at + 1] as number) > beforeNo) return;
		const {chunk, problem} = await checkChunk(chunks, first);
		if (problem !== undefined) throw storeCorrupt(folder, `Block ${problem.blockNo} is damaged`);
		const {blocks, pruned} = await prunedBlocks(chunks, chunk, hasher);
		if (pruned === 0) continue;
		const made = withBlocks({first, index: new Uint8Array(0), bytes: 0}, blocks);
		await fileSystem.remove(`${folder}/${indexName(first)}`);
		await fileSystem.syncFolder(folder);
		await replaceFile(fileSystem, {folder, name: blocksName(first), parts: made.parts});
		await replaceFile(fileSystem, {folder, name: indexName(first), parts: [made.chunk.index]});
		yield {first, pruned, bytesBefore: chunk.bytes, bytesAfter: made.chunk.bytes};
	}
}
