import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import type {MetadataCache} from '#node/ports/metadata-cache';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {bob} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {clientPorts, memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	return {world, providers};
};

const bytesOf = async (
	client: StorageClient,
	name: string,
	range?: {readonly from: number; readonly until: number},
): Promise<string> => {
	const sink = memorySink();
	await client.buckets.get({bucket: 'photos', name, sink, ...(range && {range})});
	return toHex(sink.result ?? new Uint8Array(0));
};

test('small objects that are written at once share a file, and each comes back by itself', async t => {
	const {world, providers} = await start();
	const manifests = createMemoryManifestStore();
	const client = await openClient(world, bob, manifests);
	await client.buckets.create('photos');
	const sizes = [0, 17, 4096, 4097, 20_000, 70_001, 5000];
	const objects = sizes.map((size, index) => ({name: `n/${index}`, bytes: random(size)}));
	const large = random(2 ** 20 + 1);
	const kinds = new Map<string, string>();
	const put = await client.buckets.putMany('photos', [
		...objects,
		{name: 'large', source: sourceOf(large), contentType: 'image/png'},
	]);
	for (const {name, entry} of put) kinds.set(name, entry.kind === 'object' ? entry.content.kind : entry.kind);
	t.deepEqual(
		objects.map(({name}) => kinds.get(name)),
		['inline', 'inline', 'inline', 'packed', 'packed', 'packed', 'packed'],
	);
	t.is(kinds.get('large'), 'stored');
	const files = (await manifests.names()).filter(name => /\/(?:small|object)-/.test(name));
	t.is(files.length, 2, 'a file for the large one, and one for all that are packed');
	await client.close();

	const empty = await openClient(world, bob);
	for (const {name, bytes} of objects) t.is(await bytesOf(empty, name), toHex(bytes), name);
	t.is(await bytesOf(empty, 'large'), toHex(large));
	const part = {from: 1000, until: 1999};
	t.is(await bytesOf(empty, 'n/5', part), toHex((objects[5]?.bytes ?? large).subarray(1000, 1999)));
	const outside = empty.buckets.get({
		bucket: 'photos',
		name: 'n/4',
		range: {from: 0, until: 20_001},
		sink: memorySink(),
	});
	await t.throwsAsync(outside, {code: 'FILE_RANGE_OUTSIDE'}, 'nothing of its neighbour is given out');
	t.is((await empty.buckets.restore('photos')).length, 8);
	await empty.close();
	await world.stop(providers);
});

test('listings come from whoever keeps them, as long as what it says is true', async t => {
	const {world, providers} = await start();
	const kept = new Map<string, Uint8Array>();
	let loads = 0;
	const cache: MetadataCache = {
		load: async key => {
			loads++;
			return kept.get(key);
		},
		save: async (key, bytes) => void kept.set(key, bytes),
	};
	const open = () =>
		openStorageClient({...clientPorts(world, bob), metadataCache: cache}, {seed: bob.seed, hedgeMs: 10_000});
	const writer = await open();
	await writer.buckets.create('photos');
	const objects = Array.from({length: 100}, (_, index) => ({name: `${index}`, bytes: random(4000)}));
	await writer.buckets.putMany('photos', objects);
	t.is(loads, 0, 'who wrote it knows it');
	await writer.close();
	const names = async (): Promise<number> => {
		const reader = await open();
		const {objects: found} = await reader.buckets.listing('photos');
		await reader.close();
		return found.length;
	};
	t.is(await names(), 100);
	t.true(kept.size >= 2, 'the locator and a pack of nodes');
	const saved = [...kept];
	for (const [key, bytes] of saved)
		kept.set(
			key,
			bytes.map(byte => byte ^ 1),
		);
	t.is(await names(), 100, 'lies are passed over');
	t.deepEqual([...kept], saved, 'and replaced');
	for (const key of kept.keys()) kept.set(key, new Uint8Array(0));
	t.is(await names(), 100);
	await world.stop(providers);
	const without = await open();
	t.is((await without.buckets.listing('photos')).objects.length, 100, 'with no provider left at all');
	await without.close();
});
