/** What providers, disks, wires and users do wrong: a coded failure or the right result, and nothing half-written. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {decodeRequest, encodeRequest, type PeerRequest} from '#transport/protocols/messages';
import type {BodySource} from '#transport/transport';
import {ada, bob, testGenesis} from '../../../support/ledger-genesis.ts';
import {pieceOf as bytesOf} from '../../../support/ledger-storage.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';
import {memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {Peer, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const SEGMENT_BYTES = 1_200_000;
const file = bytesOf('file', SEGMENT_BYTES);

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
	try {
		await promise;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
	return 'no failure';
};

const isKind = (head: Uint8Array, kind: PeerRequest['kind']): boolean => {
	const request = decodeRequest(head);
	return request.ok && request.value.kind === kind;
};

/** A body that comes as far as half of it. */
const cut = ({length, read}: BodySource): BodySource => ({
	length,
	read: (offset, wanted) => {
		if (offset + wanted > length / 2) throw new NodeError({code: 'TEST_CABLE_PULLED'});
		return read(offset, wanted);
	},
});

/** A world in which those providers' answers to `get` break off in the middle. */
const worldWithCuts = async (names: readonly string[]) => {
	const world = new StorageWorld();
	world.answerOf = (name, handler) => async request => {
		const answer = await handler(request);
		const breaks = names.includes(name) && isKind(request.head, 'get') && answer.body !== undefined;
		return breaks ? {...answer, body: cut(answer.body as BodySource)} : answer;
	};
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	await client.putFile({name: 'a', source: sourceOf(file), segmentBytes: SEGMENT_BYTES});
	return {world, providers, client};
};

test('a stream cut in the middle of a piece costs that piece, and the file comes back whole', async t => {
	const {world, providers, client} = await worldWithCuts(['p3', 'p5']);
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), file) === 0);
	await client.close();
	await world.stop(providers);
});

test('when every stream is cut a download ends with a code and leaves nothing behind', async t => {
	const {world, providers, client} = await worldWithCuts(NAMES);
	const sink = memorySink();
	t.is(await codeOf(client.getFile({name: 'a', sink})), 'DOWNLOAD_TOO_FEW_PIECES');
	t.true(sink.discarded);
	t.is(sink.result, undefined);
	await client.close();
	await world.stop(providers);
});

test('an upload that is cut in the middle of a piece leaves nothing of it with the provider', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(['east']);
	const provider = at(providers, 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, provider, bob);
	const agreementId = await client.open();
	const {pieceId, bytes} = pieceOf(file.subarray(0, 300_000));
	const body = cut({length: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length)});
	const sending = client.session.request(
		{head: encodeRequest({kind: 'put', agreementId, pieceId}), body},
		{bodyBytesMax: 0},
	);
	t.is(await codeOf(sending), 'TEST_CABLE_PULLED');
	t.is(await provider.store.find(agreementId, pieceId), undefined);
	const again = await Peer.dial(world, provider, bob);
	const {reply} = await again.ask({kind: 'have', agreementId, pieceIds: [pieceId]});
	t.deepEqual(reply, {kind: 'held', lengths: [0]});
	t.is(await again.put(agreementId, {pieceId, bytes}), 'stored');
	await world.stop(providers);
});

/** A world in which some providers have agreed to more than their disks can hold. */
const worldWithFullDisks = async (full: (index: number) => boolean) => {
	const world = new StorageWorld();
	let made = 0;
	const providers = await world.addProviders(NAMES, () => {
		const store = createMemoryPieceStore();
		const isFull = full(made++);
		return {
			...store,
			put: async (...given) => {
				if (isFull) throw new NodeError({code: 'PIECE_STORE_FULL'});
				await store.put(...given);
			},
		};
	});
	return {world, providers, client: await openClient(world, bob)};
};

test('a provider that lies about its free space is done without', async t => {
	const {world, providers, client} = await worldWithFullDisks(index => index === 2);
	const stored = await client.putFile({name: 'a', source: sourceOf(file), segmentBytes: 300_000});
	const liar = toHex(at(providers, 2).id);
	t.false(stored.holders.some(({providerId}) => toHex(providerId) === liar));
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), file) === 0);
	await client.close();
	await world.stop(providers);
});

test('when too many lie about their free space the upload fails with a code and no file is there', async t => {
	const {world, providers, client} = await worldWithFullDisks(index => index < 4);
	t.is(
		await codeOf(client.putFile({name: 'a', source: sourceOf(file), segmentBytes: SEGMENT_BYTES})),
		'UPLOAD_TOO_FEW_PIECES',
	);
	t.deepEqual(await client.listFiles(), []);
	t.is(await codeOf(client.getFile({name: 'a', sink: memorySink()})), 'MANIFEST_UNKNOWN');
	await client.close();
	await world.stop(providers);
});

test('a manifest of another network brings nothing, and says so with a code', async t => {
	const manifests = createMemoryManifestStore();
	const [here, there] = [new StorageWorld(), new StorageWorld(testGenesis({networkMagic: 43}))];
	const providers = await here.addProviders(NAMES);
	const client = await openClient(here, bob, manifests);
	await client.putFile({name: 'a', source: sourceOf(file), segmentBytes: SEGMENT_BYTES});
	await client.close();
	await here.stop(providers);
	const strangers = await there.addProviders(NAMES);
	const lost = await openClient(there, bob, manifests);
	const sink = memorySink();
	t.is(await codeOf(lost.getFile({name: 'a', sink})), 'DOWNLOAD_TOO_FEW_PIECES');
	t.true(sink.discarded);
	await lost.close();
	await there.stop(strangers);
});

test('an object of nothing and a name of 1,024 bytes are stored and come back', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const {buckets} = client;
	await buckets.create('photos');
	// Two bytes each.
	const longest = 'é'.repeat(512);
	const source = sourceOf(new Uint8Array(0));
	await buckets.put({bucket: 'photos', name: longest, source});
	const sink = memorySink();
	await buckets.get({bucket: 'photos', name: longest, sink});
	t.is(sink.result?.length, 0);
	t.is(await codeOf(buckets.put({bucket: 'photos', name: `${longest}a`, source})), 'OBJECT_NAME_TOO_LONG');
	t.is(await codeOf(buckets.put({bucket: 'photos', name: '', source})), 'OBJECT_NAME_EMPTY');
	t.is(await codeOf(buckets.put({bucket: 'photos', name: 'a\ud800b', source})), 'OBJECT_NAME_NOT_UTF8');
	await client.close();
	await world.stop(providers);
});

test('100 GiB for which nobody has room are refused before anything is read or paid', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const before = world.balance(bob);
	let reads = 0;
	const sparse = {
		length: 100 * 2 ** 30,
		read: async () => {
			reads++;
		},
	};
	t.is(await codeOf(client.putFile({name: 'a', source: sparse})), 'PROVIDERS_WITHOUT_ROOM');
	t.is(await codeOf(client.quote({size: sparse.length})), 'PROVIDERS_WITHOUT_ROOM');
	t.is(reads, 0);
	t.is(world.balance(bob), before);
	t.is(world.ledger.state.agreements.size, 0);
	await client.close();
	await world.stop(providers);
});
