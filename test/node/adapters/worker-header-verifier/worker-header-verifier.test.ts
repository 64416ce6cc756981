import test from 'ava';
import {type HeaderWork, verifyHeaderWork} from '#consensus/header/header-work';
import {defined} from '#kernel/assert';
import type {StartThread, ThreadEvents} from '#node/adapters/worker-header-verifier/start-thread';
import {decodeWork, encodeAnswers} from '#node/adapters/worker-header-verifier/work-codec';
import {
	BATCH_HEADERS,
	BATCHES_SENT_MAX,
	verifyThreadsDefault,
	WorkerHeaderVerifier,
} from '#node/adapters/worker-header-verifier/worker-header-verifier';
import type {Log, LogFields} from '#node/ports/log';
import {crypto} from '../../../support/crypto.ts';
import {goodWork, worksAndFailures} from '../../../support/header-work.ts';
import {silentLog} from '../../../support/silent-log.ts';

const {signal} = new AbortController();

/** A thread that does nothing until it is told to. */
class ScriptedThread {
	readonly events: ThreadEvents;
	readonly sent: Uint8Array<ArrayBuffer>[] = [];
	isStopped = false;

	constructor(events: ThreadEvents) {
		this.events = events;
	}

	/** Answers the oldest batch. */
	answer(): void {
		const batch = defined(this.sent.shift(), 'something was sent');
		this.events.answered(encodeAnswers(decodeWork(batch).map(work => verifyHeaderWork(crypto, work))));
	}
}

const world = (threads: number, log: Log = silentLog) => {
	const started: ScriptedThread[] = [];
	const startThread: StartThread = events => {
		const thread = new ScriptedThread(events);
		started.push(thread);
		return {
			send: batch => thread.sent.push(batch),
			stop: async () => {
				thread.isStopped = true;
			},
		};
	};
	return {started, verifier: new WorkerHeaderVerifier({crypto, log}, {threads, startThread})};
};

const workOf = (count: number): readonly HeaderWork[] =>
	Array.from({length: count}, (_, index) => {
		const [work] = defined(worksAndFailures[(3 * index) % worksAndFailures.length], 'there is some');
		return work;
	});
const expected = (work: readonly HeaderWork[]) => work.map(item => verifyHeaderWork(crypto, item));
const recordingLog = () => {
	const warnings: LogFields[] = [];
	const log: Log = {...silentLog, warn: (_, fields = {}) => warnings.push(fields)};
	return {log, warnings};
};

test('puts answers in the order of the work, whichever thread is first', async t => {
	const {started, verifier} = world(3);
	const work = workOf(BATCH_HEADERS * 5 + 7);
	const answers = verifier.verify(work, {signal});
	t.is(started.length, 3);
	for (const thread of [...started].reverse()) while (thread.sent.length > 0) thread.answer();
	t.deepEqual(await answers, expected(work));
});

test('sends each thread two batches at most, the rest stays with its callers', async t => {
	const {started, verifier} = world(2);
	const work = workOf(BATCH_HEADERS * 7);
	const calls = [verifier.verify(work, {signal}), verifier.verify(work, {signal})];
	const sent = () => started.map(thread => thread.sent.length);
	t.deepEqual(sent(), [BATCHES_SENT_MAX, BATCHES_SENT_MAX]);
	started[1]?.answer();
	t.deepEqual(sent(), [BATCHES_SENT_MAX, BATCHES_SENT_MAX]);
	while (started.some(thread => thread.sent.length > 0))
		for (const thread of started) if (thread.sent.length > 0) thread.answer();
	t.deepEqual(await Promise.all(calls), [expected(work), expected(work)]);
});

test('does what a lost thread had itself, and says so once', async t => {
	const {log, warnings} = recordingLog();
	const {started, verifier} = world(2, log);
	const work = workOf(BATCH_HEADERS * 6);
	const answers = verifier.verify(work, {signal});
	started[0]?.answer();
	started[0]?.events.lost(new Error('out of memory'));
	started[0]?.events.lost({exitCode: 1});
	t.true(started[0]?.isStopped);
	t.is(verifier.threads, 1);
	const [, second] = started;
	while ((second?.sent.length ?? 0) > 0) second?.answer();
	t.deepEqual(await answers, expected(work));
	const again = verifier.verify(work, {signal});
	second?.answer();
	second?.events.lost({exitCode: 1});
	t.deepEqual(await again, expected(work));
	t.is(verifier.threads, 0);
	t.deepEqual(
		warnings.map(({code, threadsLeft}) => ({code, threadsLeft})),
		[{code: 'HEADER_THREAD_LOST', threadsLeft: 1}],
	);
});

test('works without threads when none starts', async t => {
	const {log, warnings} = recordingLog();
	const verifier = new WorkerHeaderVerifier(
		{crypto, log},
		{
			threads: 2,
			startThread: () => {
				throw new Error('no more threads');
			},
		},
	);
	const work = workOf(100);
	t.deepEqual(await verifier.verify(work, {signal}), expected(work));
	t.is(warnings.length, 1);
});

test('gives up a thread that answers nonsense', async t => {
	const {started, verifier} = world(1);
	const work = workOf(BATCH_HEADERS);
	const answers = verifier.verify(work, {signal});
	started[0]?.events.answered(new Uint8Array(3));
	t.deepEqual(await answers, expected(work));
	t.true(started[0]?.isStopped);
});

test('an aborted call rejects at once and holds nobody up', async t => {
	const {started, verifier} = world(1);
	const stopping = new AbortController();
	const given = verifier.verify(workOf(BATCH_HEADERS * 9), {signal: stopping.signal});
	const work = workOf(40);
	const answers = verifier.verify(work, {signal});
	stopping.abort('enough');
	await t.throwsAsync(given, {any: true, is: 'enough'});
	const [thread] = started;
	while ((thread?.sent.length ?? 0) > 0) thread?.answer();
	t.deepEqual(await answers, expected(work));
});

test('closing rejects what is under way and stops the threads', async t => {
	const {started, verifier} = world(2);
	const call = verifier.verify(workOf(100), {signal});
	const closing = verifier.close();
	await t.throwsAsync(call, {code: 'HEADER_VERIFIER_CLOSED'});
	await closing;
	t.true(started.every(({isStopped}) => isStopped));
	started[0]?.answer();
});

test('starts no thread for single headers', async t => {
	const {started, verifier} = world(2);
	t.deepEqual(await verifier.verify([goodWork], {signal}), expected([goodWork]));
	t.deepEqual(started, []);
});

test('a real thread that dies under its work costs nothing but time', async t => {
	const {startThread} = await import('#node/adapters/worker-header-verifier/start-thread');
	const {log, warnings} = recordingLog();
	const dying: StartThread = events => {
		const thread = startThread(events);
		// Terminated before it has read a message.
		void thread.stop();
		return thread;
	};
	const verifier = new WorkerHeaderVerifier({crypto, log}, {threads: 2, startThread: dying});
	const work = workOf(150);
	t.deepEqual(await verifier.verify(work, {signal}), expected(work));
	t.is(warnings.length, 1);
	await verifier.close();
});

test('leaves one core to everything else, and takes four at most', t => {
	t.deepEqual([1, 2, 3, 5, 64].map(verifyThreadsDefault), [1, 1, 2, 4, 4]);
});
