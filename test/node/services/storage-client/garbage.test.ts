import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {decodeSignedRevision} from '#ledger/agreements/revision';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {bob} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {clientPorts, memorySink, sourceOf} from '../support/client-kit.ts';
import {StorageWorld, settled} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const DAY_MS = 24 * 3600 * 1000;
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

const start = async () => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const manifests = createMemoryManifestStore();
	const signed = new Map<string, Uint8Array>();
	const watch = {saved: 0, signedOut: (): void => undefined};
	const leavesOf = (bytes: Uint8Array | undefined): number => {
		const revision = bytes && decodeSignedRevision(bytes);
		return revision?.ok === true ? revision.value.revision.leaves : 0;
	};
	const ports = clientPorts(world, bob, manifests);
	let later = 0;
	const client = await openStorageClient(
		{
			...ports,
			clock: {
				now: () => ports.clock.now() + later,
				waitUntil: (timeMs, call) => ports.clock.waitUntil(timeMs - later, call),
			},
			revisions: {
				load: async id => signed.get(id),
				save: async (id, bytes) => {
					const before = leavesOf(signed.get(id));
					signed.set(id, bytes);
					watch.saved++;
					if (leavesOf(bytes) < before) watch.signedOut();
				},
			},
		},
		{seed: bob.seed, hedgeMs: 10_000},
	);
	await client.buckets.create('photos');
	return {
		world,
		providers,
		client,
		/** KiB that both sides have signed for, in all agreements. */
		leaves: () => [...signed.values()].reduce((sum, bytes) => sum + leavesOf(bytes), 0),
		/** How many revisions were signed, and what is to be done when one has less in it than the one before. */
		watch,
		files: async (what: string) =>
			(await manifests.names()).filter(name => name.includes(`/${what}-`)).length,
		passDays: (days: number) => {
			later += days * DAY_MS;
		},
	};
};

const put = (client: StorageClient, name: string, bytes: Uint8Array) =>
	client.buckets.put({bucket: 'photos', name, source: sourceOf(bytes)});

const bytesOf = async (client: StorageClient, name: string): Promise<string> => {
	const sink = memorySink();
	await client.buckets.get({bucket: 'photos', name, sink});
	return toHex(sink.result ?? new Uint8Array(0));
};

test('an object that is deleted or replaced leaves the agreements, signed by both sides', async t => {
	const {world, providers, client, leaves, files} = await start();
	const stays = random(50_000);
	await put(client, 'stays', stays);
	const before = leaves();
	await put(client, 'goes', random(400_000));
	t.true(leaves() > before + 390);
	await client.buckets.delete({bucket: 'photos', name: 'goes'});
	t.true(leaves() < before + 60, 'what is left more are two listings');
	t.is(await files('object'), 1);
	await put(client, 'stays', random(400_000));
	await put(client, 'stays', stays);
	t.true(leaves() < before + 120);
	t.is(await files('object'), 1);
	t.is(await bytesOf(client, 'stays'), toHex(stays));
	await client.close();
	await world.stop(providers);
});

test('however often a bucket is written, its listings take no more room', async t => {
	const {world, providers, client, leaves, files} = await start();
	for (let write = 0; write < 12; write++) await put(client, 'note', random(100));
	const [atFirst, agreements] = [leaves(), world.ledger.state.agreements.size];
	for (let write = 0; write < 16; write++) await put(client, 'note', random(100));
	t.true(leaves() <= atFirst + 60, `${atFirst} KiB, then ${leaves()}`);
	t.true((await files('locator')) <= 10);
	t.is(world.ledger.state.agreements.size, agreements);
	await client.close();
	await world.stop(providers);
});

test('who does not answer keeps nobody else from freeing, and is asked again', async t => {
	const {world, providers, client, leaves} = await start();
	await put(client, 'goes', random(400_000));
	const before = leaves();
	await providers[0]?.service.stop();
	await client.buckets.delete({bucket: 'photos', name: 'goes'});
	t.true(leaves() < before - 300);
	const agreements = world.ledger.state.agreements.size;
	await put(client, 'note', random(100));
	t.is(world.ledger.state.agreements.size, agreements, 'the agreements of the others are as they were');
	await client.close();
	await world.stop(providers.slice(1));
});

