import sodium from 'sodium-native';
import {CHACHA20_BLOCK_BYTES, type StreamCipher} from '#crypto/stream-cipher';
import {assert} from '#kernel/assert';

const COUNTER_END = 2 ** 32;

const assertCounter = (counter: number, length: number): void =>
	assert(
		Number.isSafeInteger(counter) &&
			counter >= 0 &&
			counter + Math.ceil(length / CHACHA20_BLOCK_BYTES) <= COUNTER_END,
		'ChaCha20 counts 2^32 blocks',
	);

/** libsodium's ChaCha20. */
export const createStreamCipher = (): StreamCipher => ({
	xorChaCha20: (key, nonce, counter, bytes, into = new Uint8Array(bytes.length)) => {
		assertCounter(counter, bytes.length);
		assert(into.length === bytes.length, 'a stream cipher keeps the length');
		sodium.crypto_stream_chacha20_ietf_xor_ic(into, bytes, nonce, counter, key);
		return into;
	},
});
