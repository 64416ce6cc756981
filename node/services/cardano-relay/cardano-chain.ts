/**
 * The chain of Cardano that a relay has selected: judged blocks above the anchor with the state after each, everything else
 * in the chain database. Blocks come judged and with their bodies; here they are kept, chosen between and made final.
 */
import {parentOf} from '#consensus/cardano/cardano-parent';
import type {CardanoParent, CardanoRules, JudgedHeader} from '#consensus/cardano/judge-cardano-header';
import type {TrustLevel} from '#consensus/cardano/trust-level';
import {type ChainTip, isPreferred} from '#consensus/chain/chain-selection';
import type {Nonce} from '#consensus/nonce/nonce';
import {slotAt} from '#consensus/time';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {BlockNo, type Epoch} from '#kernel/slot';
import type {ChainIndex} from '#node/ports/chain-index';
import type {ChainPlace, ChainStore, StoredBlock} from '#node/ports/chain-store';
import type {Clock} from '#node/ports/clock';
import type {ChainBase, PlaceReader, SelectedChain} from '../chain/chain-cursor.ts';
import {Mutex} from '../mutex.ts';
import {Notifier} from '../notifier.ts';
import type {EpochNonce, StateStore} from './ports.ts';
import {firstNumbered} from './stored-header.ts';

export type CardanoEntry = CardanoParent & {
	/**
	 * Places are counted without a gap, as the store needs it: boundary blocks of Byron count too, which share their number (`tip`) with the
	 * block before them. A chain that begins after them counts as its blocks do.
	 */
	readonly place: ChainPlace;
	readonly prevHash: HeaderHash | null;
	readonly level: TrustLevel;
	readonly choice: ChainTip;
};

export type CardanoChainPorts = {
	readonly rules: CardanoRules;
	readonly chainStore: ChainStore;
	readonly chainIndex: ChainIndex;
	readonly stateStore: StateStore;
	readonly clock: Clock;
	/** Blocks whose slots are longer ago may go; undefined: all are kept. */
	readonly keepMs?: number | undefined;
};

/** The anchor moves in strides: forks below it are cleared away once for all of them. */
const STRIDE_BLOCKS = 64;
/** Leader logs are made of the epoch before, too. */
const NONCES_MAX = 8;
/** A state is on the disk at most this much behind the chain; what follows it is judged again at the next start. */
const SAVE_MS = 10_000;

const NONE = new Uint8Array();

/** What decides between forks that are equally long. */
const tieOf = (judged: JudgedHeader): Omit<ChainTip, 'hash' | 'slot' | 'blockNo'> => {
	if (judged.era === 'byron')
		return {issuerVk: NONE, counter: 0n, vrfOutput: NONE, isBoundary: judged.header.kind === 'boundary'};
	const {header} = judged;
	const vrfOutput = 'vrfOutput' in header ? header.vrfOutput : header.leaderVrf.output;
	return {issuerVk: header.issuerVk, counter: header.operationalCertificate.counter, vrfOutput};
};

const entryOf = (judged: JudgedHeader, position: BlockNo): CardanoEntry => {
	const {hash, blockNo, slot, prevHash} = judged.header;
	const tip = {hash, blockNo, slot};
	const place = blockNo === position ? tip : {...tip, blockNo: position};
	return {...parentOf(judged), place, tip, prevHash, level: judged.level, choice: {...tip, ...tieOf(judged)}};
};

/** What is known of a chain that goes on. */
export type RestoredChain = {
	readonly anchor?: CardanoEntry;
	/** The first block that is kept. */
	readonly oldest?: ChainPlace | undefined;
	readonly epochNonces?: readonly EpochNonce[];
};

export class CardanoChain implements SelectedChain, PlaceReader {
	readonly #ports: CardanoChainPorts;
	/** By hash: the anchor and all judged blocks that descend from it. */
	readonly #entries = new Map<string, CardanoEntry>();
	/** What stands before the first block: only a slot and a hash, or nothing once there is an anchor. */
	readonly #start: CardanoParent;
	#anchor: CardanoEntry | undefined;
	#selected: CardanoEntry[] = [];
	readonly #mutex = new Mutex();
	readonly #changed = new Notifier<undefined>();
	/** By epoch, oldest first. */
	readonly #nonces = new Map<Epoch, Nonce>();
	#savedMs: number;
	#oldest: ChainPlace | undefined;
	#switches = 0;

	/** `anchor`: the last final block, of a chain that goes on; what follows it is taken again by `take`. */
	constructor(
		ports: CardanoChainPorts,
		start: CardanoParent,
		{anchor, oldest, epochNonces = []}: RestoredChain = {},
	) {
		this.#ports = ports;
		this.#start = start;
		this.#savedMs = ports.clock.now();
		this.#oldest = oldest;
		for (const {epoch, nonce} of epochNonces) this.#nonces.set(epoch, nonce);
		if (anchor !== undefined) this.#anchorAt(anchor);
	}

