import {blake2b} from '@noble/hashes/blake2.js';
import test from 'ava';
import fc from 'fast-check';
import {concat, toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../support/crypto.ts';

test('hashes known texts to known hashes', t => {
	t.is(
		toHex(crypto.blake2b256(encodeUtf8('abc'))),
		'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319',
	);
	t.is(toHex(crypto.blake2b256()), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8');
	t.is(
		toHex(crypto.blake2b224(new Uint8Array(0))),
		'836cc68931c2e4e3e838602eca1902591d216837bafddfe6f0c8cb07',
	);
});

test('hashes the concatenation of its parts, of any number and size', t => {
	const parts = fc.array(fc.uint8Array({maxLength: 3000}), {maxLength: 6});
	fc.assert(
		fc.property(parts, parts => {
			t.deepEqual<Uint8Array, Uint8Array>(
				crypto.blake2b256(...parts),
				blake2b(concat(...parts), {dkLen: 32}),
			);
			t.deepEqual<Uint8Array, Uint8Array>(
				crypto.blake2b224(...parts),
				blake2b(concat(...parts), {dkLen: 28}),
			);
		}),
	);
});

test('a hash stays what it was when more is hashed', t => {
	const first = crypto.blake2b256(Uint8Array.of(1));
	const kept = toHex(first);
	crypto.blake2b256(Uint8Array.of(2));
	crypto.blake2b224(Uint8Array.of(3));
	t.is(toHex(first), kept);
	t.is(first.buffer.byteLength, 32);
});
