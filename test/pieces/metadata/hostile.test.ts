import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {parseBucketName} from '#pieces/metadata/bucket-name';
import {bucketIdOf, metadataKeyOf} from '#pieces/metadata/metadata-keys';
import {decodeObjectEntry, encodeObjectEntry, type ObjectEntry} from '#pieces/metadata/object-entry';
import {checkObjectName, parseObjectName} from '#pieces/metadata/object-name';
import {getObject, writeObjects} from '#pieces/metadata/objects';
import {openNode, SEALED_NODE_BYTES_MAX, sealNode} from '#pieces/metadata/sealed-node';
import {versionId} from '#pieces/metadata/tree-key';
import {decodeTreeNode, encodeTreeNode, type TreeNode} from '#pieces/metadata/tree-node';
import {runWalk} from '#pieces/metadata/walk';
import {ports} from '../ports.ts';
import {inline, MemoryBucket, metadataKey, newTree, put, some} from './worlds.ts';

const {crypto, keys} = newTree();
const entries: readonly ObjectEntry[] = [
	inline('hello'),
	inline(''),
	{kind: 'delete-marker', modifiedMs: 7},
	{
		kind: 'object',
		size: 2 ** 40,
		sha256: some('sha'),
		contentType: 'image/png',
		modifiedMs: 9,
		content: {kind: 'stored', depth: 1, reference: some('reference', 800)},
	},
	{
		kind: 'object',
		size: 5000,
		sha256: some('sha'),
		contentType: null,
		modifiedMs: 9,
		content: {kind: 'packed', pack: Hash32(some('pack')), offset: 70_000},
	},
];
const item = (name: string, index = 1) => ({
	key: {space: 'objects' as const, path: encodeUtf8(name), version: versionId(index, new Uint8Array(8))},
	value: encodeObjectEntry(inline(name)),
});
const node: TreeNode = {level: 0, items: [item('a'), item('b', 2), item('b', 1)]};

test('entries and nodes read back as they were written', t => {
	for (const entry of entries)
		t.deepEqual(decodeObjectEntry(encodeObjectEntry(entry)), {ok: true, value: entry});
	t.deepEqual(decodeTreeNode(encodeTreeNode(node)), {ok: true, value: node});
	t.deepEqual(openNode(crypto, keys, sealNode(crypto, keys, node)), {ok: true, value: node});
});

test('equal content gives equal bytes, and any other content another key', t => {
	const [one, again] = [sealNode(crypto, keys, node), sealNode(crypto, keys, node)];
	t.deepEqual(one, again);
	const other = sealNode(crypto, keys, {...node, items: node.items.slice(1)});
	t.notDeepEqual(one.bytes.subarray(0, 32), other.bytes.subarray(0, 32));
	const text = toHex(one.bytes);
	t.false(text.includes(toHex(encodeUtf8('objects'))));
});

test('rejects bytes that are not the node of the address', t => {
	const {address, bytes} = sealNode(crypto, keys, node);
	const changed = bytes.slice();
	changed[40] = (changed[40] as number) ^ 1;
	t.deepEqual(openNode(crypto, keys, {address, bytes: changed}), {
		ok: false,
		error: {code: 'METADATA_NODE_WRONG', address},
	});
	const itsAddress = ports.hasher.blake2b256(changed);
	t.deepEqual(openNode(crypto, keys, {address: itsAddress, bytes: changed}), {
		ok: false,
		error: {code: 'METADATA_NODE_SEAL_BROKEN', address: itsAddress},
	});
	const short = new Uint8Array(47);
	const shortAddress = ports.hasher.blake2b256(short);
	t.deepEqual(openNode(crypto, keys, {address: shortAddress, bytes: short}), {
		ok: false,
		error: {code: 'METADATA_NODE_SEAL_BROKEN', address: shortAddress},
	});
	const length = SEALED_NODE_BYTES_MAX + 1;
	t.deepEqual(openNode(crypto, keys, {address, bytes: new Uint8Array(length)}), {
		ok: false,
		error: {code: 'METADATA_NODE_TOO_LONG', length},
	});
});

test('rejects nodes that contradict themselves', t => {
	const cases: readonly [TreeNode, string][] = [
		[{level: 0, items: []}, 'empty'],
		[{level: 0, items: [item('b'), item('a')]}, 'order'],
		[{level: 0, items: [item('a'), item('a')]}, 'order'],
		[{level: 1, items: [item('a')]}, 'address'],
		[
			{
				level: 0,
				items: Array.from({length: 9}, (_, index) => ({
					...item(`${index}`),
					value: new Uint8Array(9000),
				})),
			},
			'size',
		],
	];
	for (const [bad, problem] of cases)
		t.deepEqual(decodeTreeNode(encodeTreeNode(bad)), {
			ok: false,
			error: {code: 'METADATA_NODE_INCONSISTENT', problem} as never,
		});
});