	get tip(): Tip {
		return this.tipEntry?.place ?? 'origin';
	}

	/** As peers count blocks. */
	get toldTip(): Tip {
		return this.tipEntry?.tip ?? 'origin';
	}

	get tipEntry(): CardanoEntry | undefined {
		return this.#selected.at(-1) ?? this.#anchor;
	}

	get immutableTip(): Tip {
		return this.#anchor?.place ?? 'origin';
	}

	/** As peers count blocks. */
	get toldImmutableTip(): Tip {
		return this.#anchor?.tip ?? 'origin';
	}

	/** The first block that is kept, with its own number; undefined while there is none. */
	get oldest(): ChainPlace | undefined {
		return this.#oldest;
	}

	get volatile(): readonly ChainPlace[] {
		return this.#selected.map(({place}) => place);
	}

	get rollbackMax(): number {
		return this.#ports.rules.network.params.k;
	}

	/** Changes of the selected chain that undid blocks. */
	get switches(): number {
		return this.#switches;
	}

	/** Of an epoch that the chain has reached and not left long ago. */
	epochNonce(epoch: Epoch): Nonce | undefined {
		const now = this.tipEntry?.state;
		return now?.epoch === epoch ? now.epochNonce : this.#nonces.get(epoch);
	}

	nextChange(options: {readonly signal: AbortSignal}): Promise<unknown> {
		return this.#changed.next(options);
	}

	find(hash: HeaderHash): CardanoEntry | undefined {
		return this.#entries.get(toHex(hash));
	}

