import {randomBytes} from 'node:crypto';
import test from 'ava';
import {concat, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ByteSink} from '#node/ports/byte-file';
import {openStorageClient} from '#node/services/storage-client/storage-client';
import {decodeRequest} from '#transport/protocols/messages';
import {bob} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {createMemoryUploadJournal} from '../../../support/memory-upload-journal.ts';
import {clientPorts, memorySink, sourceOf} from '../support/client-kit.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const SEGMENT_BYTES = 50_000;
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const manifests = createMemoryManifestStore();
	const uploads = createMemoryUploadJournal();
	/** A client as after a start of the program: what it knows is on the disk. */
	const open = () =>
		openStorageClient({...clientPorts(world, bob, manifests), uploads}, {seed: bob.seed, hedgeMs: 10_000});
	return {world, providers, manifests, uploads, open};
};

type Started = Awaited<ReturnType<typeof start>>;

/** Puts until so many bytes were sent; then it breaks off. */
const putSome = async ({open}: Started, bytes: Uint8Array, sentMax: number): Promise<void> => {
	const client = await open();
	const abort = new AbortController();
	const put = client.putFile({
		name: 'a',
		source: sourceOf(bytes),
		segmentBytes: SEGMENT_BYTES,
		epochs: 8,
		signal: abort.signal,
		onProgress: progress => {
			if (progress.phase === 'upload' && progress.sentBytes >= sentMax)
				abort.abort(new NodeError({code: 'TEST_CRASH'}));
		},
	});
	await put.catch(error => {
		if (!(error instanceof NodeError && error.code === 'TEST_CRASH')) throw error;
	});
	await client.close();
};

const putAgain = async ({open, world, providers}: Started, bytes: Uint8Array) => {
	const client = await open();
	const stored = await client.putFile({
		name: 'a',
		source: sourceOf(bytes),
		segmentBytes: SEGMENT_BYTES,
		epochs: 8,
	});
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	await client.close();
	await world.stop(providers);
	return {stored, back: sink.result ?? new Uint8Array(0)};
};

test('an upload that broke off goes on where it was, in the same agreements', async t => {
	const started = await start();
	const bytes = random(600_000);
	await putSome(started, bytes, 500_000);
	const {agreements} = started.world.ledger.state;
	const {size} = agreements;
	const {stored, back} = await putAgain(started, bytes);
	t.true(Buffer.compare(back, bytes) === 0);
	t.true(stored.keptSegments >= 3, `${stored.keptSegments} kept`);
	t.true(stored.sentBytes < 900_000 - stored.keptSegments * 70_000);
	t.is(started.world.ledger.state.agreements.size, size);
	t.deepEqual(await started.uploads.load('a'), []);
});

test('what has changed of a file meanwhile is stored as it is now', async t => {
	const started = await start();
	const bytes = random(600_000);
	await putSome(started, bytes, 500_000);
	const changed = bytes.slice();
	changed.set(random(100), 10);
	const {stored, back} = await putAgain(started, changed);
	t.true(Buffer.compare(back, changed) === 0);
	t.true(stored.keptSegments >= 2);
});

test('a file of another length is a new upload', async t => {
	const started = await start();
	await putSome(started, random(600_000), 500_000);
	const bytes = random(500_000);
	const {stored, back} = await putAgain(started, bytes);
	t.true(Buffer.compare(back, bytes) === 0);
	t.is(stored.keptSegments, 0);
});

test('a crash after the revisions, before the file is known, costs nothing', async t => {
	const started = await start();
	const {world, providers, manifests, uploads} = started;
	const bytes = random(300_000);
	const failing = {
		...manifests,
		save: () => Promise.reject(new NodeError({code: 'TEST_CRASH'})),
	};
	const client = await openStorageClient(
		{...clientPorts(world, bob, failing), uploads},
		{seed: bob.seed, hedgeMs: 10_000},
	);
	const put = {name: 'a', source: sourceOf(bytes), segmentBytes: SEGMENT_BYTES};
	t.is((await t.throwsAsync(client.putFile(put), {instanceOf: NodeError})).code, 'TEST_CRASH');
	await client.close();
	t.is((await (await started.open()).listFiles()).length, 0);
	const revisions = [...world.ledger.state.agreements.values()].map(({revisionNo}) => revisionNo);
	const again = await started.open();
	const stored = await again.putFile(put);
	t.is(stored.keptSegments, 6);
	t.is(stored.sentBytes, 0);
	t.deepEqual(
		[...world.ledger.state.agreements.values()].map(({revisionNo}) => revisionNo),
		revisions,
	);
	const sink = memorySink();
	await again.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(0), bytes) === 0);
	await again.close();
	await world.stop(providers);
});

