/**
 * The one chain up to the anchor, in chunks that are only appended to. A block counts when its entry in the index is on
 * the disk, which is after the block is: whatever stands behind the last entry is cut.
 */
import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {BlockNo, type Slot} from '#kernel/slot';
import type {ChainPlace, StoredBlock} from '#node/ports/chain-store';
import type {FileSystem, OpenFile} from '#node/ports/file-system';
import {
	blocksName,
	type Chunk,
	countOf,
	decodeBlockFrame,
	entryOf,
	indexName,
	placeIn,
	readIndex,
	withBlocks,
} from './chunk.ts';
import {FRAME_OVERHEAD_BYTES} from './frame.ts';
import {checkChunk, removeChunk} from './open-immutable.ts';
import {LINK_BYTES} from './payloads.ts';
import {ReadAhead} from './read-ahead.ts';
import {RecentMap} from './recent-map.ts';
import {storeCorrupt} from './store-corrupt.ts';

export type ImmutableLimits = {
	/** A chunk is followed by the next one when it has so many blocks, or so many bytes. */
	readonly chunkBlocks: number;
	readonly chunkBytes: number;
};

const INDEXES_KEPT = 16;
const FILES_KEPT = 8;

type Parts = {readonly fileSystem: FileSystem; readonly folder: string; readonly limits: ImmutableLimits};
type Writers = {readonly blocks: OpenFile; readonly index: OpenFile};

export class ImmutablePart {
	readonly #parts: Parts;
	/** The first block of each chunk but the last, ascending. */
	readonly #firsts: number[];
	#last: Chunk | undefined;
	#writers: Writers | undefined;
	readonly #indexes: RecentMap<Chunk>;
	readonly #files: RecentMap<OpenFile>;
	readonly #readAhead = new ReadAhead();

