import {createCipheriv, createDecipheriv} from 'node:crypto';
import {AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';

const ALGORITHM = 'aes-256-gcm';
const OPTIONS = {authTagLength: AEAD_TAG_BYTES};

const assertSizes = (key: Uint8Array, nonce: Uint8Array): void => {
	assert(key.length === AEAD_KEY_BYTES, 'an AES-256-GCM key has 32 bytes');
	assert(nonce.length === AEAD_NONCE_BYTES, 'an AES-256-GCM nonce has 12 bytes');
};

/** OpenSSL's AES-256-GCM, by way of Node. */
export const createAead = (): Aead => ({
	seal: (key, nonce, associated, plaintext, into) => {
		assertSizes(key, nonce);
		const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(associated);
		const sealed = into ?? new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
		assert(sealed.length === plaintext.length + AEAD_TAG_BYTES, 'what is sealed is longer by a tag');
		const {length} = plaintext;
		// A stream cipher: all comes out of `update`, nothing out of `final` but the tag.
		sealed.set(cipher.update(plaintext));
		cipher.final();
		sealed.set(cipher.getAuthTag(), length);
		return sealed;
	},
	open: (key, nonce, associated, sealed) => {
		assertSizes(key, nonce);
		const length = sealed.length - AEAD_TAG_BYTES;
		if (length < 0) return undefined;
		const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS)
			.setAAD(associated)
			.setAuthTag(sealed.subarray(length));
		const plaintext = decipher.update(sealed.subarray(0, length));
		try {
			decipher.final();
		} catch {
			return undefined;
		}
		return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
	},
});
