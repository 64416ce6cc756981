import test from 'ava';
import type {HeaderWork, HeaderWorkFailure} from '#consensus/header/header-work';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import {type StartThread, startThread} from '#node/adapters/worker-header-verifier/start-thread';
import {WorkerHeaderVerifier} from '#node/adapters/worker-header-verifier/worker-header-verifier';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import {createInlineHeaderVerifier} from '#node/services/chain/inline-header-verifier';
import {crypto} from '../support/crypto.ts';
import {goodWork, worksAndFailures} from '../support/header-work.ts';
import {silentLog} from '../support/silent-log.ts';

const withThreads = (threads: number, start: StartThread = startThread): HeaderVerifier =>
	new WorkerHeaderVerifier({crypto, log: silentLog}, {threads, startThread: start});
const noThread: StartThread = events => {
	queueMicrotask(() => events.lost(new Error('no such file')));
	return {send: () => undefined, stop: async () => undefined};
};

const verifiers: Readonly<Record<string, () => Promise<HeaderVerifier>>> = {
	'the inline header verifier': async () => createInlineHeaderVerifier(crypto),
	'the header verifier with two threads': async () => withThreads(2),
	'the header verifier without threads': async () => withThreads(0),
	'the header verifier whose threads do not start': async () => withThreads(2, noThread),
};

/** Nobody aborts it; a signal of its own for each call, as callers have. */
const unaborted = (): {signal: AbortSignal} => ({signal: new AbortController().signal});

const failuresOf = (
	results: readonly Result<undefined, HeaderWorkFailure>[],
): readonly (HeaderWorkFailure | undefined)[] =>
	results.map(result => (result.ok ? undefined : result.error));

/** `count` pieces of work of every kind, mixed. */
const mixed = (count: number): (readonly [HeaderWork, HeaderWorkFailure | undefined])[] =>
	Array.from(
		{length: count},
		(_, index) => worksAndFailures[(index * index + index) % worksAndFailures.length],
	) as (readonly [HeaderWork, HeaderWorkFailure | undefined])[];

for (const [name, create] of Object.entries(verifiers)) {
	test(`${name} answers each piece of work in the order of asking`, async t => {
		const verifier = await create();
		t.teardown(() => verifier.close());
		for (const count of [0, 1, 5, 200]) {
			const items = mixed(count);
			const results = await verifier.verify(
				items.map(([work]) => work),
				unaborted(),
			);
			t.deepEqual(
				failuresOf(results),
				items.map(([, failure]) => failure),
			);
		}
	});

	test(`${name} answers many callers at once, each with its own answers`, async t => {
		const verifier = await create();
		t.teardown(() => verifier.close());
		const all = await Promise.all(
			[40, 1, 0, 130, 7].map(async count => {
				const items = mixed(count);
				const results = await verifier.verify(
					items.map(([work]) => work),
					unaborted(),
				);
				return [failuresOf(results), items.map(([, failure]) => failure)] as const;
			}),
		);
		for (const [actual, expected] of all) t.deepEqual(actual, expected);
	});

	test(`${name} leaves the bytes of its callers alone`, async t => {
		const verifier = await create();
		t.teardown(() => verifier.close());
		const before = structuredClone(goodWork);
		await verifier.verify(Array<HeaderWork>(100).fill(goodWork), unaborted());
		t.deepEqual(goodWork, before);
	});

	test(`${name} gives up with the reason of its caller`, async t => {
		const verifier = await create();
		t.teardown(() => verifier.close());
		const stopping = new AbortController();
		stopping.abort('enough');
		await t.throwsAsync(verifier.verify([goodWork], {signal: stopping.signal}), {
			any: true,
			is: 'enough',
		});
		t.deepEqual(failuresOf(await verifier.verify([goodWork], unaborted())), [undefined]);
	});

	test(`${name} takes nothing more once it is closed`, async t => {
		const verifier = await create();
		await verifier.close();
		await verifier.close();
		const error = await t.throwsAsync(verifier.verify([goodWork], unaborted()), {instanceOf: NodeError});
		t.is(error?.code, 'HEADER_VERIFIER_CLOSED');
	});
}
