import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {SegmentWorks} from '#node/ports/segment-works';
import type {NamedPiece} from '#pieces/segment/segment-in-place';
import type {FromThread, JobResult, SegmentJob, ToThread} from './segment-job.ts';
import {SharedPool} from './shared-pool.ts';

type Waiting = {
	readonly resolve: (result: JobResult<SegmentJob['kind']>) => void;
	readonly reject: (error: unknown) => void;
	readonly ready: ((piece: NamedPiece) => void) | undefined;
};

type Thread = {
	readonly worker: Worker;
	readonly waiting: Map<number, Waiting>;
	isStarted: boolean;
	readonly started: () => void;
};

export type ThreadedWorks = SegmentWorks & {
	/** Starts the threads, and waits until they can work. Nobody needs to: what is asked before is done here. */
	warmUp(): Promise<void>;
};

/** Beside this file, compiled or, under tsx, as it is written. */
const SCRIPT = import.meta.url.endsWith('.ts') ? './segment-thread.ts' : './segment-thread.js';
/** Less is done here sooner than a thread can be told of it. */
const WORTH_THREAD_BYTES = 256 * 1024;
const THREADS_MAX = 4;
const LOST_MAX = 4;

/** A thread a core, but one core for the network. */
export const segmentThreadsDefault = (cores: number = availableParallelism()): number =>
	Math.max(1, Math.min(THREADS_MAX, cores - 1));

const bytesOf = (job: SegmentJob): number =>
	job.kind === 'receive' ? job.piece.bytes.length : job.space.bytes.length;

/** Whether a thread sees the same memory: what is in memory of this thread's own stays here. */
const isShared = (job: SegmentJob): boolean => {
	const parts =
		job.kind === 'receive'
			? [job.piece.bytes]
			: [job.space.bytes, ...(job.kind === 'decode' ? job.have.map(({bytes}) => bytes) : [])];
	return parts.every(({buffer}) => buffer instanceof SharedArrayBuffer);
};

/**
 * Works on large segments in threads, which start with the first of them; on small ones, and until a thread has started,
 * here.
 */
class ThreadedSegmentWorks implements ThreadedWorks {
	readonly #local: SegmentWorks;
	readonly #threadsMax: number;
	readonly #pool = new SharedPool();
	readonly #threads: Thread[] = [];
	readonly #starting: Promise<void>[] = [];
	#nextId = 0;
	/** Threads that died. With too many of them there is something wrong that another one does not mend. */
	#lost = 0;
	#isClosed: boolean = false;

	constructor(local: SegmentWorks, threads: number) {
		this.#local = local;
		this.#threadsMax = threads;
	}

	memory(bytes: number): Uint8Array {
		if (bytes < WORTH_THREAD_BYTES) return this.#local.memory(bytes);
		this.#start();
		return this.#pool.take(bytes);
	}

	release(memory: Uint8Array): void {
		this.#pool.give(memory);
	}

