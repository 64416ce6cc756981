import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {signForAccount} from '#access/account-signature';
import {placementMessage, placementRoot} from '#access/placement';
import {bearerSeed, parseShareLink, recordKey, type Share, shareLink} from '#access/share';
import {
	openShareFile,
	readShareFile,
	SHARE_FILE_LENGTH_MAX,
	type SharedFile,
	sealedShareFile,
} from '#access/share-file';
import {openShareRecord, SHARE_RECORD_VERSION, type ShareRecord, sealShareRecord} from '#access/share-record';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {createAead} from '#node/adapters/aead';
import {createKeyAgreement} from '#node/adapters/key-agreement';
import {crypto} from '../support/crypto.ts';
import {hashOf} from '../support/ledger-chain.ts';
import {bucket, genesisHash, holder, owner, passed, rootOf} from './grants.ts';

const aead = createAead();
const ports = {aead, agreement: createKeyAgreement(), crypto, hasher: crypto};
const secret = hashOf('secret');
const pieceId = hashOf('record');
const place = {scope: {bucket, path: []}, root: placementRoot(crypto, [pieceId])};
const share: Share = {
	genesisHash,
	chain: passed(rootOf()),
	record: {
		pieceId,
		placement: {
			...place,
			signature: signForAccount(crypto, owner.seed, placementMessage(crypto, genesisHash, place)),
		},
	},
	secret,
};
const link = shareLink(crypto, share);

const record: ShareRecord = {
	version: SHARE_RECORD_VERSION,
	bucketName: 'photos',
	name: encodeUtf8('docs/'),
	isFolder: true,
	pathKey: hashOf('path key'),
	objects: [
		{
			name: encodeUtf8('docs/a'),
			size: 3,
			sha256: hashOf('content'),
			contentType: 'text/plain',
			modifiedMs: 5,
			content: {kind: 'inline', bytes: Uint8Array.of(1, 2, 3)},
		},
		{
			name: encodeUtf8('docs/b'),
			size: 9000,
			sha256: hashOf('more'),
			contentType: null,
			modifiedMs: 6,
			content: {kind: 'stored', manifest: Uint8Array.of(9), placement: Uint8Array.of(8)},
		},
	],
};

const nonce = (): Uint8Array => new Uint8Array(randomBytes(12));
const sealed = sealShareRecord(aead, {key: recordKey(secret), nonce: nonce()}, record) ?? new Uint8Array(0);
const file: SharedFile = {share: {...share, record: null}, sealedRecord: sealed};

test('a link says all of a share, its secret only behind the hash sign', t => {
	t.deepEqual(parseShareLink(crypto, link), {ok: true, value: share});
	t.true(link.startsWith('dcloud://share/'));
	const [open = ''] = link.split('#');
	t.false(open.includes(Buffer.from(secret).toString('base64url').slice(0, 20)));
	t.notDeepEqual(toHex(bearerSeed(secret)), toHex(secret));
});

test('a link in which any sign was changed is refused with a code', t => {
	const digits = 'ABCxyz019-_';
	const start = 'dcloud://share/'.length;
	const codes = new Set<string>();
	fc.assert(
		fc.property(
			fc.integer({min: start, max: link.length - 1}),
			fc.constantFrom(...digits, '#', '%', 'é'),
			(at, digit) => {
				if (link[at] === digit) return;
				const parsed = parseShareLink(crypto, link.slice(0, at) + digit + link.slice(at + 1));
				t.false(parsed.ok);
				if (!parsed.ok) codes.add(parsed.error.code);
			},
		),
		{numRuns: 400},
	);
	t.deepEqual([...codes].sort(), ['SHARE_LINK_ALTERED', 'SHARE_LINK_MALFORMED']);
});

test('a link without its secret, cut short or of something else is no link', t => {
	const error = {code: 'SHARE_LINK_MALFORMED'} as const;
	const [open = '', fragment = ''] = link.split('#');
	for (const text of [
		'',
		open,
		`${open}#`,
		`#${fragment}`,
		'dcloud://share/#',
		link.slice(0, -1),
		'https://x',
	])
		t.deepEqual(parseShareLink(crypto, text), {ok: false, error}, text);
	fc.assert(
		fc.property(fc.string(), text => {
			t.false(parseShareLink(crypto, `dcloud://share/${text}`).ok);
		}),
	);
});

