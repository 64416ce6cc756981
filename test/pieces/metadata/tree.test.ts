import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import type {ObjectEntry} from '#pieces/metadata/object-entry';
import type {ObjectWrite} from '#pieces/metadata/objects';
import {getObject, scanTree} from '#pieces/metadata/objects';
import {firstOf} from '#pieces/metadata/tree-key';
import {runWalk} from '#pieces/metadata/walk';
import {byName, good, MemoryBucket, newTree, put, remove} from './worlds.ts';

const names = fc.oneof(
	fc.nat(400).map(number => `photo/${number}`),
	fc.string({minLength: 1, maxLength: 12, unit: 'grapheme'}),
	fc.nat(20).map(number => `${'long'.repeat(255)}${number}`),
);
const texts = fc.oneof(
	fc.string({maxLength: 10}),
	fc.nat(4000).map(length => 'x'.repeat(length)),
);
const writes = fc.array(
	fc.oneof(
		{weight: 3, arbitrary: fc.record({name: names, text: texts})},
		{weight: 1, arbitrary: fc.record({name: names, text: fc.constant(undefined)})},
	),
	{maxLength: 120},
);

type Written = {readonly name: string; readonly text: string | undefined};
const asWrite = ({name, text}: Written): ObjectWrite => (text === undefined ? remove(name) : put(name, text));

const applyTo = (model: Map<string, string>, written: readonly Written[]): void => {
	for (const {name, text} of written)
		if (text === undefined) model.delete(name);
		else model.set(name, text);
};

const built = (model: ReadonlyMap<string, string>): MemoryBucket => {
	const bucket = new MemoryBucket();
	bucket.write([...model].map(([name, text]) => put(name, text)));
	return bucket;
};

test('a tree holds what a sorted map holds, and its nodes follow from its content alone', t => {
	fc.assert(
		fc.property(fc.array(writes, {minLength: 1, maxLength: 5}), batches => {
			const bucket = new MemoryBucket();
			const model = new Map<string, string>();
			for (const batch of batches) {
				bucket.write(batch.map(asWrite));
				applyTo(model, batch);
			}
			bucket.reopen();
			const listed = bucket.entries().map(({key}) => decodeUtf8(key.path));
			t.deepEqual(listed, [...model.keys()].sort(byName));
			const fresh = built(model);
			t.deepEqual(bucket.root, fresh.root);
			t.deepEqual([...bucket.nodes.keys()].sort(), [...fresh.nodes.keys()].sort());
		}),
		{numRuns: 40},
	);
});

test('a tree without its entries is no tree, and leaves no node behind', t => {
	const bucket = new MemoryBucket();
	const all = Array.from({length: 300}, (_, index) => `n${index}`);
	bucket.write(all.map(name => put(name, name)));
	t.true(bucket.nodes.size > 1);
	bucket.write(all.map(name => remove(name)));
	t.is(bucket.root, null);
	t.is(bucket.nodes.size, 0);
});

test('one of 10,000 objects is found with a few nodes, and changed with as many new ones', t => {
	const bucket = new MemoryBucket();
	bucket.write(Array.from({length: 10_000}, (_, index) => put(`folder/${index}`, `content ${index}`)));
	const total = bucket.nodes.size;
	t.true(total > 200 && total < 800, `${total} nodes`);
	let most = 0;
	for (const index of [0, 1, 77, 500, 4321, 9998, 9999]) {
		bucket.reopen();
		const found = good(bucket.run(getObject(bucket.tree, bucket.root, encodeUtf8(`folder/${index}`))));
		t.deepEqual(found?.entry, entryOf(index));
		t.true(bucket.asked <= 8, `${bucket.asked} nodes asked for`);
		const {nodes} = bucket.write([put(`folder/${index}`, 'changed'), put(`folder/${index}a`, 'new')]);
		most = Math.max(most, nodes.length);
	}
	t.true(most <= 12, `${most} new nodes`);
	bucket.reopen();
	t.is(bucket.entries().length, 10_007);
});

const entryOf = (index: number): ObjectEntry | undefined => {
	const written = put('any', `content ${index}`);
	return written.kind === 'put' ? written.entry : undefined;
};

test('large entries fill nodes up to their bound and no further', t => {
	const bucket = new MemoryBucket();
	bucket.write(
		Array.from({length: 200}, (_, index) => put(`${index}`.padStart(1000, 'k'), 'x'.repeat(4096))),
	);
	for (const bytes of bucket.nodes.values()) t.true(bytes.length <= 65_536 + 48);
	bucket.reopen();
	t.is(bucket.entries().length, 200);
});

test('a range of entries is read from its first to before its last', t => {
	const bucket = new MemoryBucket();
	bucket.write(Array.from({length: 100}, (_, index) => put(`${100 + index}`, '')));
	const range = {from: firstOf(encodeUtf8('120')), to: firstOf(encodeUtf8('130')), limit: 100};
	const found = good(bucket.run(scanTree(bucket.tree, bucket.root, range)));
	t.deepEqual(
		found.map(({key}) => decodeUtf8(key.path)),
		Array.from({length: 10}, (_, index) => `${120 + index}`),
	);
});

test('nodes of one bucket say nothing to another', t => {
	const bucket = new MemoryBucket();
	bucket.write([put('secret', 'content')]);
	const other = newTree(new Uint8Array(32));
	const found = runWalk(getObject(other, bucket.root, encodeUtf8('secret')), address =>
		bucket.nodes.get(toHex(address)),
	);
	t.deepEqual(found, {
		ok: false,
		error: {code: 'METADATA_NODE_SEAL_BROKEN', address: bucket.root as never},
	});
});
