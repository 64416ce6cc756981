import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {liveNodes} from '#pieces/metadata/live-nodes';
import {LOCATOR_BYTES_MAX, type Locator, openLocator, sealLocator} from '#pieces/metadata/locator';
import {locatorKeyOf} from '#pieces/metadata/metadata-keys';
import {ports} from '../ports.ts';
import {bucketId, good, MemoryBucket, metadataKey, put, some} from './worlds.ts';

const key = locatorKeyOf(metadataKey, bucketId);
const nonce = some('nonce', 12);
const locator: Locator = {
	version: 1,
	bucketName: 'photos',
	keepVersions: true,
	root: Hash32(some('root')),
	nodes: [some('one', 100), some('other', 3000)],
	packs: [{reference: some('manifest', 800), nodes: [{address: Hash32(some('a')), offset: 0, length: 5000}]}],
};
const sealed = sealLocator(ports.aead, {key, nonce}, locator);

test('a locator reads back as it was written, in whole leaves', t => {
	t.deepEqual(openLocator(ports.aead, key, sealed), {ok: true, value: locator});
	t.is(sealed.length % 1024, 0);
	const empty: Locator = {...locator, root: null, nodes: [], packs: []};
	const small = sealLocator(ports.aead, {key, nonce}, empty);
	t.is(small.length, 1024);
	t.deepEqual(openLocator(ports.aead, key, small), {ok: true, value: empty});
});

test('rejects a locator of another bucket, a newer one, and bytes that are none', t => {
	const other = locatorKeyOf(metadataKey, some('another bucket'));
	t.deepEqual(openLocator(ports.aead, other, sealed), {ok: false, error: {code: 'LOCATOR_SEAL_BROKEN'}});
	const newer = sealLocator(ports.aead, {key, nonce}, {...locator, version: 2});
	t.deepEqual(openLocator(ports.aead, key, newer), {
		ok: false,
		error: {code: 'LOCATOR_VERSION_UNKNOWN', version: 2},
	});
	const padded = sealed.slice();
	padded[padded.length - 1] = 1;
	const longer = new Uint8Array(sealed.length + 1024);
	longer.set(sealed);
	for (const piece of [new Uint8Array(0), new Uint8Array(31), padded, longer, sealed.slice(0, 2048)])
		t.like(openLocator(ports.aead, key, piece), {
			error: {code: 'LOCATOR_MALFORMED', length: piece.length},
		});
	t.like(openLocator(ports.aead, key, new Uint8Array(LOCATOR_BYTES_MAX + 1)), {
		error: {code: 'LOCATOR_MALFORMED'},
	});
});

test('random bytes and mutated locators never throw and never open', t => {
	const mutated = fc.tuple(fc.nat(sealed.length - 1), fc.integer({min: 1, max: 255})).map(([at, bit]) => {
		const piece = sealed.slice();
		piece[at] = (piece[at] as number) ^ bit;
		return piece;
	});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 100}), mutated), piece => {
			t.false(openLocator(ports.aead, key, piece).ok);
		}),
		{numRuns: 500},
	);
});

test('the live nodes of a tree are all that it has, and no leaf is asked for', t => {
	const bucket = new MemoryBucket();
	t.deepEqual(good(bucket.run(liveNodes(bucket.tree, null))), []);
	bucket.write(Array.from({length: 2000}, (_, index) => put(`${index}`, 'x')));
	bucket.reopen();
	const live = good(bucket.run(liveNodes(bucket.tree, bucket.root)));
	t.deepEqual(live.map(toHex).sort(), [...bucket.nodes.keys()].sort());
	t.true(bucket.asked < 12, `${bucket.asked} nodes`);
});
