/**
 * Sum-composed key-evolving signatures (Malkin, Micciancio, Miner 2002) over Ed25519 and blake2b-256, byte for byte
 * as cardano-crypto-class serialises them. A key of depth n signs in 2^n periods and is, recursively,
 * signing key of depth n-1 | seed of the right half | vk of the left half | vk of the right half;
 * a signature is signature of depth n-1 | vk of the left half | vk of the right half.
 */
import {concat} from '#kernel/bytes';
import type {Hasher, SecretCrypto} from '../crypto.ts';

export type KesCrypto = Hasher & Pick<SecretCrypto, 'ed25519VerificationKey' | 'signEd25519'>;

export const SEED_BYTES = 32;
export const VK_BYTES = 32;
const PAIR_BYTES = 2 * VK_BYTES;
const LEAF_SIGNATURE_BYTES = 64;

export const sumKeyBytes = (depth: number): number => SEED_BYTES + depth * (SEED_BYTES + PAIR_BYTES);
export const sumSignatureBytes = (depth: number): number => LEAF_SIGNATURE_BYTES + depth * PAIR_BYTES;

/** What is hashed before a seed to give that of its left and of its right half. */
const LEFT = 1;
const RIGHT = 2;

/** The key of `depth` within the bytes of a deeper one ends here; then come seed and vks of the next depth. */
export const seedOf = (bytes: Uint8Array, depth: number): Uint8Array =>
	bytes.subarray(sumKeyBytes(depth - 1), sumKeyBytes(depth - 1) + SEED_BYTES);
export const pairOf = (bytes: Uint8Array, depth: number): Uint8Array =>
	bytes.subarray(sumKeyBytes(depth) - PAIR_BYTES, sumKeyBytes(depth));

/** The verification key of the key that `seed` generates. O(2^depth) */
export const sumVerificationKey = (crypto: KesCrypto, depth: number, seed: Uint8Array): Uint8Array => {
	if (depth === 0) return crypto.ed25519VerificationKey(seed);
	const [left, right] = splitSeed(crypto, seed);
	const pair = concat(
		sumVerificationKey(crypto, depth - 1, left),
		sumVerificationKey(crypto, depth - 1, right),
	);
	left.fill(0);
	right.fill(0);
	return crypto.blake2b256(pair);
};

/** Hashed in one part, so that no backend joins, and keeps, the seed in a buffer of its own. */
const halfSeed = (crypto: KesCrypto, side: number, seed: Uint8Array): Uint8Array => {
	const prefixed = new Uint8Array(1 + SEED_BYTES);
	prefixed[0] = side;
	prefixed.set(seed, 1);
	const half = crypto.blake2b256(prefixed);
	prefixed.fill(0);
	return half;
};

const splitSeed = (crypto: KesCrypto, seed: Uint8Array): readonly [Uint8Array, Uint8Array] => [
	halfSeed(crypto, LEFT, seed),
	halfSeed(crypto, RIGHT, seed),
];

/** Writes the key of `seed` for its first period to `out` (`sumKeyBytes(depth)`), returns its verification key. */
export const generateSumKey = (
	crypto: KesCrypto,
	depth: number,
	seed: Uint8Array,
	out: Uint8Array,
): Uint8Array => {
	if (depth === 0) {
		out.set(seed);
		return crypto.ed25519VerificationKey(seed);
	}
	const [left, right] = splitSeed(crypto, seed);
	const leftVk = generateSumKey(crypto, depth - 1, left, out.subarray(0, sumKeyBytes(depth - 1)));
	seedOf(out, depth).set(right);
	const pair = concat(leftVk, sumVerificationKey(crypto, depth - 1, right));
	pairOf(out, depth).set(pair);
	left.fill(0);
	right.fill(0);
	return crypto.blake2b256(pair);
};

/** Moves the key in `bytes` from `period` to the next in place; what could sign in `period` is overwritten. */
export const evolveSumKey = (crypto: KesCrypto, depth: number, bytes: Uint8Array, period: number): void => {
	const half = 2 ** (depth - 1);
	const inner = bytes.subarray(0, sumKeyBytes(depth - 1));
	if (period + 1 !== half) {
		evolveSumKey(crypto, depth - 1, inner, period < half ? period : period - half);
		return;
	}
	const seed = seedOf(bytes, depth);
	generateSumKey(crypto, depth - 1, seed, inner);
	seed.fill(0);
};

/** `sumSignatureBytes(depth)` bytes in the period that the key stands in. */
export const signSum = (
	crypto: KesCrypto,
	depth: number,
	bytes: Uint8Array,
	message: Uint8Array,
): Uint8Array => {
	const signature = new Uint8Array(sumSignatureBytes(depth));
	signature.set(crypto.signEd25519(bytes.subarray(0, SEED_BYTES), message));
	for (let level = 1; level <= depth; level++)
		signature.set(pairOf(bytes, level), sumSignatureBytes(level - 1));
	return signature;
};

/** The verification key of a key, from its bytes. */
export const sumVerificationKeyOf = (crypto: KesCrypto, depth: number, bytes: Uint8Array): Uint8Array =>
	depth === 0
		? crypto.ed25519VerificationKey(bytes.subarray(0, SEED_BYTES))
		: crypto.blake2b256(pairOf(bytes, depth));
