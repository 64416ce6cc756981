import {createHash, randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {keyOf} from '#ledger/state/keys';
import {openStorageClient} from '#node/services/storage-client/storage-client';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {decodeRequest, encodeReply, type PeerRequest} from '#transport/protocols/messages';
import {party} from '../../../support/ledger-chain.ts';
import {ada, bob, carol} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {clientPorts, memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld, type WorldProvider} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const start = async (names: readonly string[] = NAMES) => {
	const world = new StorageWorld();
	const providers = await world.addProviders(names);
	const client = await openClient(world, bob);
	return {world, providers, client};
};

const failureOf = async (promise: Promise<unknown>): Promise<NodeError> => {
	try {
		await promise;
	} catch (error) {
		if (error instanceof NodeError) return error;
		throw error;
	}
	throw new NodeError({code: 'TEST_EXPECTED_A_FAILURE'});
};

/** No connection, no pieces: as if its machine had gone. */
const kill = async (world: StorageWorld, {service}: WorldProvider): Promise<void> => {
	await service.stop();
	await world.changed();
};

for (const length of [0, 1, 100_000, 300_001])
	test(`a file of ${length} bytes comes back as it was`, async t => {
		const {world, providers, client} = await start();
		const bytes = random(length);
		const stored = await client.putFile({
			name: 'report',
			source: sourceOf(bytes),
			segmentBytes: 100_000,
		});
		t.is(toHex(stored.sha256), digestOf(bytes));
		t.is(stored.segments, Math.max(1, Math.ceil(length / 100_000)));
		t.is(stored.pieces, 6 * stored.segments);
		const sink = memorySink();
		const fetched = await client.getFile({name: 'report', sink});
		t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
		t.like(fetched, {size: length, failures: 0});
		t.deepEqual(
			(await client.listFiles()).map(({name, size}) => ({name, size})),
			[{name: 'report', size: length}],
		);
		await client.close();
		await world.stop(providers);
	});

test('a stored file is committed, proven and paid by every provider that holds a part', async t => {
	const {world, providers, client} = await start();
	await client.putFile({name: 'a', source: sourceOf(random(200_000)), segmentBytes: 50_000, epochs: 3});
	const epoch = world.ledger.epoch + 1;
	await world.advanceTo(world.ledger.slotAt(epoch, 9));
	t.is(world.ledger.eventsOf('storage-paid').length, 7);
	t.deepEqual(world.ledger.eventsOf('missed'), []);
	await client.close();
	await world.stop(providers);
});

test('tells how far it is', async t => {
	const {world, providers, client} = await start();
	const put: string[] = [];
	let sent = 0;
	await client.putFile({
		name: 'a',
		source: sourceOf(random(200_000)),
		segmentBytes: 50_000,
		onProgress: progress => {
			if (put.at(-1) !== progress.phase) put.push(progress.phase);
			if (progress.phase === 'upload') sent = progress.sentBytes;
		},
	});
	t.deepEqual(put, ['agreements', 'upload', 'revisions', 'done']);
	t.true(sent >= 300_000);
	const got: number[] = [];
	await client.getFile({name: 'a', sink: memorySink(), onProgress: ({bytes}) => got.push(bytes)});
	t.deepEqual(got, [50_000, 100_000, 150_000, 200_000]);
	await client.close();
	await world.stop(providers);
});

test('a file comes back with two of seven providers gone', async t => {
	const {world, providers, client} = await start();
	const bytes = random(250_000);
	await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: 50_000});
	await kill(world, at(providers, 0));
	await kill(world, at(providers, 4));
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	await kill(world, at(providers, 5));
	await kill(world, at(providers, 6));
	const cut = memorySink();
	const failure = await failureOf(client.getFile({name: 'a', sink: cut}));
	t.is(failure.code, 'DOWNLOAD_TOO_FEW_PIECES');
	t.true(cut.discarded);
	t.is(cut.result, undefined);
	await client.close();
	await world.stop(providers.slice(1, 4));
});

test('a provider that sends other bytes than the piece is passed over', async t => {
	const {world, providers, client} = await start();
	const bytes = random(250_000);
	// So many segments that the liar is asked for one of them: each is drawn anew, and asks four of the seven first.
	const segmentBytes = 10_000;
	const {holders} = await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes});
	t.is(holders.length, 7);
	const liar = at(providers, 0);
	await liar.service.stop();
	const listener = await world.network
		.transport(liar.operator.verificationKey)
		.listen({host: liar.name, port: 1}, async () => {
			const pieceLength = pieceLengthOf(4, segmentBytes);
			return {
				head: encodeReply({kind: 'piece', pieceLength}),
				body: {length: pieceLength, read: (_, length) => new Uint8Array(length)},
			};
		});
	const sink = memorySink();
	const fetched = await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	t.true(fetched.failures > 0);
	await listener.close();
	await client.close();
	await world.stop(providers.slice(1));
});

/** A world in which the provider `name` never answers requests of that kind. */
const startWithSilent = async (name: string, kind: PeerRequest['kind']) => {
	const world = new StorageWorld();
	world.answerOf = (provider, handler) => request => {
		const asked = decodeRequest(request.head);
		const isSilent = provider === name && asked.ok && asked.value.kind === kind;
		if (!isSilent) return handler(request);
		return new Promise((_, reject) => {
			request.signal.addEventListener('abort', () => reject(request.signal.reason));
		});
	};
	const providers = await world.addProviders(NAMES);
	return {world, providers, client: await openClient(world, bob)};
};