test('rejects a tree whose nodes do not fit each other, or are not there', t => {
	const bucket = new MemoryBucket();
	const leaf = sealNode(crypto, keys, {level: 0, items: [item('a')]});
	const get = (above: TreeNode) => {
		const root = sealNode(crypto, keys, above);
		const nodes = new Map([leaf, root].map(({address, bytes}) => [toHex(address), bytes]));
		return runWalk(getObject(newTree(), root.address, encodeUtf8('a')), address => nodes.get(toHex(address)));
	};
	const above = (level: number, last: string): TreeNode => ({
		level,
		items: [{key: item(last).key, value: leaf.address}],
	});
	t.true(get(above(1, 'a')).ok);
	t.deepEqual(get(above(2, 'a')), {
		ok: false,
		error: {code: 'METADATA_NODE_INCONSISTENT', problem: 'level'},
	});
	t.deepEqual(get(above(1, 'b')), {
		ok: false,
		error: {code: 'METADATA_NODE_INCONSISTENT', problem: 'range'},
	});
	bucket.write([put('a', 'b')]);
	bucket.nodes.clear();
	bucket.reopen();
	t.deepEqual(bucket.run(getObject(bucket.tree, bucket.root, encodeUtf8('a'))), {
		ok: false,
		error: {code: 'METADATA_NODE_MISSING', address: bucket.root as Hash32},
	});
});

test('rejects an entry whose bytes are not as many as it says', t => {
	const entry = {...inline('hello'), size: 4} as ObjectEntry;
	t.deepEqual(decodeObjectEntry(encodeObjectEntry(entry)), {
		ok: false,
		error: {code: 'OBJECT_ENTRY_INCONSISTENT', size: 4, length: 5},
	});
	t.deepEqual(decodeObjectEntry(new Uint8Array(9217)), {
		ok: false,
		error: {code: 'OBJECT_ENTRY_TOO_LONG', length: 9217},
	});
	const bucket = new MemoryBucket();
	const write = {...put('a', ''), entry} as ReturnType<typeof put>;
	t.deepEqual(bucket.run(writeObjects(bucket.tree, null, [write], {keepVersions: false})), {
		ok: false,
		error: {code: 'OBJECT_ENTRY_INCONSISTENT', size: 4, length: 5},
	});
});

test('names are 1 to 1,024 bytes of UTF-8, as they are given', t => {
	const longest = 'é'.repeat(512);
	t.deepEqual(parseObjectName(longest), {ok: true, value: encodeUtf8(longest)});
	t.deepEqual(parseObjectName(`${longest}a`), {
		ok: false,
		error: {code: 'OBJECT_NAME_TOO_LONG', length: 1025, lengthMax: 1024},
	});
	t.deepEqual(parseObjectName(''), {ok: false, error: {code: 'OBJECT_NAME_EMPTY'}});
	t.deepEqual(parseObjectName('a\ud800'), {ok: false, error: {code: 'OBJECT_NAME_NOT_UTF8'}});
	t.deepEqual(checkObjectName(Uint8Array.of(0xff)), {ok: false, error: {code: 'OBJECT_NAME_NOT_UTF8'}});
	const [composed, apart] = [parseObjectName('\u00e9'), parseObjectName('e\u0301')];
	t.notDeepEqual(composed, apart);
	const bucket = new MemoryBucket();
	t.deepEqual(bucket.run(getObject(bucket.tree, null, new Uint8Array(0))), {
		ok: false,
		error: {code: 'OBJECT_NAME_EMPTY'},
	});
});

test('names of buckets are as in S3, and their ids tell nothing', t => {
	for (const name of ['abc', 'my-bucket', 'a.b.c', 'x'.repeat(63)])
		t.deepEqual(parseBucketName(name), {ok: true, value: name});
	for (const name of ['', 'ab', 'Abc', '-abc', 'abc-', 'a..b', 'abc.', 'x'.repeat(64), 'a b', 'a\n'])
		t.deepEqual(parseBucketName(name), {ok: false, error: {code: 'BUCKET_NAME_BAD', name}});
	const other = metadataKeyOf(some('another account'));
	t.notDeepEqual(bucketIdOf(ports.hasher, metadataKey, 'photos'), bucketIdOf(ports.hasher, other, 'photos'));
});

test('random bytes and mutated nodes and entries never throw, and what decodes encodes to the same bytes', t => {
	const valid = [encodeTreeNode(node), ...entries.map(encodeObjectEntry)];
	const mutated = fc
		.tuple(fc.constantFrom(...valid), fc.nat(), fc.integer({min: 0, max: 255}), fc.boolean())
		.map(([bytes, at, byte, cut]) => {
			const changed = bytes.slice(0, cut ? at % bytes.length : bytes.length);
			if (changed.length > 0) changed[at % changed.length] = byte;
			return changed;
		});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 200}), mutated), bytes => {
			const asNode = decodeTreeNode(bytes);
			if (asNode.ok) t.deepEqual(encodeTreeNode(asNode.value), bytes);
			const asEntry = decodeObjectEntry(bytes);
			if (asEntry.ok) t.deepEqual(encodeObjectEntry(asEntry.value), bytes);
			t.false(openNode(crypto, keys, {address: ports.hasher.blake2b256(bytes), bytes}).ok);
		}),
		{numRuns: 1500},
	);
});