	/** What a block after that one is judged against; undefined when it is not kept, or final already. */
	parentAt(hash: HeaderHash | null): CardanoParent | undefined {
		if (this.#anchor !== undefined) return hash === null ? undefined : this.find(hash);
		if (hash === null) return this.#start.isOrigin === true ? this.#start : undefined;
		return equalBytes(this.#start.tip.hash, hash) ? this.#start : undefined;
	}

	/** Where a peer is asked to go on from while there is no block yet. */
	get start(): CardanoParent {
		return this.#start;
	}

	async place(blockNo: BlockNo): Promise<ChainPlace | undefined> {
		const anchor = this.#anchor;
		if (anchor === undefined) return undefined;
		if (blockNo > anchor.place.blockNo) return this.#selected[blockNo - anchor.place.blockNo - 1]?.place;
		return blockNo === anchor.place.blockNo ? anchor.place : this.#ports.chainStore.place(blockNo);
	}

	async placeOf(hash: HeaderHash): Promise<ChainPlace | undefined> {
		const known = this.find(hash)?.place ?? (await this.#ports.chainStore.find(hash));
		const there = known && (await this.place(BlockNo(known.blockNo)));
		return there !== undefined && equalBytes(there.hash, hash) ? there : undefined;
	}

	async bytesAt({blockNo, hash}: ChainPlace): Promise<Uint8Array | undefined> {
		const there = await this.#ports.chainStore.blockAt(blockNo);
		if (there !== undefined && equalBytes(there.hash, hash)) return there.bytes;
		return (await this.#ports.chainStore.block(hash))?.bytes;
	}

	/** The start point, as far as the database knows it. */
	async base(): Promise<ChainBase | undefined> {
		const {chainStore} = this.#ports;
		const first = this.#anchor && (await chainStore.firstPlace());
		const block = first && (await chainStore.blockAt(first.blockNo));
		if (block === undefined || block.prevHash === null) return undefined;
		return {hash: block.prevHash, firstNo: block.blockNo};
	}

	/** A relay begins at a point that its operator names, which may be the beginning of everything. */
	async beginsAtOrigin(): Promise<boolean> {
		const {chainStore, rules} = this.#ports;
		if (this.#anchor === undefined) return this.#start.isOrigin === true;
		const first = await chainStore.firstPlace();
		const block = first && (await chainStore.blockAt(first.blockNo));
		if (block === undefined) return false;
		return block.prevHash === null || toHex(block.prevHash) === rules.network.byron?.genesisHash;
	}

	/** Keeps a judged block whose parent is kept, and goes over to it if its chain is better. `stored`: it is in the store. */
	take(
		judged: JudgedHeader,
		bytes: Uint8Array,
		{stored = false}: {readonly stored?: boolean} = {},
	): Promise<void> {
		return this.#mutex.run(async () => {
			const {hash, blockNo, prevHash} = judged.header;
			if (this.#entries.has(toHex(hash))) return;
			const parent = prevHash === null ? undefined : this.find(prevHash);
			// The chain has gone on without it.
			if (this.#anchor !== undefined && parent === undefined) return;
			const entry = entryOf(judged, parent === undefined ? blockNo : BlockNo(parent.place.blockNo + 1));
			const block: StoredBlock = {...entry.place, prevHash, bytes};
			if (this.#anchor === undefined) {
				await this.#begin(entry, block);
				return;
			}
			if (!stored) await this.#ports.chainStore.putBlock(block);
			this.#entries.set(toHex(entry.place.hash), entry);
			await this.#choose(entry);
		});
	}

	/** Everything is on the disk, and what the next start needs. */
	async save(): Promise<void> {
		await this.#mutex.run(() => this.#save());
	}

	async #begin(entry: CardanoEntry, block: StoredBlock): Promise<void> {
		const {chainStore} = this.#ports;
		await chainStore.begin(block);
		await this.#index([entry]);
		this.#anchorAt(entry);
		this.#oldest = entry.tip;
		await this.#save();
		this.#changed.notify(undefined);
	}

	#anchorAt(entry: CardanoEntry): void {
		this.#anchor = entry;
		this.#noteNonce(entry);
		this.#entries.set(toHex(entry.place.hash), entry);
	}

	#noteNonce({state: {epoch, epochNonce}}: CardanoEntry): void {
		this.#nonces.set(epoch, epochNonce);
		const [oldest] = this.#nonces.keys();
		if (this.#nonces.size > NONCES_MAX && oldest !== undefined) this.#nonces.delete(oldest);
	}

	/** The way from the selected chain to a block: how many blocks stay, and which come. */
	#pathTo(
		entry: CardanoEntry,
	): {readonly stays: number; readonly comes: readonly CardanoEntry[]} | undefined {
		const anchor = defined(this.#anchor, 'a chain has an anchor');
		const comes: CardanoEntry[] = [];
		let at: CardanoEntry | undefined = entry;
		while (at !== undefined) {
			const stays: number = at.place.blockNo - anchor.place.blockNo;
			const here = stays === 0 ? anchor : this.#selected[stays - 1];
			if (here === at) return {stays, comes: comes.reverse()};
			comes.push(at);
			at = at.prevHash === null ? undefined : this.find(at.prevHash);
		}
		return undefined;
	}

	async #choose(entry: CardanoEntry): Promise<void> {
		const tip = defined(this.tipEntry, 'a chain has a tip');
		if (!isPreferred(tip.choice, entry.choice)) return;
		const path = this.#pathTo(entry);
		if (path === undefined) return;
		const undone = this.#selected.length - path.stays;
		if (undone > this.rollbackMax) return;
		if (undone > 0) this.#switches++;
		this.#selected = [...this.#selected.slice(0, path.stays), ...path.comes];
		await this.#record();
		this.#changed.notify(undefined);
	}

	/** Notes the selection; blocks that are k and more below the tip become final. */
	async #record(): Promise<void> {
		const {chainStore, clock} = this.#ports;
		const excess = this.#selected.length - this.rollbackMax;
		const final = excess >= STRIDE_BLOCKS ? this.#selected.slice(0, excess) : [];
		const tip = defined(this.tipEntry, 'a chain has a tip');
		const anchor = final.at(-1) ?? defined(this.#anchor, 'a chain has an anchor');
		await chainStore.select({tip: tip.place.hash, anchor: anchor.place});
		if (final.length === 0) return;
		this.#selected = this.#selected.slice(final.length);
		this.#anchorAt(anchor);
		for (const entry of final) this.#noteNonce(entry);
		this.#clearBelow(anchor);
		await this.#index(final);
		if (clock.now() - this.#savedMs >= SAVE_MS) await this.#save();
	}

	/** Forgets what does not descend from the anchor. Parents come before their children in the map. */
	#clearBelow(anchor: CardanoEntry): void {
		for (const [key, {place, prevHash}] of this.#entries) {
			const isAnchor = place === anchor.place;
			const descends = prevHash !== null && this.#entries.has(toHex(prevHash));
			if (!isAnchor && (place.blockNo <= anchor.place.blockNo || !descends)) this.#entries.delete(key);
		}
	}

	#index(entries: readonly CardanoEntry[]): Promise<void> {
		return this.#ports.chainIndex.add(
			entries.map(({place}) => ({...place, txIds: [], accountEntries: [], events: []})),
		);
	}

	async #save(): Promise<void> {
		const {chainStore, chainIndex, stateStore, clock, rules} = this.#ports;
		const anchor = this.#anchor;
		if (anchor?.era === undefined) return;
		await chainStore.settle();
		await chainIndex.settle();
		const {place, era, state, byron} = anchor;
		const epochNonces = [...this.#nonces].map(([epoch, nonce]) => ({epoch, nonce}));
		await stateStore.save({place, era, state, byron, followsNonces: rules.followsNonces, epochNonces});
		this.#savedMs = clock.now();
		await this.#dropOld(place);
	}

	/** What the next start needs stays: the block that the saved state is of, and all after it. */
	async #dropOld({blockNo}: ChainPlace): Promise<void> {
		const {chainStore, clock, keepMs, rules} = this.#ports;
		if (keepMs === undefined) return;
		const slot = slotAt(rules.network.slots, clock.now() - keepMs);
		if (slot === undefined || (await chainStore.dropOld({slot, blockNo})) === 0) return;
		this.#oldest = await firstNumbered(rules, chainStore);
	}
}
