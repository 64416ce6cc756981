import test from 'ava';
import fc from 'fast-check';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {listObjects, listVersions} from '#pieces/metadata/list-objects';
import {getObject} from '#pieces/metadata/objects';
import {versionId} from '#pieces/metadata/tree-key';
import {byName, good, MemoryBucket, put, remove} from './worlds.ts';

const bucketOf = (names: readonly string[]): MemoryBucket => {
	const bucket = new MemoryBucket();
	bucket.write(names.map(name => put(name, name)));
	return bucket;
};

type Query = {
	readonly prefix?: string;
	readonly delimiter?: string;
	readonly startAfter?: string;
	readonly limit: number;
};
type Page = {readonly names: string[]; readonly groups: string[]; readonly next: Uint8Array | null};

const page = (
	bucket: MemoryBucket,
	{prefix, delimiter, startAfter, limit}: Query,
	from?: Uint8Array,
): Page => {
	const options = {
		limit,
		...(prefix !== undefined && {prefix: encodeUtf8(prefix)}),
		...(delimiter !== undefined && {delimiter: encodeUtf8(delimiter)}),
		...(startAfter !== undefined && {startAfter: encodeUtf8(startAfter)}),
		...(from !== undefined && {from}),
	};
	const {objects, commonPrefixes, next} = good(bucket.run(listObjects(bucket.tree, bucket.root, options)));
	return {
		names: objects.map(({path}) => decodeUtf8(path) as string),
		groups: commonPrefixes.map(group => decodeUtf8(group) as string),
		next,
	};
};

const pages = (bucket: MemoryBucket, query: Query): Omit<Page, 'next'> => {
	const all: {names: string[]; groups: string[]} = {names: [], groups: []};
	for (let from: Uint8Array | undefined; ; ) {
		const {names, groups, next} = page(bucket, query, from);
		all.names.push(...names);
		all.groups.push(...groups);
		if (next === null) return all;
		if (names.length + groups.length !== query.limit) throw new Error('a page that goes on is not full');
		from = next;
	}
};

/** What S3 would answer, over a plain list. */
const expected = (
	names: readonly string[],
	{prefix = '', delimiter, startAfter}: Query,
): Omit<Page, 'next'> => {
	const sorted = [...new Set(names)]
		.filter(name => name.startsWith(prefix) && (startAfter === undefined || byName(name, startAfter) > 0))
		.sort(byName);
	const groupOf = (name: string): string | undefined => {
		const at = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length);
		return at === -1 ? undefined : name.slice(0, at + (delimiter as string).length);
	};
	return {
		names: sorted.filter(name => groupOf(name) === undefined),
		groups: [...new Set(sorted.flatMap(name => groupOf(name) ?? []))],
	};
};

test('lists what is in a folder and the folders in it', t => {
	const bucket = bucketOf(['a/1', 'a/2', 'a/b/3', 'a/c/4', 'a/c/5', 'b', 'a', 'é/6']);
	t.deepEqual(page(bucket, {prefix: 'a/', delimiter: '/', limit: 100}), {
		names: ['a/1', 'a/2'],
		groups: ['a/b/', 'a/c/'],
		next: null,
	});
	t.deepEqual(page(bucket, {delimiter: '/', limit: 100}), {
		names: ['a', 'b'],
		groups: ['a/', 'é/'],
		next: null,
	});
});

test('lists as S3 does, in pages of any size', t => {
	const part = fc.constantFrom('a', 'b', '/', '//', 'ab', 'ü', '\u{1f600}', '0');
	const name = fc.array(part, {minLength: 1, maxLength: 5}).map(parts => parts.join(''));
	const query = fc.record(
		{
			prefix: fc.oneof(fc.constant(''), name),
			delimiter: fc.constantFrom('/', 'a', 'ab', '//'),
			startAfter: name,
			limit: fc.integer({min: 1, max: 7}),
		},
		{requiredKeys: ['limit']},
	);
	fc.assert(
		fc.property(fc.array(name, {maxLength: 40}), query, (names, asked) => {
			t.deepEqual(pages(bucketOf(names), asked), expected(names, asked));
		}),
		{numRuns: 150},
	);
});

test('a group of which everything is deleted is not listed', t => {
	const bucket = new MemoryBucket();
	bucket.write([put('x/1', 'one'), put('x/2', 'two'), put('y/1', 'three')], true);
	bucket.write([remove('x/1', 2), remove('x/2', 2)], true);
	t.deepEqual(page(bucket, {delimiter: '/', limit: 10}), {names: [], groups: ['y/'], next: null});
	t.deepEqual(page(bucket, {limit: 10}), {names: ['y/1'], groups: [], next: null});
});

test('versions are listed from the newest on, and each can be read', t => {
	const bucket = new MemoryBucket();
	const name = encodeUtf8('doc');
	for (const version of [1, 2, 3]) bucket.write([put('doc', `text ${version}`, version)], true);
	bucket.write([remove('doc', 4), put('other', 'x', 4)], true);
	const get = (version?: number) =>
		good(
			bucket.run(
				getObject(
					bucket.tree,
					bucket.root,
					name,
					version === undefined ? undefined : versionId(version, new Uint8Array(8)),
				),
			),
		);
	t.is(get(), undefined);
	t.is(get(4)?.entry.kind, 'delete-marker');
	t.is(get(2)?.entry.kind === 'object' && get(2)?.entry.kind, 'object');
	t.is(get(9), undefined);
	const first = good(bucket.run(listVersions(bucket.tree, bucket.root, {limit: 3})));
	t.deepEqual(
		first.versions.map(({version}) => version[7]),
		[4, 3, 2],
	);
	const rest = good(
		bucket.run(listVersions(bucket.tree, bucket.root, {limit: 3, ...(first.next && {from: first.next})})),
	);
	t.deepEqual(
		rest.versions.map(({path, version}) => [decodeUtf8(path), version[7]]),
		[
			['doc', 1],
			['other', 4],
		],
	);
	t.is(rest.next, null);
	const forget = {kind: 'forget', path: name, version: versionId(4, new Uint8Array(8))} as const;
	bucket.write([forget], true);
	t.is(get()?.version[7], 3);
});

test('without versions a write takes the place of all there were', t => {
	const bucket = new MemoryBucket();
	bucket.write([put('doc', 'one', 1)], true);
	bucket.write([put('doc', 'two', 2)], true);
	bucket.write([put('doc', 'three', 3), put('doc', 'four', 4)]);
	t.is(bucket.entries().length, 1);
	bucket.write([put('doc', 'five', 5), remove('doc', 6)]);
	t.is(bucket.root, null);
});

test('rejects a limit that is none', t => {
	const bucket = bucketOf(['a']);
	for (const limit of [0, -1, 1.5, 10_001])
		t.deepEqual(bucket.run(listObjects(bucket.tree, bucket.root, {limit})), {
			ok: false,
			error: {code: 'LIST_LIMIT_BAD', limit, limitMax: 10_000},
		});
});
