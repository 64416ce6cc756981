/**
 * A key stored under another: a sealed box of 32 bytes. Its nonce is random, because keys are wrapped anew whenever a
 * segment is written again under the same file key.
 */
import type {Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';
import {encodeUtf8} from '#kernel/utf8';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from './sealed-box.ts';

export const WRAPPED_KEY_BYTES: number = 32 + BOX_OVERHEAD_BYTES;

/** What the wrapped key is for; a key wrapped for one purpose does not open for another. */
export type KeyPurpose = 'segment' | 'file';

const domainOf = (purpose: KeyPurpose): Uint8Array => encodeUtf8(`dcloud/wrapped-${purpose}-key/v1`);

export type KeyToWrap = {
	readonly purpose: KeyPurpose;
	/** 32 bytes each. */
	readonly key: Uint8Array;
	readonly under: Uint8Array;
	/** 12 fresh random bytes. */
	readonly nonce: Uint8Array;
};

export const wrapKey = (aead: Aead, {purpose, key, under, nonce}: KeyToWrap): Uint8Array => {
	assert(key.length === 32, 'a wrapped key has 32 bytes');
	return sealBox(aead, {key: under, domain: domainOf(purpose), nonce}, key);
};

export type WrappedKey = {
	readonly purpose: KeyPurpose;
	readonly wrapped: Uint8Array;
	readonly under: Uint8Array;
};

/** The key, or undefined when it was not wrapped under `under` for this purpose. */
export const unwrapKey = (aead: Aead, {purpose, wrapped, under}: WrappedKey): Uint8Array | undefined =>
	wrapped.length === WRAPPED_KEY_BYTES
		? openBox(aead, {key: under, domain: domainOf(purpose)}, wrapped)
		: undefined;
