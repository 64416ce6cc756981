import {assert, defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {BlockNo, type Slot} from '#kernel/slot';
import type {ChainIndex} from '#node/ports/chain-index';
import type {BlockLink, ChainPlace, ChainStore, Selection, StoredBlock} from '#node/ports/chain-store';
import type {ImmutablePart} from './immutable-part.ts';
import {pathBetween} from './path-between.ts';
import type {VolatilePart} from './volatile-part.ts';

export type CopyLimits = {
	/** So many blocks are copied into the immutable part at once: two syncs for all of them. */
	readonly copyBlocks: number;
};

/** When so many times `copyBlocks` wait to be copied, the chain waits for the disk. */
const WAITING_MAX = 8;

type Parts = {
	readonly volatilePart: VolatilePart;
	readonly immutablePart: ImmutablePart;
	readonly index: ChainIndex;
	readonly limits: CopyLimits;
};

/** Blocks in files: all forks in the volatile part until they are final, then one chain in the immutable part. */
export class FileBackedChainStore implements ChainStore {
	readonly #volatile: VolatilePart;
	readonly #immutable: ImmutablePart;
	readonly #index: ChainIndex;
	readonly #copyBlocks: number;
	/** Final blocks that are still read from the volatile part, from old to new. */
	readonly #waiting: ChainPlace[];
	/** The last final block that is on the disk for good. */
	#settled: ChainPlace | undefined;
	#copying: Promise<void> = Promise.resolve();
	#failure: unknown;

	constructor({volatilePart, immutablePart, index, limits}: Parts) {
		this.#volatile = volatilePart;
		this.#immutable = immutablePart;
		this.#index = index;
		this.#copyBlocks = limits.copyBlocks;
		const {anchor} = volatilePart.selection;
		const {tip} = immutablePart;
		const path = anchor === null ? [] : pathBetween(volatilePart, tip, anchor.hash);
		this.#waiting = [...defined(path, 'what is taken up is kept')];
		this.#settled = this.#finalPlace;
	}

	async begin(block: StoredBlock): Promise<void> {
		assert(this.#finalPlace === undefined && this.#volatile.links().length === 0, 'the store is empty');
		await this.#immutable.append([block]);
		this.#settled = this.#immutable.tip;
	}

	async putBlock(block: StoredBlock, {durable = false}: {readonly durable?: boolean} = {}): Promise<void> {
		this.#throwIfFailed();
		this.#volatile.put(block);
		if (durable) await this.#volatile.sync();
	}

	async select({tip, anchor}: Selection): Promise<void> {
		this.#throwIfFailed();
		this.#volatile.select({tip, anchor});
		const last = this.#finalPlace;
		if (anchor !== null && (last === undefined || anchor.blockNo > last.blockNo))
			this.#waiting.push(
				...defined(pathBetween(this.#volatile, last, anchor.hash), 'what becomes final is kept'),
			);
		await this.#volatile.written();
		if (this.#waiting.length > WAITING_MAX * this.#copyBlocks) await this.settle();
	}

	async settle(): Promise<void> {
		await this.#sync();
		if (this.#waiting.length >= this.#copyBlocks) await this.#copy();
	}

	/** Between two copies: the immutable part changes one way at a time. */
	async dropOld(before: {readonly slot: Slot; readonly blockNo: BlockNo}): Promise<number> {
		let dropped = 0;
		await this.#inTurn(async () => {
			dropped = await this.#immutable.dropOld(before);
		});
		return dropped;
	}

	async archive(): Promise<void> {
		await this.#sync();
		await this.#copy();
	}

	async find(hash: HeaderHash): Promise<ChainPlace | undefined> {
		const link = this.#volatile.link(hash);
		if (link === undefined) return this.#index.find(hash);
		return {hash: link.hash, blockNo: link.blockNo, slot: link.slot};
	}

	async block(hash: HeaderHash): Promise<StoredBlock | undefined> {
		const block = await this.#volatile.block(hash);
		if (block !== undefined) return block;
		const found = await this.#index.find(hash);
		const place = found && (await this.place(found.blockNo));
		if (place === undefined || !equalBytes(place.hash, hash)) return undefined;
		return this.#immutable.block(place.blockNo);
	}

	async place(blockNo: BlockNo): Promise<ChainPlace | undefined> {
		return this.#waitingAt(blockNo) ?? (await this.#immutable.place(blockNo));
	}

	async blockAt(blockNo: BlockNo): Promise<StoredBlock | undefined> {
		const waiting = this.#waitingAt(blockNo);
		const block = waiting && (await this.#volatile.block(waiting.hash));
		return block ?? this.#immutable.block(blockNo);
	}

	firstPlace(): Promise<ChainPlace | undefined> {
		const {firstNo} = this.#immutable;
		return this.place(BlockNo(firstNo ?? this.#waiting[0]?.blockNo ?? 0));
	}

	immutableTip(): ChainPlace | undefined {
		return this.#settled;
	}

	volatileBlocks(): readonly BlockLink[] {
		const from = this.#immutable.tip?.blockNo ?? -1;
		// Sorting is stable: blocks of one number stay in the order of their arrival.
		return this.#volatile
			.links()
			.filter(({blockNo}) => blockNo > from)
			.toSorted((a, b) => a.blockNo - b.blockNo);
	}

	selection(): Selection {
		const {selection, final} = this.#volatile;
		const last = this.#finalPlace ?? null;
		const isAhead = final !== null && (last === null || final.blockNo > last.blockNo);
		return {tip: selection.tip, anchor: isAhead ? final : last};
	}

	/** False: a failure, which was told when it happened, left it as after a crash. */
	async close(): Promise<boolean> {
		const isFailed = this.#failure !== undefined || this.#volatile.isFailed;
		try {
			if (!isFailed) await this.archive();
		} finally {
			await this.#copying;
			await this.#immutable.close();
			await this.#volatile.close();
		}
		return !isFailed;
	}

	get #finalPlace(): ChainPlace | undefined {
		const last = this.#waiting.at(-1);
		return last === undefined
			? this.#immutable.tip
			: {hash: last.hash, blockNo: last.blockNo, slot: last.slot};
	}

	#waitingAt(blockNo: number): ChainPlace | undefined {
		const first = this.#waiting[0];
		const found = first && this.#waiting[blockNo - first.blockNo];
		return found && {hash: found.hash, blockNo: found.blockNo, slot: found.slot};
	}

	#throwIfFailed(): void {
		if (this.#failure !== undefined) throw this.#failure;
	}

	async #sync(): Promise<void> {
		this.#throwIfFailed();
		const final = this.#finalPlace;
		await this.#volatile.sync();
		if (final !== undefined && final.blockNo > (this.#settled?.blockNo ?? -1)) this.#settled = final;
	}

	/** Each for all that waits then. */
	#copy(): Promise<void> {
		return this.#inTurn(() => this.#copyWaiting());
	}

	/** One at a time; after a failure, none. */
	async #inTurn(work: () => Promise<void>): Promise<void> {
		this.#copying = this.#copying.then(async () => {
			if (this.#failure !== undefined) return;
			try {
				await work();
			} catch (error) {
				this.#failure = error;
			}
		});
		await this.#copying;
		this.#throwIfFailed();
	}

	/** Only what is settled is copied: a block in the immutable part is one that was selected, after any crash. */
	async #copyWaiting(): Promise<void> {
		const settledNo = this.#settled?.blockNo ?? -1;
		for (;;) {
			const batch = this.#waiting.slice(0, this.#copyBlocks).filter(({blockNo}) => blockNo <= settledNo);
			if (batch.length === 0) break;
			const blocks: StoredBlock[] = [];
			for (const {hash} of batch)
				blocks.push(defined(await this.#volatile.block(hash), `a final block is kept: ${toHex(hash)}`));
			await this.#immutable.append(blocks);
			this.#waiting.splice(0, batch.length);
		}
		const {tip} = this.#immutable;
		if (tip !== undefined) await this.#volatile.collect(tip.blockNo);
	}
}
