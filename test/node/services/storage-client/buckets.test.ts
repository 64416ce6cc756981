import {createHash, randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import {decodeTransaction} from '#ledger/tx/transaction';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {bob, carol} from '../../../support/ledger-genesis.ts';
import {clientPorts, memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	return {world, providers, client: await openClient(world, bob)};
};

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
	try {
		await promise;
	} catch (error) {
		if (error instanceof NodeError) return error.code;
		throw error;
	}
	return 'none';
};

const putText = (client: StorageClient, name: string, text: string, bucket = 'photos') =>
	client.buckets.put({bucket, name, source: sourceOf(encodeUtf8(text))});

const textOf = async (client: StorageClient, name: string, bucket = 'photos'): Promise<string> => {
	const sink = memorySink();
	await client.buckets.get({bucket, name, sink});
	return Buffer.from(sink.result ?? []).toString();
};

const namesIn = async (client: StorageClient, bucket = 'photos'): Promise<readonly string[]> =>
	(await client.buckets.listing(bucket)).objects.map(({name}) => name);

test('on an empty machine the key alone brings back every bucket, name and byte', async t => {
	const {world, providers, client} = await start();
	const large = random(150_000);
	await client.buckets.create('photos');
	await client.buckets.create('notes', {keepVersions: true});
	await putText(client, 'a/small', 'only this');
	await client.buckets.put({
		bucket: 'photos',
		name: 'a/large',
		source: sourceOf(large),
		contentType: 'image/png',
	});
	await putText(client, 'todo', 'first', 'notes');
	await client.close();

	const empty = await openClient(world, bob);
	t.deepEqual(await empty.listFiles(), []);
	t.deepEqual(
		(await empty.buckets.list()).map(({name, version, keepVersions}) => ({name, version, keepVersions})),
		[
			{name: 'notes', version: 2, keepVersions: true},
			{name: 'photos', version: 3, keepVersions: false},
		],
	);
	const listing = await empty.buckets.listing('photos', {prefix: encodeUtf8('a/')});
	t.deepEqual(
		listing.objects.map(({name, entry}) => [name, entry.kind === 'object' && entry.size]),
		[
			['a/large', 150_000],
			['a/small', 9],
		],
	);
	t.deepEqual((await empty.buckets.listing('photos', {delimiter: encodeUtf8('/')})).commonPrefixes, ['a/']);
	t.is(await textOf(empty, 'a/small'), 'only this');
	t.is((await empty.buckets.restore('photos')).length, 2);
	const sink = memorySink();
	const got = await empty.buckets.get({bucket: 'photos', name: 'a/large', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(0), large) === 0);
	t.is(got.entry.kind === 'object' && toHex(got.entry.sha256), sha256(large));
	await putText(empty, 'b', 'written by the new machine');
	t.deepEqual(await namesIn(empty), ['a/large', 'a/small', 'b']);
	t.deepEqual(await empty.listFiles(), []);
	await empty.close();
	await world.stop(providers);
});

test('two devices that write at once lose nothing', async t => {
	const {world, providers, client} = await start();
	await client.buckets.create('photos');
	await putText(client, 'common', 'old');
	const ports = clientPorts(world, bob);
	let heads = 0;
	/** The other device is faster by just so much: it writes when this one sends its head. */
	const control = {
		...ports.control,
		submit: async (wire: Uint8Array) => {
			const transaction = decodeTransaction(world.ledger.env, wire);
			if (transaction.ok && transaction.value.body.action.kind === 'head-set' && heads++ === 0)
				await putText(client, 'theirs', 'from the other one');
			return ports.control.submit(wire);
		},
	};
	const slow = await openStorageClient({...ports, control}, {seed: bob.seed, hedgeMs: 10_000});
	await putText(slow, 'ours', 'from this one');
	t.true(heads >= 3, 'refused for its sequence number, then for its version, then taken');
	t.true(world.refused.includes('HEAD_VERSION_STALE'));
	for (const each of [client, slow]) t.deepEqual(await namesIn(each), ['common', 'ours', 'theirs']);
	t.is(await textOf(client, 'ours'), 'from this one');
	await slow.close();
	await client.close();
	await world.stop(providers);
});

test('objects are replaced, deleted and kept as versions', async t => {
	const {world, providers, client} = await start();
	const {buckets} = client;
	await buckets.create('photos', {keepVersions: true});
	const first = await putText(client, 'x', 'one');
	await putText(client, 'x', 'two');
	t.is(await textOf(client, 'x'), 'two');
	await buckets.delete({bucket: 'photos', name: 'x'});
	t.deepEqual(await namesIn(client), []);
	t.is(await codeOf(textOf(client, 'x')), 'OBJECT_UNKNOWN');
	const sink = memorySink();
	await buckets.get({bucket: 'photos', name: 'x', version: first.version, sink});
	t.is(Buffer.from(sink.result ?? []).toString(), 'one');
	const {versions, next} = await buckets.versions('photos');
	t.deepEqual(
		versions.map(({name, entry}) => [name, entry.kind]),
		[
			['x', 'delete-marker'],
			['x', 'object'],
			['x', 'object'],
		],
	);
	t.deepEqual([versions[2]?.version, next], [first.version, null]);
	t.is(await codeOf(buckets.remove('photos')), 'BUCKET_NOT_EMPTY');
	t.is(world.ledger.state.agreements.size, 7, 'the first agreements have room for what follows');
	await buckets.create('plain');
	await putText(client, 'y', 'one', 'plain');
	await buckets.delete({bucket: 'plain', name: 'y'});
	await buckets.remove('plain');
	t.deepEqual(
		(await buckets.list()).map(({name}) => name),
		['photos'],
	);
	await client.close();
	await world.stop(providers);
});

test('rejects what is not there, and names that are none', async t => {
	const {world, providers, client} = await start();
	const {buckets} = client;
	t.is(await codeOf(buckets.create('No')), 'BUCKET_NAME_BAD');
	t.is(await codeOf(buckets.listing('photos')), 'BUCKET_UNKNOWN');
	await buckets.create('photos');
	t.is(await codeOf(buckets.create('photos')), 'BUCKET_EXISTS');
	const sink = memorySink();
	t.is(await codeOf(buckets.get({bucket: 'photos', name: 'nothing', sink})), 'OBJECT_UNKNOWN');
	t.true(sink.discarded, 'nothing half-written is left');
	t.is(await codeOf(putText(client, '', 'x')), 'OBJECT_NAME_EMPTY');
	t.is(await codeOf(putText(client, 'n'.repeat(1025), 'x')), 'OBJECT_NAME_TOO_LONG');
	t.is(await codeOf(buckets.delete({bucket: 'photos', name: 'nothing'})), 'OBJECT_UNKNOWN');
	const stranger = await openClient(world, carol);
	t.deepEqual(await stranger.buckets.list(), []);
	await stranger.close();
	await client.close();
	await world.stop(providers);
});

test('many objects go into packs, and come back without most providers', async t => {
	const {world, providers, client} = await start();
	await client.buckets.create('photos');
	for (let batch = 0; batch < 3; batch++)
		await client.buckets.putMany(
			'photos',
			Array.from({length: 60}, (_, index) => ({
				name: `${batch}/${index}`,
				bytes: new Uint8Array(4000).fill(index),
			})),
		);
	await client.close();
	for (const provider of providers.slice(0, 2)) await provider.service.stop();
	const empty = await openClient(world, bob);
	t.is((await namesIn(empty)).length, 180);
	t.is((await textOf(empty, '2/59')).length, 4000);
	await empty.close();
	await world.stop(providers.slice(2));
});
