/** Which key follows from a recovery phrase for which purpose. */

import {assert} from '#kernel/assert';
import {encodeUtf8} from '#kernel/utf8';
import {hkdfSha256} from '../hkdf.ts';

/** `account` owns credits and agreements; `repairer` may move pieces of vacated agreements, and nothing else. */
export type KeyPurpose = 'account' | 'repairer';

const SALT = encodeUtf8('dcloud/key-tree/v1');
const INDEX_MAX = 0x7fff_ffff;
const SEED_BYTES = 64;

/**
 * A 32-byte Ed25519 seed: HKDF-SHA-256 of the phrase's 64-byte seed, info `dcloud/key/v1/PURPOSE/INDEX`. What belongs
 * to an account (manifests, file keys) follows from the account's own seed, so that a key file alone works as well.
 */
export const derivedSeed = (phraseSeed: Uint8Array, purpose: KeyPurpose, index = 0): Uint8Array => {
	assert(phraseSeed.length === SEED_BYTES, 'a phrase gives 64 bytes');
	assert(Number.isInteger(index) && index >= 0 && index <= INDEX_MAX, 'a key has a number');
	return hkdfSha256(phraseSeed, SALT, encodeUtf8(`dcloud/key/v1/${purpose}/${index}`), 32);
};
