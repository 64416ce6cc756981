import {hkdf} from '@noble/hashes/hkdf.js';
import {sha256} from '@noble/hashes/sha2.js';
import {assert} from '#kernel/assert';

export type Hkdf = {
	/** HKDF-SHA-256 (RFC 5869). `length` at most 8,160 bytes; an empty salt is 32 zero bytes. */
	hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
};

const LENGTH_MAX = 255 * 32;

export const hkdfSha256: Hkdf['hkdfSha256'] = (ikm, salt, info, length) => {
	assert(
		Number.isSafeInteger(length) && length >= 0 && length <= LENGTH_MAX,
		'HKDF gives at most 8,160 bytes',
	);
	return hkdf(sha256, ikm, salt, info, length);
};