/** Keeps what was written when it breaks off, by the name of the content. */
const partialSink = (kept: Map<string, Uint8Array>): ByteSink & {result: Uint8Array | undefined} => {
	let name = '';
	let parts: Uint8Array[] = [];
	return {
		result: undefined,
		write: async bytes => {
			parts.push(bytes.slice());
		},
		async finish() {
			this.result = concat(...parts);
			kept.delete(name);
		},
		discard: async () => {
			kept.delete(name);
		},
		partial: {
			begin: async content => {
				name = toHex(content);
				parts = [kept.get(name) ?? new Uint8Array(0)];
				return concat(...parts).length;
			},
			read: async (offset, into) => into.set(concat(...parts).subarray(offset, offset + into.length)),
			keep: async () => {
				kept.set(name, concat(...parts));
			},
		},
	};
};

const getBroken = async ({world, open, providers}: Started) => {
	const bytes = random(600_000);
	const client = await open();
	await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: SEGMENT_BYTES});
	const kept = new Map<string, Uint8Array>();
	const abort = new AbortController();
	const get = client.getFile({
		name: 'a',
		sink: partialSink(kept),
		signal: abort.signal,
		onProgress: ({bytes: got}) => {
			if (got >= 300_000) abort.abort(new NodeError({code: 'TEST_CRASH'}));
		},
	});
	await get.catch(error => {
		if (!(error instanceof NodeError && error.code === 'TEST_CRASH')) throw error;
	});
	const end = async (): Promise<void> => {
		await client.close();
		await world.stop(providers);
	};
	return {bytes, client, kept, end};
};

test('a download that broke off goes on where it was', async t => {
	const {bytes, client, kept, end} = await getBroken(await start());
	const [part] = kept.values();
	t.true((part?.length ?? 0) >= 300_000);
	const sink = partialSink(kept);
	const fetched = await client.getFile({name: 'a', sink});
	t.is(fetched.keptBytes, part?.length ?? -1);
	t.true(fetched.fetchedBytes < 360_000);
	t.true(Buffer.compare(sink.result ?? new Uint8Array(0), bytes) === 0);
	await end();
});

test('a part that was cut within a segment is gone on with byte by byte; a spoilt one is given up', async t => {
	const {bytes, client, kept, end} = await getBroken(await start());
	const [[name = '', part = new Uint8Array(0)] = []] = kept;
	kept.set(name, part.slice(0, 123_457));
	const sink = partialSink(kept);
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(0), bytes) === 0);
	kept.set(name, new Uint8Array(123_457));
	const failure = await t.throwsAsync(client.getFile({name: 'a', sink: partialSink(kept)}), {
		instanceOf: NodeError,
	});
	t.is(failure.code, 'FILE_HASH_WRONG');
	t.is(kept.size, 0);
	await end();
});

test('streams that are cut in the middle leave no half of an object that anybody sees', async t => {
	const world = new StorageWorld();
	world.answerOf = (_, handler) => async request => {
		const asked = decodeRequest(request.head);
		const message = await handler(request);
		if (!asked.ok || asked.value.kind !== 'get' || message.body === undefined) return message;
		const {length, read} = message.body;
		let left = 2;
		return {
			...message,
			body: {
				length,
				read: async (offset, wanted) => {
					if (left-- === 0 || length < 300_000) throw new NodeError({code: 'TEST_CUT'});
					return read(offset, wanted);
				},
			},
		};
	};
	const providers = await world.addProviders(NAMES);
	const client = await openStorageClient(clientPorts(world, bob), {seed: bob.seed, hedgeMs: 10_000});
	await client.putFile({name: 'a', source: sourceOf(random(100_000)), segmentBytes: SEGMENT_BYTES});
	const sink = memorySink();
	const failure = await t.throwsAsync(client.getFile({name: 'a', sink}), {instanceOf: NodeError});
	t.is(failure.code, 'DOWNLOAD_TOO_FEW_PIECES');
	t.true(sink.discarded);
	t.is(sink.result, undefined);
	await client.close();
	await world.stop(providers);
});
