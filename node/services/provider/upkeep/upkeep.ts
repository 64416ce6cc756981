import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import type {PieceCheckPorts} from './check-piece.ts';
import type {DiskView, DiskWatch} from './disk-watch.ts';
import {createIoBudget, type IoBudget} from './io-budget.ts';
import type {Loss, LossBook} from './loss-book.ts';
import {Scrubber, type ScrubRound} from './scrubber.ts';

export type UpkeepPorts = PieceCheckPorts & {
	readonly store: PieceStore;
	readonly disk: Pick<DiskWatch, 'view' | 'probe'>;
	readonly losses: LossBook;
	readonly clock: Clock;
	readonly log: Log;
};

export type UpkeepOptions = {
	/** Every piece is read once in so much time. */
	readonly scrubPeriodMs: number;
	/** What compaction and scrubbing together may read and write. */
	readonly ioBytesPerSecond: number;
};

export type UpkeepView = {
	readonly disk: DiskView;
	readonly scrub: ScrubRound & {readonly nextMs: number | null; readonly isBehind: boolean};
	readonly losses: readonly Loss[];
	/** Moved by compaction since the start, in bytes. */
	readonly compactedBytes: number;
};

export type Upkeep = {
	view(): Promise<UpkeepView>;
	/** Resolves when what was under way is done and the place of the scrub is written down. */
	stop(): Promise<void>;
};

/** Moved at once; then the budget says how long to wait. */
const COMPACTED_AT_ONCE = 8 * 1024 * 1024;
/** What is moved is read and written. */
const IO_PER_MOVED = 2;
/** After nothing was found to do, or the disk failed. */
const REST_MS = 60_000;

class RunningUpkeep implements Upkeep {
	readonly #ports: UpkeepPorts;
	readonly #scrubber: Scrubber;
	readonly #budget: IoBudget;
	readonly #stopped: AbortController = new AbortController();
	readonly #running: Promise<unknown>;
	#compactedBytes = 0;
	/** The round that was said to be too slow. */
	#behindSinceMs: number | undefined;

	constructor(ports: UpkeepPorts, scrubber: Scrubber, {ioBytesPerSecond}: UpkeepOptions) {
		this.#ports = ports;
		this.#scrubber = scrubber;
		this.#budget = createIoBudget(ports.clock, ioBytesPerSecond);
		this.#running = Promise.all([
			this.#repeat('compaction', () => this.#compact()),
			this.#repeat('scrub', () => this.#scrub()),
			this.#repeat('disk', () => this.#probe()),
		]);
	}

	async view(): Promise<UpkeepView> {
		const {disk, losses} = this.#ports;
		const scrubber = this.#scrubber;
		return {
			disk: await disk.view(),
			scrub: {...scrubber.round, nextMs: scrubber.restsUntilMs ?? null, isBehind: this.#isBehind()},
			losses: losses.losses,
			compactedBytes: this.#compactedBytes,
		};
	}

	async stop(): Promise<void> {
		this.#stopped.abort(new NodeError({code: 'PROVIDER_STOPPED'}));
		await this.#running;
		// A disk that cannot even take this loses the place, and no more.
		await this.#scrubber.note().catch(() => undefined);
	}

	/** Works and waits until it is stopped; a failing disk is tried again later, a bug goes on up. */
	async #repeat(what: string, work: () => Promise<void>): Promise<void> {
		const {clock, log} = this.#ports;
		const {signal} = this.#stopped;
		while (!signal.aborted) {
			try {
				await work();
			} catch (error) {
				if (signal.aborted) return;
				if (!(error instanceof NodeError)) throw error;
				log.error('upkeep failed', {what, ...error.detail});
				await clock.waitUntil(clock.now() + REST_MS, {signal, orSetBack: true}).catch(() => undefined);
			}
		}
	}

	async #compact(): Promise<void> {
		const moved = await this.#ports.store.compact(COMPACTED_AT_ONCE);
		this.#compactedBytes += moved;
		if (moved === 0) return await this.#rest(this.#ports.clock.now() + REST_MS);
		await this.#budget.spend(moved * IO_PER_MOVED, {signal: this.#stopped.signal});
	}

	async #scrub(): Promise<void> {
		const {clock, log} = this.#ports;
		const read = await this.#scrubber.step();
		if (read === undefined) return await this.#rest(this.#scrubber.restsUntilMs ?? clock.now() + REST_MS);
		const {startedMs} = this.#scrubber.round;
		if (this.#isBehind() && this.#behindSinceMs !== startedMs) {
			this.#behindSinceMs = startedMs;
			log.warn('pieces are looked at too slowly: raise the I/O budget', {
				bytesPerSecond: this.#budget.bytesPerSecond,
			});
		}
		const {signal} = this.#stopped;
		const paceMs = (read / this.#scrubber.bytesPerSecond) * 1000;
		const untilMs = clock.now() + paceMs;
		await this.#budget.spend(read, {signal});
		await clock.waitUntil(untilMs, {signal, orSetBack: true});
	}

	async #probe(): Promise<void> {
		await this.#rest(this.#ports.clock.now() + REST_MS);
		await this.#ports.disk.probe();
	}

	#isBehind(): boolean {
		return (
			this.#scrubber.round.finishedMs === null && this.#scrubber.bytesPerSecond > this.#budget.bytesPerSecond
		);
	}

	async #rest(untilMs: number): Promise<void> {
		await this.#ports.clock.waitUntil(untilMs, {signal: this.#stopped.signal, orSetBack: true});
	}
}

/** Looks at all pieces in turn, gives back the space of dropped ones and watches the disk, until it is stopped. */
export const startUpkeep = async (ports: UpkeepPorts, options: UpkeepOptions): Promise<Upkeep> =>
	new RunningUpkeep(ports, await Scrubber.open(ports, options.scrubPeriodMs), options);
