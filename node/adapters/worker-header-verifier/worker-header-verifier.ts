import {availableParallelism} from 'node:os';
import {type HeaderWork, type HeaderWorkFailure, verifyHeaderWork} from '#consensus/header/header-work';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import type {Crypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import type {Log} from '#node/ports/log';
import {type HeaderThread, type StartThread, startThread} from './start-thread.ts';
import {decodeAnswers, encodeWork} from './work-codec.ts';

type WorkResult = Result<undefined, HeaderWorkFailure>;

/** A call of `verify`. */
type Call = {
	readonly work: readonly HeaderWork[];
	/** In the places of `work`. */
	readonly results: WorkResult[];
	/** How much of `work` was given out. */
	given: number;
	answered: number;
	isOver: boolean;
	readonly done: (results: readonly WorkResult[]) => void;
	readonly failed: (reason: unknown) => void;
};

/** A part of one call's work. */
type Batch = {readonly call: Call; readonly from: number; readonly work: readonly HeaderWork[]};

type Thread = {
	readonly worker: HeaderThread;
	/** Sent and not answered, from old to new. */
	readonly sent: Batch[];
};

export type WorkerHeaderVerifierOptions = {
	/** How many threads at most; 0: everything is done in this one. */
	readonly threads: number;
	readonly startThread?: StartThread;
};

/** About 10 ms of work: little to wait for, and few messages a second. */
export const BATCH_HEADERS = 64;
/** One to work on, one to go on with at once. The rest of the work stays with its callers. */
export const BATCHES_SENT_MAX = 2;
/** What one turn of this thread's event loop does when it has to verify itself: about 2 ms. */
const TURN_HEADERS = 16;
/** A node at the tip gets headers one by one and needs no threads: they start with the first call of this size. */
const WORTH_THREADS = 32;
const THREADS_MAX = 4;

/** A thread a core, but one core for everything else. */
export const verifyThreadsDefault = (cores: number = availableParallelism()): number =>
	Math.max(1, Math.min(THREADS_MAX, cores - 1));

const closed = (): NodeError =>
	new NodeError({code: 'HEADER_VERIFIER_CLOSED', message: 'The node is stopping.'});

/**
 * Spreads work over threads, first come first served. What a lost thread had is done here; without any thread all of
 * it is, in short turns.
 */
export class WorkerHeaderVerifier implements HeaderVerifier {
	readonly #crypto: Crypto;
	readonly #log: Log;
	readonly #options: WorkerHeaderVerifierOptions;
	readonly #certificates = new CertificateCache();
	readonly #threads: Thread[] = [];
	/** Calls that are not over, from old to new. */
	#calls: Call[] = [];
	/** What lost threads had. */
	readonly #returned: Batch[] = [];
	#isStarted: boolean = false;
	#hasLost: boolean = false;
	#isTurning: boolean = false;
	#isClosed: boolean = false;

	constructor(ports: {readonly crypto: Crypto; readonly log: Log}, options: WorkerHeaderVerifierOptions) {
		this.#crypto = ports.crypto;
		this.#log = ports.log;
		this.#options = options;
	}

	/** How many threads are at work. */
	get threads(): number {
		return this.#threads.length;
	}

	async verify(
		work: readonly HeaderWork[],
		{signal}: {readonly signal: AbortSignal},
	): Promise<readonly WorkResult[]> {
		signal.throwIfAborted();
		if (this.#isClosed) throw closed();
		if (work.length === 0) return [];
		if (work.length >= WORTH_THREADS) this.#start();
		return new Promise((resolve, reject) => {
			const call: Call = {
				work,
				results: [],
				given: 0,
				answered: 0,
				isOver: false,
				done: results => {
					signal.removeEventListener('abort', aborted);
					resolve(results);
				},
				failed: reason => {
					signal.removeEventListener('abort', aborted);
					reject(reason as Error);
				},
			};
			const aborted = (): void => this.#fail(call, signal.reason);
			signal.addEventListener('abort', aborted, {once: true});
			this.#calls.push(call);
			this.#giveOut();
		});
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		for (const call of [...this.#calls]) this.#fail(call, closed());
		const threads = this.#threads.splice(0);
		await Promise.all(threads.map(({worker}) => worker.stop()));
	}

	#start(): void {
		if (this.#isStarted) return;
		this.#isStarted = true;
		const start = this.#options.startThread ?? startThread;
		for (let index = 0; index < this.#options.threads; index++) {
			try {
				const sent: Batch[] = [];
				const worker = start({
					answered: answers => this.#answered(thread, answers),
					lost: error => this.#lost(thread, error),
				});
				const thread: Thread = {worker, sent};
				this.#threads.push(thread);
			} catch (error) {
				this.#tellLoss(error);
			}
		}
	}

	/** The next part of the oldest call that has some left. */
	#nextBatch(headersMax: number): Batch | undefined {
		const call = this.#calls.find(({work, given}) => given < work.length);
		if (call === undefined) return undefined;
		const from = call.given;
		const work = call.work.slice(from, from + headersMax);
		call.given += work.length;
		return {call, from, work};
	}

	#giveOut(): void {
		if (this.#threads.length === 0 || this.#returned.length > 0) this.#takeTurns();
		for (let room = 0; room < BATCHES_SENT_MAX; room++)
			for (const thread of this.#threads) {
				if (thread.sent.length > room) continue;
				const batch = this.#nextBatch(BATCH_HEADERS);
				if (batch === undefined) return;
				thread.sent.push(batch);
				thread.worker.send(encodeWork(batch.work));
			}
	}

	#answered(thread: Thread, answers: Uint8Array<ArrayBuffer>): void {
		const [batch] = thread.sent;
		if (batch === undefined || this.#isClosed) return;
		try {
			this.#enter(batch, decodeAnswers(batch.work, answers));
		} catch (error) {
			// A thread that answers nonsense is as good as dead.
			this.#lost(thread, error);
			return;
		}
		thread.sent.shift();
		this.#giveOut();
	}

	#enter({call, from}: Batch, results: readonly WorkResult[]): void {
		if (call.isOver) return;
		for (const [index, result] of results.entries()) call.results[from + index] = result;
		call.answered += results.length;
		if (call.answered < call.work.length) return;
		this.#remove(call);
		call.done(call.results);
	}

	#fail(call: Call, reason: unknown): void {
		if (call.isOver) return;
		this.#remove(call);
		call.failed(reason);
	}

	#remove(call: Call): void {
		call.isOver = true;
		this.#calls = this.#calls.filter(other => other !== call);
	}

	#lost(thread: Thread, error: unknown): void {
		const at = this.#threads.indexOf(thread);
		if (at < 0) return;
		this.#threads.splice(at, 1);
		this.#returned.push(...thread.sent.splice(0));
		thread.worker.stop().catch(() => undefined);
		this.#tellLoss(error);
		this.#giveOut();
	}

	#tellLoss(error: unknown): void {
		if (this.#hasLost) return;
		this.#hasLost = true;
		this.#log.warn('a thread that verifies headers was lost', {
			code: 'HEADER_THREAD_LOST',
			threadsLeft: this.#threads.length,
			error,
		});
	}

	/** Verifies here, and lets others have their turn in between. */
	#takeTurns(): void {
		if (this.#isTurning) return;
		this.#isTurning = true;
		setImmediate(() => {
			this.#isTurning = false;
			const batch =
				this.#returned.shift() ?? (this.#threads.length === 0 ? this.#nextBatch(TURN_HEADERS) : undefined);
			if (batch === undefined || this.#isClosed) return;
			this.#verifyHere(batch);
			this.#giveOut();
		});
	}

	#verifyHere(batch: Batch): void {
		if (batch.call.isOver) return;
		try {
			this.#enter(
				batch,
				batch.work.map(work => verifyHeaderWork(this.#crypto, work, this.#certificates)),
			);
		} catch (error) {
			this.#fail(batch.call, error);
		}
	}
}
