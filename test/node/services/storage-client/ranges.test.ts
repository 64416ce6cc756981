import {randomBytes} from 'node:crypto';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import type {FileRange} from '#node/ports/byte-file';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {decodeRequest} from '#transport/protocols/messages';
import {bodyOf} from '#transport/transport';
import {bob} from '../../../support/ledger-genesis.ts';
import {memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const SEGMENT_BYTES = 300_000;
const bytes = new Uint8Array(randomBytes(1_000_000));

const start = async (prepare: (world: StorageWorld) => void = () => undefined) => {
	const world = new StorageWorld();
	prepare(world);
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: SEGMENT_BYTES});
	return {world, providers, client};
};

const read = async (client: StorageClient, range: FileRange) => {
	const sink = memorySink();
	const fetched = await client.getFile({name: 'a', sink, range});
	return {
		...fetched,
		isRight:
			sink.result !== undefined && Buffer.compare(sink.result, bytes.subarray(range.from, range.until)) === 0,
	};
};

test('any part of a file is read, and little more than it is fetched', async t => {
	const {world, providers, client} = await start();
	for (const [from, until] of [
		[0, 1],
		[0, 65_536],
		[65_535, 65_537],
		[299_990, 300_010],
		[100_000, 950_000],
		[999_999, 1_000_000],
		[0, 1_000_000],
	] as const) {
		const {isRight, fetchedBytes, failures} = await read(client, {from, until});
		t.true(isRight, `${from} to ${until}`);
		t.is(failures, 0);
		t.true(fetchedBytes <= until - from + 4 * 70_000, `${fetchedBytes} for ${until - from}`);
	}
	await client.close();
	await world.stop(providers);
});

test('a range that is empty or not within the file is refused', async t => {
	const {world, providers, client} = await start();
	for (const [from, until] of [
		[5, 5],
		[-1, 5],
		[0, 1_000_001],
		[0.5, 2],
	] as const) {
		const sink = memorySink();
		const failure = await t.throwsAsync(client.getFile({name: 'a', sink, range: {from, until}}), {
			instanceOf: NodeError,
		});
		t.is(failure.code, 'FILE_RANGE_OUTSIDE');
		t.true(sink.discarded);
	}
	await client.close();
	await world.stop(providers);
});

test('a range whose piece is gone is made from the same part of others', async t => {
	const {world, providers, client} = await start();
	for (const gone of [0, 3]) await at(providers, gone).service.stop();
	for (const from of [0, 80_000, 160_000, 240_000]) {
		const {isRight, fetchedBytes} = await read(client, {from, until: from + 1000});
		t.true(isRight);
		t.true(fetchedBytes < 5 * 70_000);
	}
	await client.close();
	await world.stop([1, 2, 4, 5, 6].map(index => at(providers, index)));
});

test('other bytes than those of the range are found out, and the right ones come from whole pieces', async t => {
	const {world, providers, client} = await start(made => {
		made.answerOf = (_, handler) => async request => {
			const message = await handler(request);
			const asked = decodeRequest(request.head);
			const isPart = asked.ok && asked.value.kind === 'get' && asked.value.length < 75_000;
			return isPart ? {...message, body: bodyOf(new Uint8Array(asked.value.length))} : message;
		};
	});
	for (let from = 0; from < 900_000; from += 300_000) {
		const {isRight, failures} = await read(client, {from, until: from + 1000});
		t.true(isRight);
		t.true(failures > 0);
	}
	await client.close();
	await world.stop(providers);
});

test('the first bytes of a file come before its first segment, and once', async t => {
	const written: number[] = [];
	let begin: () => void = () => undefined;
	const begun = new Promise<void>(resolve => {
		begin = resolve;
	});
	const {world, providers, client} = await start(made => {
		// Whole pieces wait until something was written.
		made.answerOf = (_, handler) => async request => {
			const asked = decodeRequest(request.head);
			if (asked.ok && asked.value.kind === 'get' && asked.value.length > 70_000) await begun;
			return handler(request);
		};
	});
	const whole = memorySink();
	const write = async (part: Uint8Array): Promise<void> => {
		written.push(part.length);
		begin();
		await whole.write(part);
	};
	await client.getFile({
		name: 'a',
		sink: {write, finish: () => whole.finish(), discard: () => whole.discard()},
	});
	t.deepEqual(written.slice(0, 2), [65_536, SEGMENT_BYTES - 65_536]);
	t.true(Buffer.compare(whole.result ?? new Uint8Array(1), bytes) === 0);
	await client.close();
	await world.stop(providers);
});
