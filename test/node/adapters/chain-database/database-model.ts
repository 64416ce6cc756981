/** A chain database on a faulty disk beside what it ought to know. */
import {assert, defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {Hash32, type HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo, Slot} from '#kernel/slot';
import type {ChainDatabase, DatabaseLimits} from '#node/adapters/chain-database/open-chain-database';
import {repairChainDatabase} from '#node/adapters/chain-database/repair-chain-database';
import type {ChainPlace, StoredBlock} from '#node/ports/chain-store';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import {DATABASE_FOLDER, openTestDatabase, smallLimits} from '../../../support/chain-databases.ts';
import {crypto} from '../../../support/crypto.ts';
import type {FaultyFileSystem} from '../../../support/faulty-file-system.ts';
import {storedGenesis} from '../../../support/stored-chain.ts';

export const DEPTH = 5;

const placeOf = ({hash, blockNo, slot}: StoredBlock): ChainPlace => ({hash, blockNo, slot});
const numberOf = (place: ChainPlace | undefined | null): number => place?.blockNo ?? -1;

const sameBlock = (a: StoredBlock | undefined, b: StoredBlock | undefined): boolean =>
	a !== undefined &&
	b !== undefined &&
	equalBytes(a.hash, b.hash) &&
	a.blockNo === b.blockNo &&
	equalBytes(a.bytes, b.bytes);

/** Throws an AssertionError when the database breaks a promise; what the disk does to it is not an error here. */
export class DatabaseModel {
	readonly disk: FaultyFileSystem;
	readonly #limits: DatabaseLimits;
	/** All blocks that were ever given, by hash. */
	readonly #given = new Map<string, StoredBlock>();
	readonly #snapshots = new Set<string>();
	/** The selected chain, from block 0. */
	#chain: StoredBlock[] = [];
	/** The last block that was said to be final for good. */
	#settledNo = -1;
	/** The last anchor that was noted since the database was opened. */
	#anchorNo = -1;
	/** It was noted as final, and the power went before it was settled: what peers bring has to lead to it. */
	#required: ChainPlace | undefined;
	#made = 0;
	#database: ChainDatabase | undefined;
	/** The disk has altered what was written, or lied: what was final may be damaged, and is never wrong. */
	mayBeDamaged: boolean = false;
	repairs = 0;

	constructor(disk: FaultyFileSystem, limits: Partial<DatabaseLimits> = {}) {
		this.disk = disk;
		this.#limits = {...smallLimits, ...limits};
	}

	get tipNo(): number {
		return this.#chain.length - 1;
	}

	/** Blocks went with the power that had been noted as final, and not as settled. */
	get lacksFinal(): boolean {
		return this.#missing() !== undefined;
	}

	/** Goes `back` blocks back, as far as that is allowed, and `count` blocks forward, after those that peers bring again. */
	async choose(back: number, count: number): Promise<void> {
		const {chainStore, chainIndex} = await this.#open();
		const missing = this.#missing();
		const kept =
			missing === undefined
				? this.#chain.slice(0, this.#chain.length - Math.min(back, this.#volatileLength))
				: this.#chain.slice(0, this.#settledNo + 1);
		const added: StoredBlock[] = [...(missing ?? [])];
		for (const block of added) await chainStore.putBlock(block);
		for (let index = 0; index < count; index++) {
			const block = this.#make(added.at(-1) ?? kept.at(-1));
			added.push(block);
			await chainStore.putBlock(block, {durable: index % 7 === 6});
		}
		this.#chain = [...kept, ...added];
		await chainIndex.add(
			added.map(block => ({...placeOf(block), txIds: [], accountEntries: [], events: []})),
		);
		const deep = this.#chain.at(-1 - DEPTH);
		const anchor = deep === undefined ? null : placeOf(deep);
		await chainStore.select({tip: this.#chain.at(-1)?.hash ?? null, anchor});
		this.#anchorNo = numberOf(anchor);
		this.#noteSettled(chainStore.immutableTip());
	}

	async settle(how: 'settle' | 'archive'): Promise<void> {
		const {chainStore} = await this.#open();
		await chainStore[how]();
		this.#noteSettled(chainStore.immutableTip());
		const settledNo = numberOf(chainStore.immutableTip());
		assert(settledNo >= this.#anchorNo, 'what became final is settled');
		const anchorNo = numberOf(chainStore.selection().anchor);
		assert(
			settledNo === anchorNo || anchorNo === numberOf(this.#required),
			'and all that was final before, unless it is missing',
		);
	}

	async snapshot(): Promise<void> {
		const {chainStore, ledgerStore} = await this.#open();
		const place = chainStore.immutableTip();
		if (place === undefined) return;
		const snapshot: LedgerSnapshot = {
			...place,
			state: new Uint8Array(900).fill(place.blockNo),
			praosState: place.hash,
		};
		this.#snapshots.add(toHex(place.hash));
		await chainStore.archive();
		await ledgerStore.putSnapshot(snapshot);
	}

	async close(): Promise<void> {
		const database = await this.#open();
		this.#database = undefined;
		await database.close();
		// Whoever opens it again looks at what is there.
		await this.check();
	}

	/** The process and perhaps the power goes, and somebody starts the node again. */
	async crash(how: 'process' | 'power'): Promise<void> {
		if (!this.disk.isDown) this.disk.crash(how);
		this.disk.restart();
		this.disk.freeSpace();
		this.#database = undefined;
		await this.check();
	}

	/** Everything that was promised. Damage deep in the chain is found when it is read, and repaired then. */
	async check(): Promise<void> {
		try {
			await this.#check();
		} catch (error) {
			if (!(error instanceof NodeError) || error.code !== 'STORE_CORRUPT') throw error;
			this.disk.crash('process');
			this.disk.restart();
			this.#database = undefined;
			await this.#repair(error);
			await this.#check();
		}
	}

	async #check(): Promise<void> {
		const database = await this.#open();
		const {chainStore, ledgerStore} = database;
		const chain = await this.#finalChain(database);
		const settledNo = numberOf(chainStore.immutableTip());
		if (!this.mayBeDamaged) assert(settledNo >= this.#settledNo, `block ${this.#settledNo} was final`);
		assert(
			numberOf(chainStore.selection().anchor) >=
				Math.min(this.#settledNo, this.mayBeDamaged ? -1 : settledNo),
			'what was final is known',
		);
		const shared = Math.min(this.#settledNo, chain.length - 1);
		for (let number = 0; number <= shared; number++)
			assert(sameBlock(chain[number], this.#chain[number]), `block ${number} was final and is another one`);
		for (const {hash} of chainStore.volatileBlocks())
			assert(
				sameBlock(await chainStore.block(hash), this.#given.get(toHex(hash))),
				'a block is what was given',
			);
		for (const snapshot of await ledgerStore.snapshots()) {
			assert(this.#snapshots.has(toHex(snapshot.hash)), 'a snapshot is one that was given');
			assert(
				snapshot.state.every(byte => byte === snapshot.blockNo % 256),
				'and as it was given',
			);
		}
		this.#chain = [...chain, ...this.#pathAbove(database, chain.at(-1))];
		this.#settledNo = settledNo;
		this.#anchorNo = settledNo;
		const {anchor} = chainStore.selection();
		this.#required = anchor !== null && anchor.blockNo > settledNo ? anchor : undefined;
	}

	/** Blocks that were lost, up to the one that is required; undefined when the chain has it. */
	#missing(): readonly StoredBlock[] | undefined {
		const required = this.#required;
		const there = required && this.#chain[required.blockNo];
		if (required === undefined || (there !== undefined && equalBytes(there.hash, required.hash)))
			return undefined;
		const path: StoredBlock[] = [];
		for (let at: HeaderHash | null = required.hash; at !== null; ) {
			const block: StoredBlock = defined(this.#given.get(toHex(at)), 'what is required was given');
			if (block.blockNo <= this.#settledNo) break;
			path.push(block);
			at = block.prevHash;
		}
		const base = path.at(-1)?.prevHash ?? new Uint8Array(0);
		const settled = this.#chain[this.#settledNo]?.hash ?? new Uint8Array(0);
		assert(equalBytes(base, settled), 'what is required follows from what is final');
		return path.reverse();
	}

	get #volatileLength(): number {
		const finalNo = Math.max(this.#settledNo, this.#anchorNo, numberOf(this.#required));
		return Math.min(DEPTH, this.#chain.length - 1 - finalNo);
	}

	#make(parent: StoredBlock | undefined): StoredBlock {
		const number = this.#made++;
		const seed = Uint8Array.of(number & 255, number >> 8);
		const blockNo = BlockNo(parent === undefined ? 0 : parent.blockNo + 1);
		const block = {
			hash: Hash32(crypto.blake2b256(seed)),
			prevHash: parent?.hash ?? null,
			blockNo,
			slot: Slot(number),
			bytes: new Uint8Array(50 + ((number * 37) % 700)).fill(number),
		};
		this.#given.set(toHex(block.hash), block);
		return block;
	}

	#noteSettled(place: ChainPlace | undefined): void {
		this.#settledNo = Math.max(this.#settledNo, numberOf(place));
	}

	/** The immutable part with what is to become part of it, each block as it was given and on top of the one before. */
	async #finalChain({chainStore}: ChainDatabase): Promise<StoredBlock[]> {
		const chain: StoredBlock[] = [];
		const last = numberOf(chainStore.immutableTip());
		for (let number = 0; number <= last; number++) {
			const block = defined(await chainStore.blockAt(BlockNo(number)), 'the final chain has no gap');
			assert(sameBlock(block, this.#given.get(toHex(block.hash))), 'a final block is what was given');
			const before: HeaderHash | null = chain.at(-1)?.hash ?? null;
			assert(
				toHex(block.prevHash ?? new Uint8Array(0)) === toHex(before ?? new Uint8Array(0)),
				'and follows',
			);
			chain.push(block);
		}
		return chain;
	}

	#pathAbove({chainStore}: ChainDatabase, base: StoredBlock | undefined): StoredBlock[] {
		const path: StoredBlock[] = [];
		for (
			let at = chainStore.selection().tip;
			at !== null && toHex(at) !== toHex(base?.hash ?? new Uint8Array(0));
		) {
			const block = chainStore.volatileBlocks().some(({hash}) => equalBytes(hash, at as HeaderHash))
				? this.#given.get(toHex(at))
				: undefined;
			if (block === undefined) return [];
			path.push(block);
			at = block.prevHash;
		}
		return path.reverse();
	}

	async #open(): Promise<ChainDatabase> {
		this.#database ??= await this.#openOrRepair();
		return this.#database;
	}

	/** Damage that the node does not mend by itself is mended by the command that it names. */
	async #openOrRepair(): Promise<ChainDatabase> {
		try {
			return await openTestDatabase(this.disk, {genesisHash: storedGenesis, limits: this.#limits});
		} catch (error) {
			if (!(error instanceof NodeError) || error.code !== 'STORE_CORRUPT') throw error;
			await this.#repair(error);
			return openTestDatabase(this.disk, {genesisHash: storedGenesis, limits: this.#limits});
		}
	}

	async #repair(error: NodeError): Promise<void> {
		assert(error.detail['repair'] === 'dcloud db repair --data-dir /data', 'it names the command');
		assert(this.mayBeDamaged, `a disk that is well needs no repair: ${error.message}`);
		this.repairs++;
		const parts = {
			fileSystem: this.disk,
			folder: DATABASE_FOLDER,
			genesisHash: storedGenesis,
			hasher: crypto,
			moveAside: `/data/damaged-${this.repairs}`,
		};
		for await (const _ of repairChainDatabase(parts));
	}
}
