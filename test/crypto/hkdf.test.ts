import {hkdfSync} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {hkdfSha256} from '#crypto/hkdf';
import {AssertionError} from '#kernel/assert';
import {fromHex, toHex} from '#kernel/bytes';

const nothing = new Uint8Array(0);

test('derives the keys of RFC 5869, appendices A.1 and A.3', t => {
	const ikm = fromHex('0b'.repeat(22));
	t.is(
		toHex(hkdfSha256(ikm, fromHex('000102030405060708090a0b0c'), fromHex('f0f1f2f3f4f5f6f7f8f9'), 42)),
		'3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
	);
	t.is(
		toHex(hkdfSha256(ikm, nothing, nothing, 42)),
		'8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
	);
});

test('agrees with OpenSSL', t => {
	const bytes = fc.uint8Array({maxLength: 80});
	fc.assert(
		fc.property(bytes, bytes, bytes, fc.integer({min: 1, max: 300}), (ikm, salt, info, length) => {
			t.deepEqual(
				hkdfSha256(ikm, salt, info, length),
				new Uint8Array(hkdfSync('sha256', ikm, salt, info, length)),
			);
		}),
	);
});

test('a length that HKDF cannot give is a bug', t => {
	t.throws(() => hkdfSha256(nothing, nothing, nothing, 8161), {instanceOf: AssertionError});
	t.throws(() => hkdfSha256(nothing, nothing, nothing, 0), {instanceOf: AssertionError});
});
