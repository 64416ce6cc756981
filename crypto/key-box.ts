/**
 * Bytes for the holder of an Ed25519 key, by a sender who need not be known (ECIES): a fresh X25519 key, HKDF-SHA-256 over
 * what both sides can work out, AES-256-GCM under the result.
 *
 *     box = ephemeral public key 32 | AES-256-GCM(content)
 *     key 32 | nonce 12 = HKDF(shared secret, salt = ephemeral 32 | recipient 32, info = domain)
 *
 * Key and nonce follow from the ephemeral key, which is used for one box only: so no nonce comes twice under a key.
 */
import {assert} from '#kernel/assert';
import {concat} from '#kernel/bytes';
import type {Aead} from './aead.ts';
import type {SecretCrypto} from './crypto.ts';
import {hkdfSha256} from './hkdf.ts';
import type {KeyAgreement} from './key-agreement.ts';

export type KeyBoxPorts = {
	readonly aead: Aead;
	readonly agreement: KeyAgreement;
	readonly crypto: Pick<SecretCrypto, 'ed25519VerificationKey'>;
};

const KEY_BYTES = 32;
/** What a box is longer than its content. */
export const KEY_BOX_OVERHEAD_BYTES = 48;
const NOTHING = new Uint8Array(0);

const keysOf = (
	shared: Uint8Array,
	ephemeral: Uint8Array,
	recipient: Uint8Array,
	domain: Uint8Array,
): {readonly key: Uint8Array; readonly nonce: Uint8Array} => {
	const both = hkdfSha256(shared, concat(ephemeral, recipient), domain, KEY_BYTES + 12);
	return {key: both.subarray(0, KEY_BYTES), nonce: both.subarray(KEY_BYTES)};
};

/**
 * `ephemeralSeed`: 32 fresh random bytes, never used again. Undefined when nothing can be sealed for that key: it is of
 * small order.
 */
export const sealToKey = (
	{aead, agreement, crypto}: KeyBoxPorts,
	{
		recipientVk,
		ephemeralSeed,
		domain,
	}: {
		readonly recipientVk: Uint8Array;
		readonly ephemeralSeed: Uint8Array;
		readonly domain: Uint8Array;
	},
	content: Uint8Array,
): Uint8Array | undefined => {
	assert(recipientVk.length === KEY_BYTES && ephemeralSeed.length === KEY_BYTES, 'keys have 32 bytes');
	const recipient = agreement.publicKeyOf(recipientVk);
	const ephemeral = agreement.publicKeyOf(crypto.ed25519VerificationKey(ephemeralSeed));
	const shared = recipient && agreement.sharedSecret(ephemeralSeed, recipient);
	if (recipient === undefined || ephemeral === undefined || shared === undefined) return undefined;
	const {key, nonce} = keysOf(shared, ephemeral, recipient, domain);
	return concat(ephemeral, aead.seal(key, nonce, NOTHING, content));
};

/** The content, or undefined when the box was altered, or is for another key or of another domain. */
export const openKeyBox = (
	{aead, agreement, crypto}: KeyBoxPorts,
	{seed, domain}: {readonly seed: Uint8Array; readonly domain: Uint8Array},
	box: Uint8Array,
): Uint8Array | undefined => {
	if (box.length < KEY_BOX_OVERHEAD_BYTES) return undefined;
	const ephemeral = box.subarray(0, KEY_BYTES);
	const recipient = agreement.publicKeyOf(crypto.ed25519VerificationKey(seed));
	const shared = agreement.sharedSecret(seed, ephemeral);
	if (recipient === undefined || shared === undefined) return undefined;
	const {key, nonce} = keysOf(shared, ephemeral, recipient, domain);
	return aead.open(key, nonce, NOTHING, box.subarray(KEY_BYTES));
};
