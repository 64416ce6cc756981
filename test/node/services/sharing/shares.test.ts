import {randomBytes} from 'node:crypto';
import test from 'ava';
import {bearerSeed, parseShareLink, recordKey, type Share, shareLink} from '#access/share';
import {openShareRecord, sealShareRecord} from '#access/share-record';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {type NarrowOptions, type OpenedShare, openShare} from '#node/services/sharing/open-share';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, type Party, party} from '../../../support/ledger-chain.ts';
import {ada, bob, dave} from '../../../support/ledger-genesis.ts';
import {clientPorts, memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld, type WorldProvider} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const large = new Uint8Array(randomBytes(150_000));

type World = {
	readonly world: StorageWorld;
	readonly providers: readonly WorldProvider[];
	readonly client: StorageClient;
};

/** Bob has a bucket with two folders. */
const start = async (): Promise<World> => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	await client.buckets.create('photos');
	const put = (name: string, bytes: Uint8Array) =>
		client.buckets.put({bucket: 'photos', name, source: sourceOf(bytes)});
	await put('docs/large', large);
	await put('docs/2026/note', encodeUtf8('a note'));
	await put('other/secret', new Uint8Array(randomBytes(20_000)));
	return {world, providers, client};
};

const linked = (link: string): Share => {
	const parsed = parseShareLink(crypto, link);
	if (parsed.ok) return parsed.value;
	throw new NodeError(parsed.error);
};

/** Somebody who has the share and nothing else. */
const openedBy = (
	world: StorageWorld,
	share: Share,
	sealedRecord: Uint8Array = new Uint8Array(0),
): Promise<OpenedShare> => {
	const seed = bearerSeed(share.secret);
	const verificationKey = crypto.ed25519VerificationKey(seed);
	const bearer: Party = {seed, verificationKey, account: crypto.blake2b224(verificationKey)};
	return openShare(clientPorts(world, bearer), {share, sealedRecord}, {hedgeMs: 10_000});
};

