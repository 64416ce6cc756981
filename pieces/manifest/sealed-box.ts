/** Bytes under a key: nonce 12 | AES-256-GCM. The nonce is random and the domain says what the bytes are. */
import type {Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';
import {concat} from '#kernel/bytes';

const NONCE_BYTES = 12;
/** What a box is longer than its content. */
export const BOX_OVERHEAD_BYTES = 28;

export type BoxKey = {
	/** 32 bytes. */
	readonly key: Uint8Array;
	/** Different for each kind of content. */
	readonly domain: Uint8Array;
};

export const sealBox = (
	aead: Aead,
	{key, domain, nonce}: BoxKey & {/** 12 fresh random bytes. */ readonly nonce: Uint8Array},
	content: Uint8Array,
): Uint8Array => {
	assert(key.length === 32 && nonce.length === NONCE_BYTES, 'not a key or not a nonce');
	return concat(nonce, aead.seal(key, nonce, domain, content));
};

/** Undefined when the box was altered, or sealed with another key or for another domain. */
export const openBox = (aead: Aead, {key, domain}: BoxKey, box: Uint8Array): Uint8Array | undefined => {
	assert(key.length === 32, 'not a key');
	return box.length < BOX_OVERHEAD_BYTES
		? undefined
		: aead.open(key, box.subarray(0, NONCE_BYTES), domain, box.subarray(NONCE_BYTES));
};