for (const [kind, pieces] of [
	['agree', 6],
	['put', 6],
	['revise', 5],
] as const)
	test(`a provider that never answers ${kind} is done without`, async t => {
		const {world, providers, client} = await startWithSilent('p3', kind);
		const bytes = random(200_000);
		const stored = await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: 50_000});
		const silent = toHex(at(providers, 2).id);
		t.false(stored.holders.some(({providerId}) => toHex(providerId) === silent));
		t.is(stored.holders.length, 6);
		t.true(stored.pieces >= 4 * pieces && stored.pieces <= 24);
		const sink = memorySink();
		await client.getFile({name: 'a', sink});
		t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
		await client.close();
		await world.stop(providers);
	});

test('a provider that never answers get is overtaken', async t => {
	const {world, providers, client} = await startWithSilent('p3', 'get');
	const bytes = random(200_000);
	await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: 50_000});
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	await client.close();
	await world.stop(providers);
});

test('a second file goes into agreements that have room, and into new ones', async t => {
	const {world, providers, client} = await start();
	await client.putFile({name: 'a', source: sourceOf(random(10)), epochs: 5});
	t.is(world.ledger.state.agreements.size, 7);
	// The first file took all the room with six providers and none with the seventh.
	await client.putFile({name: 'b', source: sourceOf(random(10)), epochs: 3});
	t.is(world.ledger.state.agreements.size, 13);
	for (const name of ['a', 'b']) {
		const sink = memorySink();
		await client.getFile({name, sink});
		t.is(sink.result?.length, 10);
	}
	await client.close();
	await world.stop(providers);
});

test('too few providers are refused before anything is paid', async t => {
	const {world, providers, client} = await start(NAMES.slice(0, 5));
	const before = world.balance(bob);
	const failure = await failureOf(client.putFile({name: 'a', source: sourceOf(random(10))}));
	t.deepEqual(
		{code: failure.code, providers: failure.detail['providers']},
		{code: 'PROVIDERS_TOO_FEW', providers: 5},
	);
	t.is(world.balance(bob), before);
	await client.close();
	await world.stop(providers);
});

test('a rate below what providers ask opens nothing', async t => {
	const {world, providers, client} = await start();
	const failure = await failureOf(client.putFile({name: 'a', source: sourceOf(random(10)), rate: ada(0)}));
	t.is(failure.code, 'AGREEMENTS_TOO_FEW');
	t.is((failure.detail['reasons'] as string[])[0], 'AGREEMENT_RATE_TOO_LOW');
	t.is(world.ledger.state.agreements.size, 0);
	await client.close();
	await world.stop(providers);
});

test('one provider that declines is left out, and the others are asked again', async t => {
	const {world, providers, client} = await start();
	const dear = at(providers, 1);
	world.ledger.send(
		party('operator p2'),
		{
			kind: 'provider-update',
			provider: dear.id,
			storePrice: ada(500),
			minTermEpochs: 1,
			capacityLeaves: 2 ** 20,
			accepting: true,
			bondAdded: ada(0),
		},
		{change: {sender: carol.account, sequence: 0}, with: [carol]},
	);
	const stored = await client.putFile({name: 'a', source: sourceOf(random(10)), rate: ada(2)});
	t.false(stored.holders.some(({providerId}) => toHex(providerId) === toHex(dear.id)));
	t.is(world.ledger.state.agreements.size, 6);
	await client.close();
	await world.stop(providers);
});

test('a name is taken once', async t => {
	const {world, providers, client} = await start();
	await client.putFile({name: 'a', source: sourceOf(random(10))});
	const failure = await failureOf(client.putFile({name: 'a', source: sourceOf(random(10))}));
	t.is(failure.code, 'FILE_NAME_TAKEN');
	t.is((await failureOf(client.getFile({name: 'b', sink: memorySink()}))).code, 'MANIFEST_UNKNOWN');
	await client.close();
	await world.stop(providers);
});

test('another account cannot read the manifests', async t => {
	const {world, providers} = await start();
	const manifests = createMemoryManifestStore();
	const client = await openClient(world, bob, manifests);
	await client.putFile({name: 'a', source: sourceOf(random(10))});
	const other = await openStorageClient(clientPorts(world, carol, manifests), {seed: carol.seed});
	t.is((await failureOf(other.getFile({name: 'a', sink: memorySink()}))).code, 'MANIFEST_SEAL_BROKEN');
	await client.close();
	await other.close();
	await world.stop(providers);
});

test('an aborted upload ends with the reason of the abort', async t => {
	const {world, providers, client} = await start();
	const abort = new AbortController();
	const failure = await failureOf(
		client.putFile({
			name: 'a',
			source: sourceOf(random(200_000)),
			segmentBytes: 50_000,
			signal: abort.signal,
			onProgress: ({phase}) => {
				if (phase === 'upload') abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
			},
		}),
	);
	t.is(failure.code, 'TEST_ENOUGH');
	t.deepEqual(await client.listFiles(), []);
	await client.close();
	await world.stop(providers);
});

test('the payer is funded for as long as the file is to be kept', async t => {
	const {world, providers, client} = await start();
	await client.putFile({name: 'a', source: sourceOf(random(100_000)), epochs: 8});
	const first = world.ledger.epoch;
	await world.advanceTo(world.ledger.slotAt(first + 8, 9));
	t.deepEqual(
		world.ledger.eventsOf('agreement-closed').filter(({reason}) => reason === 'unfunded'),
		[],
	);
	t.is(world.ledger.eventsOf('storage-paid').length, 7 * 8);
	t.truthy(world.ledger.state.payers.get(keyOf(bob.account)));
	await client.close();
	await world.stop(providers);
});
