import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {createAead} from '#node/adapters/aead';

const aead = createAead();
const nothing = new Uint8Array(0);
const keys = fc.uint8Array({minLength: 32, maxLength: 32});
const nonces = fc.uint8Array({minLength: 12, maxLength: 12});
const bytes = fc.uint8Array({maxLength: 200});

test('seals the published test cases 13 and 14 of GCM', t => {
	const key = new Uint8Array(32);
	const nonce = new Uint8Array(12);
	t.is(toHex(aead.seal(key, nonce, nothing, nothing)), '530f8afbc74536b9a963b4f1c4cb738b');
	t.is(
		toHex(aead.seal(key, nonce, nothing, new Uint8Array(16))),
		'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
	);
});

test('opens what it sealed', t => {
	fc.assert(
		fc.property(keys, nonces, bytes, bytes, (key, nonce, associated, plaintext) => {
			const sealed = aead.seal(key, nonce, associated, plaintext);
			t.is(sealed.length, plaintext.length + 16);
			t.deepEqual(aead.open(key, nonce, associated, sealed), plaintext);
		}),
	);
});

test('does not open what was changed by one bit, cut, or sealed otherwise', t => {
	fc.assert(
		fc.property(keys, nonces, bytes, bytes, fc.nat(), (key, nonce, associated, plaintext, bit) => {
			const sealed = aead.seal(key, nonce, associated, plaintext);
			const changed = sealed.slice();
			const at = (bit >> 3) % changed.length;
			changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
			t.is(aead.open(key, nonce, associated, changed), undefined);
			t.is(aead.open(key, nonce, associated, sealed.subarray(0, bit % sealed.length)), undefined);
			t.is(aead.open(key, nonce, Uint8Array.of(...associated, 0), sealed), undefined);
		}),
	);
});

test('keys and nonces of a wrong size are bugs', t => {
	const key = new Uint8Array(32);
	t.throws(() => aead.seal(new Uint8Array(16), new Uint8Array(12), nothing, nothing), {
		instanceOf: AssertionError,
	});
	t.throws(() => aead.open(key, new Uint8Array(11), nothing, new Uint8Array(16)), {
		instanceOf: AssertionError,
	});
});
