/** Headers judged in batches: the same verdicts as one by one, each verified once, and the prefix before a bad one kept. */
import test from 'ava';
import fc from 'fast-check';
import type {Header} from '#consensus/header/header';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import {ChainService} from '#node/services/chain/chain-service';
import {createInlineHeaderVerifier} from '#node/services/chain/inline-header-verifier';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {crypto} from '../../support/crypto.ts';
import {flipped} from '../../support/praos.ts';
import {silentLog} from '../../support/silent-log.ts';
import {feed, memoryStores, openTestChain, TestChain, timeOfSlot} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const trunk = world.grow(world.origin, 20);
const headers = trunk.blocks.map(({header}) => header);
const {signal} = new AbortController();
const headerAt = (at: number): Header => defined(headers[at], 'a header');

/** Counts what is verified, and waits for `open` before it answers. */
const countingVerifier = () => {
	const inline = createInlineHeaderVerifier(crypto);
	const counted = {verified: 0};
	let open: () => void = () => undefined;
	const gate = new Promise<void>(resolve => {
		open = resolve;
	});
	const verifier: HeaderVerifier = {
		verify: async (work, options) => {
			counted.verified += work.length;
			await gate;
			return inline.verify(work, options);
		},
		close: () => inline.close(),
	};
	return {verifier, counted, open};
};

const openWith = (headerVerifier: HeaderVerifier): Promise<ChainService> =>
	ChainService.open(network, {
		...memoryStores(),
		mainChain: createBlindWatcher(),
		clock: createVirtualClock(timeOfSlot(network, 1_000_000)),
		log: silentLog,
		headerVerifier,
	});

test('takes a batch of good headers, once', async t => {
	const chain = await openTestChain(network);
	const first = await chain.considerHeaders(headers.slice(0, 15), {signal});
	t.is(first.taken, 15);
	t.is(first.refusal, undefined);
	t.deepEqual(
		first.entries.map(({header}) => header),
		headers.slice(0, 15),
	);
	const again = await chain.considerHeaders(headers, {signal});
	t.is(again.taken, 20);
	t.is(again.entries[3], first.entries[3]);
	t.true(chain.isBetter(headerAt(19).hash));
	await feed(chain, trunk.blocks);
	t.deepEqual(chain.tip, trunk.tip);
});

test('keeps what comes before a header that is wrong, and says what is wrong with it as it would alone', async t => {
	const spoilers: readonly ((header: Header) => Header)[] = [
		header => ({...header, kesSignature: flipped(header.kesSignature, 70)}),
		header => ({...header, vrfProof: flipped(header.vrfProof, 3)}),
		header => ({...header, slot: headerAt(0).slot}),
		header => ({...header, prevHash: headerAt(12).hash}),
	];
	for (const spoil of spoilers) {
		const [chain, alone] = [await openTestChain(network), await openTestChain(network)];
		const bad = spoil(headerAt(7));
		const {taken, entries, refusal} = await chain.considerHeaders(
			[...headers.slice(0, 7), bad, ...headers.slice(8)],
			{signal},
		);
		t.is(taken, 7);
		t.is(entries.length, 7);
		for (const header of headers.slice(0, 7)) alone.considerHeader(header);
		const expected = alone.considerHeader(bad);
		t.false(expected.ok);
		t.deepEqual({ok: false, error: refusal}, expected);
		t.is(chain.find(headerAt(8).hash), undefined);
	}
});

test('what two peers tell of at the same time is verified once', async t => {
	const {verifier, counted, open} = countingVerifier();
	const chain = await openWith(verifier);
	const both = [
		chain.considerHeaders(headers, {signal}),
		chain.considerHeaders(headers.slice(0, 12), {signal}),
	];
	open();
	const [long, short] = await Promise.all(both);
	t.is(long?.taken, 20);
	t.is(short?.taken, 12);
	t.is(counted.verified, 20);
});

test('a peer that goes while its headers are verified takes nobody along', async t => {
	const {verifier, open} = countingVerifier();
	const chain = await openWith(verifier);
	const gone = new AbortController();
	const first = chain.considerHeaders(headers.slice(0, 5), {signal: gone.signal});
	const second = chain.considerHeaders(headers, {signal});
	gone.abort(new NodeError({code: 'TEST_GONE'}));
	open();
	await t.throwsAsync(first, {code: 'TEST_GONE'});
	t.is((await second).taken, 20);
});

test('however a chain is cut into batches, and whatever is told again, the same headers are kept', async t => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.nat({max: 20}), {maxLength: 12}), async cuts => {
			const chain = await openTestChain(network);
			let kept = 0;
			for (const cut of cuts) {
				// Somewhere from what is known on.
				const from = Math.max(0, Math.min(kept, cut - 3));
				const batch = headers.slice(from, cut);
				const {taken, refusal} = await chain.considerHeaders(batch, {signal});
				t.is(refusal, undefined);
				t.is(taken, batch.length);
				kept = Math.max(kept, from + taken);
				t.true(headers.every(({hash}, at) => (chain.find(hash) !== undefined) === at < kept));
			}
		}),
		{numRuns: 30},
	);
});

test('judges a header anew that was known and is forgotten while the batch is verified', async t => {
	const {verifier, open} = countingVerifier();
	const chain = await openWith(verifier);
	const known = [chain.considerHeader(headerAt(0)), chain.considerHeader(headerAt(1))];
	t.true(known.every(({ok}) => ok));
	const forgotten = defined(chain.find(headerAt(1).hash), 'it is known');
	const kept: Header[] = [];
	const judging = chain.considerHeaders(headers.slice(0, 4), {
		signal,
		kept: entries => void kept.push(...entries.map(({header}) => header)),
	});
	// Whoever else told of it goes over to another chain just now.
	await Promise.resolve();
	chain.forgetHeaders([forgotten]);
	open();
	const {taken, refusal} = await judging;
	t.is(refusal, undefined);
	t.is(taken, 1);
	t.deepEqual(kept, headers.slice(0, 1));
	const rest = await chain.considerHeaders(headers.slice(taken, 4), {signal});
	t.is(rest.taken, 3);
	t.is(rest.refusal, undefined);
});
