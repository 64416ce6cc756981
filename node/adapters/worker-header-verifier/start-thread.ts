import {Worker} from 'node:worker_threads';

/** A thread that answers each batch it is sent, in the order of sending. */
export type HeaderThread = {
	/** Takes the buffer with it. */
	send(batch: Uint8Array<ArrayBuffer>): void;
	stop(): Promise<void>;
};

export type ThreadEvents = {
	readonly answered: (answers: Uint8Array<ArrayBuffer>) => void;
	/** It did not start, or died: nothing more will come. May be told more than once. */
	readonly lost: (error: unknown) => void;
};

export type StartThread = (events: ThreadEvents) => HeaderThread;

/** Beside this file, compiled or, under tsx, as it is written. */
const SCRIPT = import.meta.url.endsWith('.ts') ? './header-thread.ts' : './header-thread.js';

/** A thread holds two batches and a table a pool: one that wants more is broken. */
const LIMITS = {maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8};

/** A thread of Node's. */
export const startThread: StartThread = ({answered, lost}) => {
	const worker = new Worker(new URL(SCRIPT, import.meta.url), {
		name: 'header verifier',
		resourceLimits: LIMITS,
	});
	worker.on('message', answered);
	worker.on('messageerror', lost);
	worker.on('error', lost);
	worker.on('exit', exitCode => lost({exitCode}));
	return {
		send: batch => worker.postMessage(batch, [batch.buffer]),
		stop: async () => {
			await worker.terminate();
		},
	};
};
