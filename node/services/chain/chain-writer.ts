import {defined} from '#kernel/assert';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {indexedBlock, storedBlock} from './chain-records.ts';
import type {ChainState} from './chain-state.ts';
import type {ChainStores} from './chain-stores.ts';
import {moveAnchor} from './move-anchor.ts';
import {PeriodSnapshots} from './period-snapshots.ts';
import {snapshotOf} from './snapshot-of.ts';
import type {ChainSwitch} from './switch-chain.ts';

export type ChainWriterOptions = {
	/** A snapshot is written when the anchor has moved on by this many blocks. */
	readonly snapshotEvery: number;
	/** What was begun and nobody waits for has failed. */
	readonly failed: (error: unknown) => void;
};

/**
 * Writes what the chain service decides. Adoption waits for the system to have the block, not for the disk: that,
 * snapshots and the index follow in the background, in an order in which nothing is relied upon before it is settled.
 */
export class ChainWriter {
	readonly #stores: ChainStores;
	readonly #periods: PeriodSnapshots;
	readonly #options: ChainWriterOptions;
	#snapshotAt: number;
	/** The one before is written. */
	#isSnapshotDue: boolean = true;
	#background: Promise<unknown> = Promise.resolve();
	/** Something in the background. */
	#hasFailed: boolean = false;
	#settling: Promise<void> | undefined;
	/** Something was selected since the last settling began. */
	#isUnsettled: boolean = false;

	constructor(network: ChainNetwork, stores: ChainStores, snapshotNo: number, options: ChainWriterOptions) {
		this.#stores = stores;
		this.#periods = new PeriodSnapshots(network.env, stores.ledgerStore);
		this.#options = options;
		this.#snapshotAt = snapshotNo;
	}

	/** `durable`: it is on the disk when this resolves. */
	putBlock(entry: ChainEntry, durable: boolean): Promise<void> {
		return this.#stores.chainStore.putBlock(storedBlock(entry), {durable});
	}

	/** After a switch: moves the anchor; what is final now and what is selected is written as one. */
	async write(state: ChainState, change: Pick<ChainSwitch, 'adopted'>): Promise<void> {
		const ended: LedgerSnapshot[] = [];
		let isMoved = false;
		moveAnchor(state, ({header}) => {
			isMoved = true;
			if (this.#periods.endsBetween(state.anchor.tip, header)) ended.push(snapshotOf(state));
		});
		await this.#select(state, change);
		if (isMoved) this.#keep(state, ended);
	}

	/** Notes what is selected now. Nothing is awaited before the stores know it. */
	async #select(state: ChainState, {adopted}: Pick<ChainSwitch, 'adopted'>): Promise<void> {
		const {chainStore, chainIndex} = this.#stores;
		const blocks = adopted.map(entry => indexedBlock(entry, defined(entry.effect, 'it is applied')));
		const indexed = chainIndex.add(blocks);
		const {tip} = state.anchor;
		const last = state.selected.at(-1);
		const selected = chainStore.select({
			tip: last === undefined ? null : last.header.hash,
			anchor: tip === 'origin' ? null : tip,
		});
		await Promise.all([indexed, selected]);
		this.#settle();
	}

	/** After the anchor moved: keeps the states at which periods ended, and now and then a whole one. */
	#keep(state: ChainState, ended: readonly LedgerSnapshot[]): void {
		const anchor = state.anchor.tip;
		if (anchor === 'origin') return;
		const {ledger} = state;
		// The ledger goes on meanwhile; what it says of periods only becomes newer.
		this.#then(() => this.#periods.keep(ended, ledger));
		if (anchor.blockNo - this.#snapshotAt < this.#options.snapshotEvery || !this.#isSnapshotDue) return;
		this.#isSnapshotDue = false;
		this.#snapshotAt = anchor.blockNo;
		const snapshot = snapshotOf(state);
		this.#then(async () => {
			await this.#writeSnapshot(snapshot);
			this.#isSnapshotDue = true;
		});
	}

	/** Resolves when all that was begun is on the disk. */
	async settle(): Promise<void> {
		const {chainStore, chainIndex} = this.#stores;
		await this.#background;
		await this.#settling;
		await chainStore.settle();
		await chainIndex.settle();
	}

	/** Nobody may begin at a snapshot whose blocks are not final on the disk, or that the index has not come by. */
	async #writeSnapshot(snapshot: LedgerSnapshot): Promise<void> {
		const {chainStore, ledgerStore, chainIndex} = this.#stores;
		await chainStore.archive();
		await chainIndex.settle();
		await ledgerStore.putSnapshot(snapshot);
	}

	/** One at a time, each for all that came before it; nobody waits. */
	#settle(): void {
		this.#isUnsettled = true;
		this.#settling ??= this.#settleAll();
	}

	async #settleAll(): Promise<void> {
		await Promise.resolve();
		while (this.#isUnsettled) {
			this.#isUnsettled = false;
			await this.#stores.chainStore.settle().catch(this.#options.failed);
		}
		this.#settling = undefined;
	}

	/** Nothing follows what has failed: a newer snapshot would hide that the state of a period is missing. */
	#then(work: () => Promise<unknown>): void {
		this.#background = this.#background
			.then(() => (this.#hasFailed ? undefined : work()))
			.catch((error: unknown) => {
				this.#hasFailed = true;
				this.#options.failed(error);
			});
	}
}