const bytesOf = async (opened: OpenedShare, name: string): Promise<Uint8Array | undefined> => {
	const sink = memorySink();
	await opened.get(name, {sink});
	return sink.result;
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

test('a link opens one object for whoever has it, and nothing else', async t => {
	const {world, providers, client} = await start();
	const {link, objects, channels} = await client.shares.create({bucket: 'photos', name: 'docs/large'});
	t.deepEqual([objects, channels], [1, 0]);
	const opened = await openedBy(world, linked(link));
	t.like(opened, {bucketName: 'photos', name: 'docs/large', isFolder: false});
	t.deepEqual(await bytesOf(opened, 'docs/large'), large);
	t.is(await codeOf(bytesOf(opened, 'other/secret')), 'OBJECT_UNKNOWN');
	opened.close();
	await client.close();
	await world.stop(providers);
});

test('objects that were written together are shared one by one: no link opens their neighbours', async t => {
	const {world, providers, client} = await start();
	const objects = ['a', 'b', 'c'].map(name => ({
		name: `small/${name}`,
		bytes: new Uint8Array(randomBytes(20_000)),
	}));
	const put = await client.buckets.putMany('photos', objects);
	t.true(put.every(({entry}) => entry.kind === 'object' && entry.content.kind === 'packed'));
	const one = await client.shares.create({bucket: 'photos', name: 'small/b'});
	const opened = await openedBy(world, linked(one.link));
	t.deepEqual(await bytesOf(opened, 'small/b'), objects[1]?.bytes);
	t.is(await codeOf(bytesOf(opened, 'small/a')), 'OBJECT_UNKNOWN');
	opened.close();
	const all = await client.shares.create({bucket: 'photos', name: 'small/'});
	t.is(all.objects, 3);
	const folder = await openedBy(world, linked(all.link));
	for (const {name, bytes} of objects) t.deepEqual(await bytesOf(folder, name), bytes);
	folder.close();
	await client.close();
	await world.stop(providers);
});

test('a link to a folder opens what is in it, and a folder of it can be passed on in a file', async t => {
	const {world, providers, client} = await start();
	const {link, objects} = await client.shares.create({bucket: 'photos', name: 'docs/'});
	t.is(objects, 2);
	const opened = await openedBy(world, linked(link));
	t.deepEqual(
		opened.objects.map(({name}) => name),
		['docs/2026/note', 'docs/large'],
	);
	t.deepEqual(await bytesOf(opened, 'docs/large'), large);
	t.deepEqual(await bytesOf(opened, 'docs/2026/note'), encodeUtf8('a note'));

	const one = opened.narrow({name: 'docs/large', notAfter: Slot(300)});
	t.is(one.share.chain.links.length, 1);
	const passed = await openedBy(world, one.share, one.sealedRecord);
	t.deepEqual(await bytesOf(passed, 'docs/large'), large);
	t.is(passed.terms.notAfter, Slot(300));
	const folder = opened.narrow({name: 'docs/2026/'});
	const below = await openedBy(world, folder.share, folder.sealedRecord);
	t.deepEqual(
		below.objects.map(({name}) => name),
		['docs/2026/note'],
	);
	t.throws(() => opened.narrow({name: 'docs/large', notAfter: Slot(1_000_000)}), {
		message: /less than it is/,
	});
	t.throws(() => below.narrow({name: 'docs/large'}), {message: /no docs\/large in the share/});
	const further = passed.narrow({name: 'docs/large', sizeMax: 200_000});
	const last = await openedBy(world, further.share, further.sealedRecord);
	t.deepEqual(await bytesOf(last, 'docs/large'), large);
	for (const each of [opened, passed, below, last]) each.close();
	await client.close();
	await world.stop(providers);
});

test('a share for short objects has those and its own record, and none opens what is over or too long', async t => {
	const {world, providers, client} = await start();
	const {link, objects} = await client.shares.create({bucket: 'photos', name: 'docs/', sizeMax: 10});
	t.is(objects, 1);
	const opened = await openedBy(world, linked(link));
	t.deepEqual(await bytesOf(opened, 'docs/2026/note'), encodeUtf8('a note'));
	t.is(await codeOf(bytesOf(opened, 'docs/large')), 'OBJECT_UNKNOWN');
	const narrow = (options: Partial<NarrowOptions>) => async () =>
		opened.narrow({name: 'docs/2026/note', ...options});
	t.is(await codeOf(narrow({sizeMax: 5})()), 'SHARE_OBJECT_TOO_LONG');
	t.is(await codeOf(narrow({notAfter: Slot(0)})()), 'GRANT_EXPIRED');
	t.is(await codeOf(narrow({sizeMax: 6})()), 'none');
	const tooLong = client.shares.create({bucket: 'photos', name: 'docs/large', sizeMax: 1000});
	t.is(await codeOf(tooLong), 'SHARE_OBJECT_TOO_LONG');
	opened.close();
	await client.close();
	await world.stop(providers);
});

test('bytes in a share file that are not what it says they are do not come out', async t => {
	const {world, providers, client} = await start();
	const {link} = await client.shares.create({bucket: 'photos', name: 'docs/'});
	const opened = await openedBy(world, linked(link));
	const {share, sealedRecord} = opened.narrow({name: 'docs/2026/note'});
	const {aead} = clientPorts(world, bob).segments;
	const key = recordKey(share.secret);
	const record = openShareRecord(aead, key, sealedRecord);
	t.true(record.ok);
	if (!record.ok) return;
	const content = {kind: 'inline', bytes: encodeUtf8('a lie!')} as const;
	const objects = record.value.objects.map(object => ({...object, content}));
	const nonce = new Uint8Array(randomBytes(12));
	const resealed = sealShareRecord(aead, {key, nonce}, {...record.value, objects}) ?? sealedRecord;
	const passed = await openedBy(world, share, resealed);
	t.is(await codeOf(bytesOf(passed, 'docs/2026/note')), 'OBJECT_ENTRY_INCONSISTENT');
	for (const each of [opened, passed]) each.close();
	await client.close();
	await world.stop(providers);
});

test('shares are listed from the network, and one that was revoked opens nothing any more', async t => {
	const {world, providers, client} = await start();
	t.deepEqual(await client.shares.list(), []);
	const first = await client.shares.create({bucket: 'photos', name: 'docs/large'});
	const second = await client.shares.create({bucket: 'photos', name: ''});
	const opened = await openedBy(world, linked(first.link));
	await client.close();

	const elsewhere = await openClient(world, bob);
	const statuses = async () =>
		new Map((await elsewhere.shares.list()).map(({id, name, status}) => [toHex(id), [name, status]]));
	t.deepEqual((await statuses()).get(toHex(first.id)), ['docs/large', 'open']);
	t.deepEqual((await statuses()).get(toHex(second.id)), ['', 'open']);
	t.is(await codeOf(elsewhere.shares.revoke('ffffffffffff')), 'SHARE_UNKNOWN');
	t.is(await codeOf(elsewhere.shares.revoke('')), 'SHARE_UNKNOWN');
	await elsewhere.shares.revoke(toHex(first.id).slice(0, 12));
	t.deepEqual((await statuses()).get(toHex(first.id)), ['docs/large', 'revoked']);
	t.is(await codeOf(bytesOf(opened, 'docs/large')), 'DOWNLOAD_TOO_FEW_PIECES');
	t.is(await codeOf(openedBy(world, linked(first.link))), 'GRANT_REVOKED');
	(await openedBy(world, linked(second.link))).close();
	await elsewhere.shares.revokeAll();
	t.deepEqual((await statuses()).get(toHex(second.id)), ['', 'revoked']);
	t.is(await codeOf(openedBy(world, linked(second.link))), 'GRANT_REVOKED');
	const third = await elsewhere.shares.create({bucket: 'photos', name: 'docs/2026/note'});
	const again = await openedBy(world, linked(third.link));
	t.deepEqual(await bytesOf(again, 'docs/2026/note'), encodeUtf8('a note'));
	for (const each of [opened, again]) each.close();
	await elsewhere.close();
	await world.stop(providers);
});

test('a share that is over, of another network or of nothing is refused before anybody is asked', async t => {
	const {world, providers, client} = await start();
	t.is(await codeOf(client.shares.create({bucket: 'photos', name: 'nothing'})), 'OBJECT_UNKNOWN');
	t.is(await codeOf(client.shares.create({bucket: 'nowhere', name: ''})), 'BUCKET_UNKNOWN');
	t.is(await codeOf(client.shares.create({bucket: 'photos', name: 'a/'.repeat(16)})), 'SHARE_TOO_DEEP');
	const {share} = await client.shares.create({bucket: 'photos', name: 'docs/large', epochs: 2});
	const {link} = await client.shares.create({
		bucket: 'photos',
		name: 'docs/large',
		notBefore: Slot(world.nextSlot + 10_000),
		epochs: 1000,
	});
	t.is(await codeOf(openedBy(world, linked(link))), 'GRANT_NOT_YET_VALID');
	const foreign = linked(shareLink(crypto, {...share, genesisHash: hashOf('another network')}));
	t.is(await codeOf(openedBy(world, foreign)), 'SHARE_OF_ANOTHER_NETWORK');
	const stolen = {...share, secret: hashOf('another secret')};
	t.is(await codeOf(openedBy(world, stolen)), 'GRANT_AUDIENCE_WRONG');
	world.ledger.advanceTo(share.chain.root.body.terms.notAfter);
	t.is(await codeOf(openedBy(world, share)), 'GRANT_EXPIRED');
	await client.close();
	await world.stop(providers);
});

test('what a share may cost is put aside for each provider, and comes back when it is revoked', async t => {
	const {world, providers, client} = await start();
	const {id, share, channels} = await client.shares.create({
		bucket: 'photos',
		name: 'docs/large',
		cap: ada(2),
		epochs: 5,
	});
	t.is(channels, NAMES.length);
	const payerVk = crypto.ed25519VerificationKey(bearerSeed(share.secret));
	for (const opened of world.ledger.eventsOf('channel-opened')) t.is(opened.deposit, ada(2));
	t.true([...world.ledger.state.channels.values()].every(each => toHex(each.payerVk) === toHex(payerVk)));
	t.deepEqual(await client.shares.revoke(toHex(id)), {id, channels: NAMES.length});
	t.is(world.ledger.eventsOf('channel-closing').length, NAMES.length);
	await client.close();
	await world.stop(providers);
});

test('a stranger with the public part of a link gets nothing', async t => {
	const {world, providers, client} = await start();
	const {share} = await client.shares.create({bucket: 'photos', name: 'docs/large'});
	const thief = party('thief');
	const ports = clientPorts(world, thief);
	const opening = {share: {...share, secret: thief.seed}, sealedRecord: new Uint8Array(0)};
	t.is(await codeOf(openShare(ports, opening)), 'GRANT_AUDIENCE_WRONG');
	t.is(await codeOf(openShare(clientPorts(world, dave), {...opening, share})), 'PIECE_UNAVAILABLE');
	await client.close();
	await world.stop(providers);
});
