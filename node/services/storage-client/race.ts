import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';

export type Attempt<T> = {
	/** Rejects with a `NodeError` when it fails; the signal, its own, aborts when it is no longer wanted. */
	run(signal: AbortSignal): Promise<T>;
};

/** When an attempt has taken so long that it gets a rival. */
export type Hedging = {
	/** One more is started whenever this time passes without an end. */
	readonly hedgeMs: number;
	/**
	 * Sooner, when half of the others have come and it is late compared with the slowest of them: but never before this
	 * time. Default `hedgeMs`: never sooner.
	 */
	readonly hedgeMsMin?: number;
};

/** Unless somebody says when. */
export const hedgingOf = (hedgeMs: number | undefined): Hedging =>
	hedgeMs === undefined ? {hedgeMs: 3000, hedgeMsMin: 250} : {hedgeMs};

export type RaceOptions<T> = Hedging & {
	/** How many are started at once, and how many must succeed. */
	readonly wanted: number;
	readonly clock: Clock;
	readonly signal?: AbortSignal;
	readonly onSuccess?: (value: T) => void;
	readonly onFailure?: (error: NodeError) => void;
};

export type RaceResult<T> = {readonly values: readonly T[]; readonly failures: readonly NodeError[]};

/** So many times as long as the slowest that has come is late. */
const LATE = 3;

class Race<T> {
	readonly #queue: Iterator<Attempt<T>>;
	readonly #options: RaceOptions<T>;
	readonly #values: T[] = [];
	readonly #failures: NodeError[] = [];
	/** One for each that runs: listening all to the same signal, hundreds at a time, they would look like a leak. */
	readonly #running = new Set<AbortController>();
	readonly #finished = new AbortController();
	/** Of those that have come. */
	#slowestMs = 0;
	/** When something started or ended last: a hedge waits for a quiet time after it. */
	#quietSinceMs = 0;
	#resolve: () => void = () => undefined;
	#reject: (error: unknown) => void = () => undefined;

	constructor(attempts: Iterable<Attempt<T>>, options: RaceOptions<T>) {
		this.#queue = attempts[Symbol.iterator]();
		this.#options = options;
	}

	async run(): Promise<RaceResult<T>> {
		const {signal, wanted} = this.#options;
		signal?.throwIfAborted();
		const onAbort = (): void => this.#fail(signal?.reason);
		signal?.addEventListener('abort', onAbort, {once: true});
		try {
			await new Promise<void>((resolve, reject) => {
				this.#resolve = resolve;
				this.#reject = reject;
				for (let index = 0; index < wanted; index++) if (!this.#start()) break;
				if (this.#running.size === 0) resolve();
				this.#hedge().catch(error => {
					if (!this.#isOver) this.#fail(error);
				});
			});
		} finally {
			signal?.removeEventListener('abort', onAbort);
			this.#callOff(new NodeError({code: 'RACE_WON'}));
		}
		return {values: this.#values, failures: this.#failures};
	}

	get #isOver(): boolean {
		return this.#finished.signal.aborted;
	}

	#callOff(reason: unknown): void {
		this.#finished.abort(reason);
		for (const each of this.#running) each.abort(reason);
	}

	#fail(error: unknown): void {
		this.#callOff(error);
		this.#reject(error);
	}

	/** Whether there was one more. */
	#start(): boolean {
		const next = this.#queue.next();
		if (next.done === true) return false;
		const {clock} = this.#options;
		const own = new AbortController();
		const startMs = clock.now();
		this.#running.add(own);
		this.#quietSinceMs = startMs;
		const ended = (): void => {
			this.#running.delete(own);
			this.#quietSinceMs = clock.now();
		};
		next.value.run(own.signal).then(
			value => {
				ended();
				this.#slowestMs = Math.max(this.#slowestMs, clock.now() - startMs);
				this.#succeeded(value);
			},
			error => {
				ended();
				this.#failed(error);
			},
		);
		return true;
	}

	#succeeded(value: T): void {
		if (this.#isOver) return;
		this.#values.push(value);
		this.#options.onSuccess?.(value);
		if (this.#values.length < this.#options.wanted) {
			// The last one that ran: others may have failed before it.
			if (this.#running.size === 0 && !this.#start()) this.#resolve();
			return;
		}
		this.#callOff(new NodeError({code: 'RACE_WON'}));
		this.#resolve();
	}

	#failed(error: unknown): void {
		if (this.#isOver) return;
		if (!(error instanceof NodeError)) {
			this.#fail(error);
			return;
		}
		this.#failures.push(error);
		this.#options.onFailure?.(error);
		if (!this.#start() && this.#running.size === 0) this.#resolve();
	}

	#patienceMs(): number {
		const {hedgeMs, hedgeMsMin = hedgeMs, wanted} = this.#options;
		if (this.#values.length * 2 < wanted) return hedgeMs;
		return Math.min(hedgeMs, Math.max(hedgeMsMin, LATE * this.#slowestMs));
	}

	async #hedge(): Promise<void> {
		const {clock, hedgeMs, hedgeMsMin = hedgeMs} = this.#options;
		const {signal} = this.#finished;
		for (;;) {
			await clock.waitUntil(clock.now() + hedgeMsMin, {signal});
			if (clock.now() - this.#quietSinceMs >= this.#patienceMs() && !this.#start()) return;
		}
	}
}

/**
 * Runs attempts until `wanted` have succeeded and calls the others off: a failure starts the next attempt at once, a
 * stall after a while. Ends with fewer when all attempts are used up.
 */
export const race = <T>(attempts: Iterable<Attempt<T>>, options: RaceOptions<T>): Promise<RaceResult<T>> =>
	new Race(attempts, options).run();
