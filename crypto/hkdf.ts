import {hkdf} from '@noble/hashes/hkdf.js';
import {sha256} from '@noble/hashes/sha2.js';
import {assert} from '#kernel/assert';

const LENGTH_MAX = 255 * 32;

/** HKDF-SHA-256 (RFC 5869). `length` at most 8,160 bytes; an empty salt stands for 32 zero bytes. */
export const hkdfSha256 = (
	ikm: Uint8Array,
	salt: Uint8Array,
	info: Uint8Array,
	length: number,
): Uint8Array => {
	assert(Number.isSafeInteger(length) && length > 0 && length <= LENGTH_MAX, 'HKDF gives 1 to 8,160 bytes');
	return hkdf(sha256, ikm, salt, info, length);
};