test('a pack of which most was deleted is written again without that, when the bucket is cleaned', async t => {
	const {world, providers, client, leaves, files} = await start();
	const objects = ['a', 'b', 'c', 'd'].map(name => ({name, bytes: random(30_000)}));
	await client.buckets.putMany('photos', objects, {epochs: 25});
	await client.buckets.delete({bucket: 'photos', name: 'a'});
	await client.buckets.delete({bucket: 'photos', name: 'b'});
	t.like(await client.buckets.clean('photos'), {packs: 0, rewritten: 0}, 'half of it is left');
	await client.buckets.delete({bucket: 'photos', name: 'c'});
	const before = leaves();
	const cleaned = await client.buckets.clean('photos');
	t.like(cleaned, {packs: 0, rewritten: 1, left: 0});
	t.true(leaves() < before);
	t.is(await files('small'), 1);
	t.is(await bytesOf(client, 'd'), toHex(objects[3]?.bytes ?? random(1)));
	t.like(await client.buckets.clean('photos'), {packs: 0, rewritten: 0, files: 0}, 'once is enough');
	const {objects: listed} = await client.buckets.listing('photos');
	t.deepEqual(
		listed.map(({name}) => name),
		['d'],
	);
	await client.close();
	await world.stop(providers);
});

test('a pack of small objects goes with the last of them, when the bucket is cleaned', async t => {
	const {world, providers, client, leaves, files, passDays} = await start();
	const objects = ['a', 'b'].map(name => ({name, bytes: random(30_000)}));
	await client.buckets.putMany('photos', objects);
	await client.buckets.delete({bucket: 'photos', name: 'a'});
	t.is((await client.buckets.clean('photos')).packs, 0);
	t.is(await bytesOf(client, 'b'), toHex(objects[1]?.bytes ?? random(1)));
	await client.buckets.delete({bucket: 'photos', name: 'b'});
	const before = leaves();
	const {packs, files: freed, pieces, left} = await client.buckets.clean('photos');
	t.deepEqual({packs, left}, {packs: 1, left: 0});
	t.true(freed >= 1 && pieces >= 5);
	t.true(leaves() < before);
	t.is(await files('small'), 0);
	passDays(2);
	await put(client, 'kept', random(30_000));
	passDays(2);
	await client.buckets.clean('photos');
	t.is(await files('object'), 1, 'what the bucket leads to stays however old it is');
	await client.buckets.delete({bucket: 'photos', name: 'kept'});
	await client.buckets.remove('photos');
	t.is(leaves(), 0, 'nothing is left of a bucket that is removed');
	await client.close();
	await world.stop(providers);
});

test('when a client is closed that frees something, it is done with that before the closing is', async t => {
	const {world, providers, client, watch} = await start();
	await put(client, 'goes', random(400_000));
	const closed = new Promise<number>((resolve, reject) => {
		let isFirst = true;
		watch.signedOut = () => {
			if (!isFirst) return;
			isFirst = false;
			client.close().then(() => resolve(watch.saved), reject);
		};
	});
	let isOver = false;
	const deleting = client.buckets.delete({bucket: 'photos', name: 'goes'}).catch(error => {
		t.like(error, {code: 'STORAGE_CLIENT_CLOSED'});
	});
	const deleted = deleting.finally(() => {
		isOver = true;
	});
	const savedAtEnd = await closed;
	await settled(1);
	t.true(isOver);
	await settled(300);
	t.is(watch.saved, savedAtEnd);
	await deleted;
	const late = await t.throwsAsync(put(client, 'late', random(100)));
	t.like(late, {code: 'STORAGE_CLIENT_CLOSED'});
	await world.stop(providers);
});
