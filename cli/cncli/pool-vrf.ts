/** CIP-22: the holder of a pool's VRF key answers a challenge. */
import type {Hasher} from '#crypto/crypto';
import type {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';

const PREFIX = encodeUtf8('cip-0022');

/** blake2b-256 of "cip-0022", the domain that asks, and its nonce (64 bytes). */
export const challengeOf = (hasher: Hasher, domain: string, nonce: Uint8Array): Hash32 =>
	hasher.blake2b256(PREFIX, encodeUtf8(domain), nonce);