	constructor(parts: Parts, firsts: readonly number[], last: Chunk | undefined) {
		this.#parts = parts;
		this.#firsts = [...firsts];
		this.#last = last;
		this.#indexes = new RecentMap(
			INDEXES_KEPT,
			first => this.#readIndex(first),
			async () => undefined,
		);
		this.#files = new RecentMap(
			FILES_KEPT,
			first => parts.fileSystem.open(`${this.#chunks.folder}/${blocksName(first)}`),
			file => file.close(),
		);
	}

	get #chunks(): {readonly fileSystem: FileSystem; readonly folder: string} {
		return {fileSystem: this.#parts.fileSystem, folder: `${this.#parts.folder}/immutable`};
	}

	/** The number of the first block; undefined while there is none. */
	get firstNo(): number | undefined {
		return this.#firsts[0] ?? this.#last?.first;
	}

	get tip(): ChainPlace | undefined {
		const last = this.#last;
		return last && placeIn(last, last.first + countOf(last) - 1);
	}

	place(blockNo: BlockNo): Promise<ChainPlace | undefined> {
		return this.#unlessDropped(blockNo, () => this.#place(blockNo));
	}

	block(blockNo: BlockNo): Promise<StoredBlock | undefined> {
		return this.#unlessDropped(blockNo, () => this.#block(blockNo));
	}

	/** Lets the oldest chunks go whose blocks are all before both limits. The last one stays. */
	async dropOld(before: {readonly slot: Slot; readonly blockNo: BlockNo}): Promise<number> {
		let dropped = 0;
		for (;;) {
			const [first, second] = [this.#firsts[0], this.#firsts[1] ?? this.#last?.first];
			if (first === undefined || second === undefined || second > before.blockNo) return dropped;
			const place = await this.place(BlockNo(second - 1));
			if (place === undefined || place.slot >= before.slot) return dropped;
			this.#firsts.shift();
			await this.#indexes.forget(first);
			await this.#files.forget(first);
			await removeChunk(this.#chunks, first);
			// Before the next one goes: a power cut must not bring this one back without the next.
			await this.#chunks.fileSystem.syncFolder(this.#chunks.folder);
			dropped += second - first;
		}
	}

	/** Whoever reads a block while its chunk goes finds that it is not there. */
	async #unlessDropped<T>(blockNo: BlockNo, read: () => Promise<T | undefined>): Promise<T | undefined> {
		try {
			return await read();
		} catch (error) {
			if (blockNo < (this.firstNo ?? 0)) return undefined;
			throw error;
		}
	}

	async #place(blockNo: BlockNo): Promise<ChainPlace | undefined> {
		const chunk = await this.#chunkOf(blockNo);
		if (chunk === undefined) return undefined;
		const place = placeIn(chunk, blockNo);
		if (place === undefined) throw this.#corrupt(`The index of block ${blockNo} is damaged`);
		return place;
	}

	async #block(blockNo: BlockNo): Promise<StoredBlock | undefined> {
		const chunk = await this.#chunkOf(blockNo);
		const entry = chunk && entryOf(chunk, blockNo);
		if (chunk === undefined) return undefined;
		if (entry === undefined) throw this.#corrupt(`The index of block ${blockNo} is damaged`);
		const {first} = chunk;
		const read = (offset: number, length: number): Promise<Uint8Array> =>
			this.#files.use(first, file => file.read(offset, length));
		const bytes = await this.#readAhead.read(first, read, {...entry, end: chunk.bytes});
		const block = decodeBlockFrame(bytes);
		if (block === undefined || block.blockNo !== blockNo || !equalBytes(block.hash, entry.hash))
			throw this.#corrupt(`Block ${blockNo} is damaged`);
		return block;
	}

	/** Blocks that follow the last one, in order. Resolves when they are on the disk for good. */
	async append(blocks: readonly StoredBlock[]): Promise<void> {
		let rest = blocks;
		while (rest.length > 0) {
			const first = defined(rest[0], 'there is a block').blockNo;
			const {tip} = this;
			assert(tip === undefined || tip.blockNo + 1 === first, 'immutable blocks follow each other');
			const chunk = await this.#room(first);
			const fitting = rest.slice(0, this.#fitting(chunk, rest));
			await this.#write(chunk, fitting);
			rest = rest.slice(fitting.length);
		}
	}

	async close(): Promise<void> {
		await this.#closeWriters();
		await this.#files.close();
	}

	#corrupt(what: string): Error {
		return storeCorrupt(this.#parts.folder, what);
	}

	async #chunkOf(blockNo: number): Promise<Chunk | undefined> {
		const last = this.#last;
		if (last === undefined || blockNo >= last.first + countOf(last)) return undefined;
		if (blockNo >= last.first) return last;
		const first = this.#firsts.findLast(number => number <= blockNo);
		return first === undefined ? undefined : this.#indexes.use(first, async chunk => chunk);
	}

	/** Of a chunk that is full; one that is damaged is made again. */
	async #readIndex(first: number): Promise<Chunk> {
		const chunk = await readIndex(this.#chunks, first);
		const next = this.#firsts.find(number => number > first) ?? this.#last?.first;
		if (countOf(chunk) === defined(next, 'it is not the last one') - first) return chunk;
		const checked = await checkChunk(this.#chunks, first);
		if (checked.problem !== undefined) throw this.#corrupt(`Block ${checked.problem.blockNo} is damaged`);
		return checked.chunk;
	}

	/** How many of the blocks the chunk takes; at least one. */
	#fitting({index, ...chunk}: Chunk, blocks: readonly StoredBlock[]): number {
		const {chunkBlocks, chunkBytes} = this.#parts.limits;
		const room = chunkBlocks - countOf({index, ...chunk});
		let bytes = chunk.bytes;
		const end = blocks.findIndex((block, at) => {
			bytes += FRAME_OVERHEAD_BYTES + LINK_BYTES + block.bytes.length;
			return at >= room || (at > 0 && bytes > chunkBytes);
		});
		return end < 0 ? blocks.length : Math.max(1, end);
	}

	/** The last chunk, or a new one when that is full. */
	async #room(first: number): Promise<Chunk> {
		const {limits} = this.#parts;
		const last = this.#last;
		if (last !== undefined && countOf(last) < limits.chunkBlocks && last.bytes < limits.chunkBytes)
			return last;
		await this.#closeWriters();
		const {fileSystem, folder} = this.#chunks;
		const blocks = await fileSystem.create(`${folder}/${blocksName(first)}`);
		const index = await fileSystem.create(`${folder}/${indexName(first)}`);
		this.#writers = {blocks, index};
		await fileSystem.syncFolder(folder);
		if (last !== undefined) this.#firsts.push(last.first);
		return {first, index: new Uint8Array(0), bytes: 0};
	}

	async #write(before: Chunk, blocks: readonly StoredBlock[]): Promise<void> {
		const {chunk, parts, entries} = withBlocks(before, blocks);
		const writers = await this.#openWriters(before.first);
		await writers.blocks.append(parts);
		await writers.blocks.sync();
		await writers.index.append(entries);
		await writers.index.sync();
		this.#last = chunk;
	}

	async #openWriters(first: number): Promise<Writers> {
		const {fileSystem, folder} = this.#chunks;
		this.#writers ??= {
			blocks: await fileSystem.open(`${folder}/${blocksName(first)}`),
			index: await fileSystem.open(`${folder}/${indexName(first)}`),
		};
		return this.#writers;
	}

	async #closeWriters(): Promise<void> {
		const writers = this.#writers;
		this.#writers = undefined;
		await writers?.blocks.close();
		await writers?.index.close();
	}
}
