import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {fromHex, toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import {createStreamCipher} from '#node/adapters/stream-cipher';

const cipher = createStreamCipher();
const key = Uint8Array.from({length: 32}, (_, index) => index);

test('encrypts the text of RFC 8439, 2.4.2', t => {
	const text = encodeUtf8(
		"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
	);
	t.is(
		toHex(cipher.xorChaCha20(key, fromHex('000000000000004a00000000'), 1, text)),
		'6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d',
	);
});

test('undoes itself, and a part masked by its own blocks is that part of the whole', t => {
	fc.assert(
		fc.property(
			fc.uint8Array({maxLength: 1000}),
			fc.uint8Array({minLength: 12, maxLength: 12}),
			fc.nat({max: 10}),
			(bytes, nonce, block) => {
				const masked = cipher.xorChaCha20(key, nonce, 0, bytes);
				t.deepEqual(cipher.xorChaCha20(key, nonce, 0, masked), bytes);
				t.deepEqual(
					cipher.xorChaCha20(key, nonce, block, bytes.subarray(64 * block)),
					masked.subarray(64 * block),
				);
			},
		),
	);
});

test('a block counter that would run over is a bug', t => {
	const nonce = new Uint8Array(12);
	t.is(cipher.xorChaCha20(key, nonce, 2 ** 32 - 1, new Uint8Array(64)).length, 64);
	t.throws(() => cipher.xorChaCha20(key, nonce, 2 ** 32 - 1, new Uint8Array(65)), {
		instanceOf: AssertionError,
	});
	t.throws(() => cipher.xorChaCha20(key, nonce, -1, new Uint8Array(1)), {instanceOf: AssertionError});
});