	async warmUp(): Promise<void> {
		this.#start();
		await Promise.all(this.#starting);
	}

	async encode(...[space, ready]: Parameters<SegmentWorks['encode']>): Promise<void> {
		const thread = this.#threadFor({kind: 'encode', space});
		if (thread === undefined) await this.#local.encode(space, ready);
		else await this.#ask(thread, {kind: 'encode', space}, ready);
	}

	async spare(...[space, index]: Parameters<SegmentWorks['spare']>): ReturnType<SegmentWorks['spare']> {
		const thread = this.#threadFor({kind: 'spare', space, index});
		if (thread === undefined) return await this.#local.spare(space, index);
		return await this.#ask<'spare'>(thread, {kind: 'spare', space, index});
	}

	async receive(piece: Parameters<SegmentWorks['receive']>[0]): Promise<boolean> {
		const thread = this.#threadFor({kind: 'receive', piece});
		if (thread === undefined) return await this.#local.receive(piece);
		return await this.#ask<'receive'>(thread, {kind: 'receive', piece});
	}

	async decode(...[space, have]: Parameters<SegmentWorks['decode']>): ReturnType<SegmentWorks['decode']> {
		const thread = this.#threadFor({kind: 'decode', space, have});
		if (thread === undefined) return await this.#local.decode(space, have);
		const decoded = await this.#ask<'decode'>(thread, {kind: 'decode', space, have});
		return decoded.ok ? {ok: true, value: space.bytes.subarray(0, space.plaintextLength)} : decoded;
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		const closed = new NodeError({code: 'SEGMENT_WORKS_CLOSED'});
		const threads = this.#threads.splice(0);
		for (const {waiting} of threads) for (const {reject} of waiting.values()) reject(closed);
		await Promise.all(threads.map(({worker}) => worker.terminate()));
	}

	/** The one with the least to do; undefined when it is not worth a thread. */
	#threadFor(job: SegmentJob): Thread | undefined {
		if (this.#isClosed) throw new NodeError({code: 'SEGMENT_WORKS_CLOSED'});
		if (bytesOf(job) < WORTH_THREAD_BYTES || !isShared(job)) return undefined;
		this.#start();
		return this.#threads
			.filter(({isStarted}) => isStarted)
			.toSorted((a, b) => a.waiting.size - b.waiting.size)[0];
	}

	#start(): void {
		while (!this.#isClosed && this.#lost < LOST_MAX && this.#threads.length < this.#threadsMax)
			this.#startOne();
	}

	#startOne(): void {
		const worker = new Worker(new URL(SCRIPT, import.meta.url), {name: 'segment works'});
		this.#starting.push(
			new Promise(started => {
				const thread: Thread = {worker, waiting: new Map(), isStarted: false, started};
				this.#threads.push(thread);
				this.#listenTo(thread);
			}),
		);
	}

	#listenTo(thread: Thread): void {
		const {worker} = thread;
		// A thread alone keeps no process alive; what it is asked for does.
		worker.unref();
		worker.on('message', (message: FromThread) => this.#onMessage(thread, message));
		for (const event of ['error', 'messageerror', 'exit'])
			worker.on(event, (cause: unknown) => this.#lose(thread, cause));
	}

	#ask<K extends SegmentJob['kind']>(
		thread: Thread,
		job: Extract<SegmentJob, {readonly kind: K}>,
		ready?: (piece: NamedPiece) => void,
	): Promise<JobResult<K>> {
		const id = this.#nextId++;
		return new Promise<JobResult<K>>((resolve, reject) => {
			thread.waiting.set(id, {resolve: result => resolve(result as JobResult<K>), reject, ready});
			thread.worker.ref();
			thread.worker.postMessage({id, job} satisfies ToThread);
		});
	}

	#onMessage(thread: Thread, message: FromThread): void {
		if (message.kind === 'started') {
			thread.isStarted = true;
			thread.started();
			return;
		}
		const {id} = message;
		const asked = defined(thread.waiting.get(id), 'a thread answers what it was asked');
		if (message.kind === 'ready') {
			asked.ready?.(message.piece);
			return;
		}
		thread.waiting.delete(id);
		if (thread.waiting.size === 0) thread.worker.unref();
		if (message.kind === 'done') asked.resolve(message.result);
		else asked.reject(new NodeError({code: 'SEGMENT_THREAD_BROKEN', message: message.message}));
	}

	/** What it was working on fails; the next job starts another one. */
	#lose(thread: Thread, cause: unknown): void {
		const at = this.#threads.indexOf(thread);
		if (at === -1) return;
		this.#threads.splice(at, 1);
		this.#lost++;
		const lost = new NodeError(
			{code: 'SEGMENT_THREAD_LOST', message: 'A thread that works on segments died: try again.'},
			{cause},
		);
		for (const {reject} of thread.waiting.values()) reject(lost);
		thread.waiting.clear();
		// Whoever waits for threads does without it.
		thread.started();
	}
}

/** `local` does what is not worth a thread. */
export const createThreadedSegmentWorks = (
	local: SegmentWorks,
	{threads = segmentThreadsDefault()}: {readonly threads?: number} = {},
): ThreadedWorks => new ThreadedSegmentWorks(local, threads);
