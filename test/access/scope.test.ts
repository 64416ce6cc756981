import test from 'ava';
import fc from 'fast-check';
import {
	bucketPathKey,
	folderTags,
	isWithinScope,
	objectTags,
	PATH_TAGS_MAX,
	type Scope,
	WHOLE_ACCOUNT,
} from '#access/scope';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../support/crypto.ts';
import {hashOf} from '../support/ledger-chain.ts';

const bucket = hashOf('bucket');
const key = bucketPathKey(hashOf('metadata key'), bucket);
const object = (name: string): Scope => ({bucket, path: objectTags(crypto, key, encodeUtf8(name))});
const folder = (name: string): Scope => ({
	bucket,
	path: folderTags(crypto, key, encodeUtf8(name))?.tags ?? [],
});

test('a folder has in it what its name begins, and nothing else', t => {
	t.true(isWithinScope(object('docs/a.txt'), folder('docs/')));
	t.true(isWithinScope(object('docs/2026/a.txt'), folder('docs/')));
	t.true(isWithinScope(folder('docs/2026/'), folder('docs/')));
	t.true(isWithinScope(object('anything'), folder('')));
	t.true(isWithinScope(object('docs/a.txt'), WHOLE_ACCOUNT));
	t.false(isWithinScope(object('docs'), folder('docs/')));
	t.false(isWithinScope(object('docsa.txt'), folder('docs/')));
	t.false(isWithinScope(folder(''), folder('docs/')));
	t.false(isWithinScope(folder('docs/'), object('docs')));
	t.false(isWithinScope(object('docs/a.txt/b'), object('docs/a.txt')));
	t.false(isWithinScope(WHOLE_ACCOUNT, folder('')));
	t.false(isWithinScope({...object('docs/a.txt'), bucket: hashOf('other')}, folder('docs/')));
});

test('tags tell nothing of a name to those without its key', t => {
	const other = bucketPathKey(hashOf('metadata key'), hashOf('other'));
	const [own] = objectTags(crypto, key, encodeUtf8('a'));
	const [foreign] = objectTags(crypto, other, encodeUtf8('a'));
	t.notDeepEqual(own, foreign);
	t.is(own?.length, 16);
});

test('the key of a folder gives the tags of what is in it, and no others', t => {
	const names = fc.string({unit: fc.constantFrom('a', 'b', '/', 'é'), maxLength: 30});
	fc.assert(
		fc.property(names, names, (parent, rest) => {
			const prefix = encodeUtf8(`${parent}/`);
			const found = folderTags(crypto, key, prefix);
			const whole = encodeUtf8(`${parent}/${rest}`);
			const levels = whole.filter(byte => byte === 0x2f).length;
			if (found === undefined || levels >= PATH_TAGS_MAX) return;
			const below = objectTags(crypto, found.key, encodeUtf8(rest));
			t.deepEqual([...found.tags, ...below].map(toHex), objectTags(crypto, key, whole).map(toHex));
		}),
	);
});

test('different names have different tags, however deep they are', t => {
	const names = fc.string({unit: fc.constantFrom('a', '/'), minLength: 1, maxLength: 40});
	const tags = (name: string): string => objectTags(crypto, key, encodeUtf8(name)).map(toHex).join();
	fc.assert(
		fc.property(names, names, (one, two) => {
			t.is(tags(one) === tags(two), one === two);
			t.true(objectTags(crypto, key, encodeUtf8(one)).length <= PATH_TAGS_MAX);
		}),
	);
	t.is(folderTags(crypto, key, encodeUtf8('a/'.repeat(16))), undefined);
	t.is(folderTags(crypto, key, encodeUtf8('a/'.repeat(15)))?.tags.length, 15);
});
