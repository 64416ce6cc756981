/**
 * Makes a chain database whole again that no process uses: cuts it before the first damaged block, and remembers what had
 * been final, so that peers can only bring the same chain again. Nothing is deleted: what goes is moved aside.
 */
import {concat, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {type CheckParts, checkChainDatabase, type FileReport} from './check-chain-database.ts';
import {
	blocksName,
	type Chunk,
	type ChunkFolder,
	countOf,
	entryOf,
	indexName,
	placeIn,
	readIndex,
	scanBlocks,
	writeIndex,
} from './chunk.ts';
import {encodeFrame} from './frame.ts';
import {FORMAT_VERSION} from './open-chain-database.ts';
import {listChunks} from './open-immutable.ts';
import {encodeMeta} from './payloads.ts';
import {VolatilePart} from './volatile-part.ts';
import {readWhole, replaceFile} from './whole-file.ts';

export type RepairStep =
	/** It was made anew. */
	| {readonly kind: 'meta-written'}
	/** Blocks from that number on left the immutable part; peers bring them again. */
	| {readonly kind: 'cut'; readonly fromBlockNo: number; readonly lastBlockNo: number}
	| {readonly kind: 'moved'; readonly file: string}
	/** The chain of peers has to have this block: it had been final here. */
	| {readonly kind: 'required'; readonly blockNo: number; readonly hash: string};

export type RepairParts = CheckParts & {
	/** A folder that is made for what is damaged. On the same disk. */
	readonly moveAside: string;
	/** Blocks from that number on go as well: they are as they were written, and do not follow from those before. */
	readonly cutFrom?: number | undefined;
};

/** The first block that is not there as it was written; infinite when all are. */
const firstDamaged = (reports: readonly FileReport[]): number => {
	const numbers = reports.flatMap(({problem, needsRepair}) =>
		needsRepair && problem !== undefined && 'blockNo' in problem ? [problem.blockNo] : [],
	);
	return Math.min(...numbers);
};

/** The last block that some index knows: what was final at least. */
const lastKnown = async (chunks: ChunkFolder): Promise<ReturnType<typeof placeIn>> => {
	for (const first of (await listChunks(chunks)).toReversed()) {
		const chunk = await readIndex(chunks, first);
		if (countOf(chunk) > 0) return placeIn(chunk, first + countOf(chunk) - 1);
	}
	return undefined;
};

class Repair {
	readonly #parts: RepairParts;
	readonly #chunks: ChunkFolder;

	constructor(parts: RepairParts) {
		this.#parts = parts;
		this.#chunks = {fileSystem: parts.fileSystem, folder: `${parts.folder}/immutable`};
	}

	async *run(reports: readonly FileReport[]): AsyncGenerator<RepairStep, void, undefined> {
		const codes = new Map(reports.map(({file, problem}) => [file, problem?.code]));
		if (codes.get('meta') === 'STORE_META_DAMAGED') yield await this.#writeMeta();
		for (const [file, code] of codes) if (code === 'STORE_SNAPSHOT_DAMAGED') yield await this.#move(file);
		const damaged = firstDamaged(reports);
		const from = Math.min(damaged, this.#parts.cutFrom ?? Number.POSITIVE_INFINITY);
		if (Number.isFinite(from)) yield* this.#cut(from, damaged <= from);
	}

	async #writeMeta(): Promise<RepairStep> {
		const {fileSystem, folder, genesisHash} = this.#parts;
		const payload = encodeMeta({version: FORMAT_VERSION, genesisHash});
		await replaceFile(fileSystem, {folder, name: 'meta', parts: encodeFrame('meta', [payload])});
		return {kind: 'meta-written'};
	}

	async #move(file: string): Promise<RepairStep> {
		const {fileSystem, folder, moveAside} = this.#parts;
		await fileSystem.makeFolder(moveAside);
		await fileSystem.rename(`${folder}/${file}`, `${moveAside}/${file.replace('/', '-')}`);
		await fileSystem.syncFolder(moveAside);
		return {kind: 'moved', file};
	}

	/**
	 * What was final is noted first: a repair that is cut off begins again where it was. Blocks that do not hang together
	 * lead to nothing that peers could be asked for.
	 */
	async *#cut(from: number, hangsTogether: boolean): AsyncGenerator<RepairStep, void, undefined> {
		const {fileSystem} = this.#parts;
		// They may hold the same blocks once more.
		if (!hangsTogether)
			for (const name of await fileSystem.list(`${this.#parts.folder}/volatile`))
				yield await this.#move(`volatile/${name}`);
		const last = await lastKnown(this.#chunks);
		if (last !== undefined && last.blockNo >= from) {
			if (hangsTogether) yield await this.#require(last);
			yield {kind: 'cut', fromBlockNo: from, lastBlockNo: last.blockNo};
		}
		for (const first of (await listChunks(this.#chunks)).toReversed())
			if (first >= from) yield* this.#moveChunk(first);
			else {
				yield* this.#cutChunk(first, from);
				break;
			}
		await fileSystem.syncFolder(this.#chunks.folder);
	}

	async #require(place: NonNullable<ReturnType<typeof placeIn>>): Promise<RepairStep> {
		const {fileSystem, folder} = this.#parts;
		const limits = {fileBytes: 1024 * 1024};
		const volatilePart = await VolatilePart.open({fileSystem, folder, limits, isClean: false});
		volatilePart.select({tip: volatilePart.selection.tip, anchor: place});
		await volatilePart.close();
		const {blockNo, hash} = volatilePart.final ?? place;
		return {kind: 'required', blockNo, hash: toHex(hash)};
	}

	async *#moveChunk(first: number): AsyncGenerator<RepairStep, void, undefined> {
		const names = await this.#chunks.fileSystem.list(this.#chunks.folder);
		for (const name of [indexName(first), blocksName(first)])
			if (names.includes(name)) yield await this.#move(`immutable/${name}`);
	}

	/** Its good blocks stay, in new files. */
	async *#cutChunk(first: number, from: number): AsyncGenerator<RepairStep, void, undefined> {
		const {fileSystem, folder} = this.#chunks;
		const bytes = await readWhole(fileSystem, `${folder}/${blocksName(first)}`);
		const {entries} = scanBlocks(bytes, first);
		const index = concat(...entries.slice(0, from - first));
		const end = endOf({first, index, bytes: 0});
		if (end === bytes.length) {
			await writeIndex(this.#chunks, {first, index, bytes: end});
			return;
		}
		yield* this.#moveChunk(first);
		await replaceFile(fileSystem, {folder, name: blocksName(first), parts: [bytes.subarray(0, end)]});
		await writeIndex(this.#chunks, {first, index, bytes: end});
	}
}

const endOf = (chunk: Chunk): number => {
	const last = entryOf(chunk, chunk.first + countOf(chunk) - 1);
	return last === undefined ? 0 : last.offset + last.length;
};

const refuseOther = ({folder}: RepairParts, reports: readonly FileReport[]): void => {
	if (!reports.some(({problem}) => problem?.code === 'DATA_OF_OTHER_NETWORK')) return;
	throw new NodeError({
		code: 'DATA_OF_OTHER_NETWORK',
		folder,
		message: `${folder} holds the chain of another genesis: name that genesis file, or another folder.`,
	});
};

/**
 * Checks, then repairs what needs it; says each step as it is done. Throws DATA_FOLDER_IN_USE, STORE_DISK_FULL,
 * STORE_FAILED, DATA_OF_OTHER_NETWORK.
 */
export async function* repairChainDatabase(parts: RepairParts): AsyncGenerator<RepairStep, void, undefined> {
	const reports: FileReport[] = [];
	for await (const report of checkChainDatabase(parts)) reports.push(report);
	const lock = await parts.fileSystem.lock(parts.folder);
	try {
		refuseOther(parts, reports);
		yield* new Repair(parts).run(reports);
	} finally {
		await lock.release();
	}
}