test('a file for everybody and a file for one key open as what they were made of', t => {
	t.deepEqual(readShareFile(ports, undefined, openShareFile(crypto, file)), {ok: true, value: file});
	const recipientVk = holder(3).verificationKey;
	const ephemeralSeed = new Uint8Array(randomBytes(32));
	const text = sealedShareFile(ports, {recipientVk, ephemeralSeed}, file) ?? '';
	t.deepEqual(readShareFile(ports, holder(3).seed, text), {ok: true, value: file});
	const refused = {ok: false, error: {code: 'SHARE_FILE_OF_ANOTHER_KEY', recipientVk}} as const;
	t.deepEqual(readShareFile(ports, holder(4).seed, text), refused);
	t.deepEqual(readShareFile(ports, undefined, text), refused);
	t.false(text.includes(Buffer.from(secret).toString('base64url').slice(2, 30)));
});

test('a share file that was altered anywhere is refused with a code', t => {
	const recipientVk = holder(3).verificationKey;
	const texts = [
		openShareFile(crypto, file),
		sealedShareFile(ports, {recipientVk, ephemeralSeed: hashOf('ephemeral')}, file) ?? '',
	];
	const codes = new Set<string>();
	for (const text of texts)
		fc.assert(
			fc.property(fc.nat(text.length - 2), fc.constantFrom(...'AZaz09-_!'), (at, digit) => {
				if (text[at] === digit) return;
				const read = readShareFile(ports, holder(3).seed, text.slice(0, at) + digit + text.slice(at + 1));
				t.false(read.ok);
				if (!read.ok) codes.add(read.error.code);
			}),
			{numRuns: 300},
		);
	t.true(codes.has('SHARE_FILE_ALTERED') && codes.has('SHARE_FILE_MALFORMED'));
	t.like(readShareFile(ports, undefined, 'dcloud-share-file-1:'), {error: {code: 'SHARE_FILE_MALFORMED'}});
	t.true(SHARE_FILE_LENGTH_MAX > 2 ** 24);
});

test('a record opens with its key only, and only as it was sealed', t => {
	t.is(sealed.length % 1024, 0);
	t.deepEqual(openShareRecord(aead, recordKey(secret), sealed), {ok: true, value: record});
	t.deepEqual(openShareRecord(aead, recordKey(hashOf('other')), sealed), {
		ok: false,
		error: {code: 'SHARE_RECORD_SEAL_BROKEN'},
	});
	fc.assert(
		fc.property(fc.nat(sealed.length - 1), fc.integer({min: 1, max: 255}), (at, change) => {
			const altered = sealed.slice();
			altered[at] = (altered[at] as number) ^ change;
			t.false(openShareRecord(aead, recordKey(secret), altered).ok);
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 2000}), bytes => {
			t.false(openShareRecord(aead, recordKey(secret), bytes).ok);
		}),
		{examples: [[new Uint8Array(0)], [new Uint8Array(1024)]]},
	);
	const later = sealShareRecord(
		aead,
		{key: recordKey(secret), nonce: nonce()},
		{...record, version: SHARE_RECORD_VERSION + 1},
	);
	t.deepEqual(openShareRecord(aead, recordKey(secret), later ?? sealed), {
		ok: false,
		error: {code: 'SHARE_RECORD_VERSION_UNKNOWN', version: SHARE_RECORD_VERSION + 1},
	});
});

test('a record that names a folder of the reader, or is longer than it says, is no record', t => {
	const opened = (change: Partial<ShareRecord>) => {
		const key = recordKey(secret);
		const altered = sealShareRecord(aead, {key, nonce: nonce()}, {...record, ...change});
		return openShareRecord(aead, key, altered ?? new Uint8Array(0));
	};
	const inconsistent = {ok: false, error: {code: 'SHARE_RECORD_INCONSISTENT'}} as const;
	for (const bucketName of ['../../etc', '/root', '..', '', 'a/b'])
		t.deepEqual(opened({bucketName}), inconsistent as ReturnType<typeof opened>);
	const longer = record.objects.map(object => ({...object, size: object.size + 1}));
	t.deepEqual(opened({objects: longer}), inconsistent as ReturnType<typeof opened>);
	t.true(opened({bucketName: 'dcloud.shares'}).ok);
});
