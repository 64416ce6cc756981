/**
 * ECVRF-ED25519-SHA512-Elligator2, draft-irtf-cfrg-vrf-03, the proving half, from libsodium's constant-time primitives.
 * Points here are always of the prime-order subgroup, so its stricter checks never differ from Cardano's C.
 */
import sodium from 'sodium-native';
import {assert} from '#kernel/assert';
import {concat} from '#kernel/bytes';

const HASH_TO_CURVE = Uint8Array.of(4, 1);
const HASH_POINTS = Uint8Array.of(4, 2);
const PROOF_TO_HASH = Uint8Array.of(4, 3);

const sha512Of = (message: Uint8Array): Uint8Array => {
	const digest = new Uint8Array(64);
	sodium.crypto_hash_sha512(digest, message);
	return digest;
};

/** Public parts only: their concatenation is not erased. */
const sha512 = (...parts: readonly Uint8Array[]): Uint8Array => sha512Of(concat(...parts));

const hashToCurve = (verificationKey: Uint8Array, alpha: Uint8Array): Uint8Array => {
	const uniform = sha512(HASH_TO_CURVE, verificationKey, alpha).subarray(0, 32);
	uniform[31] = (uniform[31] as number) & 0x7f;
	const point = new Uint8Array(32);
	sodium.crypto_core_ed25519_from_uniform(point, uniform);
	return point;
};

const multiply = (scalar: Uint8Array, point: Uint8Array): Uint8Array => {
	const product = new Uint8Array(32);
	sodium.crypto_scalarmult_ed25519_noclamp(product, scalar, point);
	return product;
};

const multiplyBase = (scalar: Uint8Array): Uint8Array => {
	const product = new Uint8Array(32);
	sodium.crypto_scalarmult_ed25519_base_noclamp(product, scalar);
	return product;
};

const reduce = (wide: Uint8Array): Uint8Array => {
	const scalar = new Uint8Array(32);
	sodium.crypto_core_ed25519_scalar_reduce(scalar, wide);
	return scalar;
};

/**
 * (k + c x) mod L; all little-endian. The product is summed byte by byte in small integers, with no branch and no
 * bigint, so that its time does not depend on the secrets k and x; libsodium reduces it.
 */
const multiplyAdd = (c: Uint8Array, x: Uint8Array, k: Uint8Array): Uint8Array => {
	const columns = new Int32Array(64);
	columns.set(k);
	for (let i = 0; i < c.length; i++)
		for (let j = 0; j < x.length; j++)
			columns[i + j] = (columns[i + j] as number) + (c[i] as number) * (x[j] as number);
	const wide = new Uint8Array(64);
	let carry = 0;
	for (let i = 0; i < 64; i++) {
		carry += columns[i] as number;
		wide[i] = carry & 0xff;
		carry >>= 8;
	}
	const sum = reduce(wide);
	columns.fill(0);
	wide.fill(0);
	return sum;
};

/** Secret scalar and nonce prefix of an Ed25519 seed (RFC 8032, 5.1.5), in one buffer to erase. */
const expandSeed = (seed: Uint8Array): Uint8Array => {
	const expanded = sha512Of(seed);
	expanded[0] = (expanded[0] as number) & 248;
	expanded[31] = ((expanded[31] as number) & 127) | 64;
	return expanded;
};

/** The 80-byte proof: Gamma | c | s. */
export const proveVrf = (seed: Uint8Array, alpha: Uint8Array): Uint8Array => {
	assert(seed.length === 32, 'a VRF seed has 32 bytes');
	const expanded = expandSeed(seed);
	const x = expanded.subarray(0, 32);
	const h = hashToCurve(multiplyBase(x), alpha);
	const gamma = multiply(x, h);
	const nonceInput = concat(expanded.subarray(32), h);
	const nonceHash = sha512Of(nonceInput);
	const k = reduce(nonceHash);
	const c = sha512(HASH_POINTS, h, gamma, multiplyBase(k), multiply(k, h)).subarray(0, 16);
	const s = multiplyAdd(c, x, k);
	for (const secret of [expanded, nonceInput, nonceHash, k]) sodium.sodium_memzero(secret);
	return concat(gamma, c, s);
};

/** beta of a proof of one's own: SHA-512(4 | 3 | 8 Gamma). */
export const vrfOutput = (proof: Uint8Array): Uint8Array => {
	assert(proof.length === 80, 'a VRF proof has 80 bytes');
	let point = proof.subarray(0, 32);
	for (let doubling = 0; doubling < 3; doubling++) {
		const doubled = new Uint8Array(32);
		sodium.crypto_core_ed25519_add(doubled, point, point);
		point = doubled;
	}
	return sha512(PROOF_TO_HASH, point);
};

/** 8 x mod L. */
const eightfold = (x: Uint8Array): Uint8Array => {
	const wide = new Uint8Array(64);
	for (let i = 0, carry = 0; i <= 32; i++) {
		const shifted = ((x[i] ?? 0) << 3) | carry;
		wide[i] = shifted & 0xff;
		carry = shifted >> 8;
	}
	const scalar = reduce(wide);
	wide.fill(0);
	return scalar;
};

/**
 * beta for any alpha, without a proof: SHA-512(4 | 3 | 8 x H), where 8 Gamma = (8 x mod L) H because H is of the
 * prime-order subgroup. A third of the work of a proof.
 */
export const createVrfEvaluator = (seed: Uint8Array): ((alpha: Uint8Array) => Uint8Array) => {
	assert(seed.length === 32, 'a VRF seed has 32 bytes');
	const expanded = expandSeed(seed);
	const x = expanded.subarray(0, 32);
	const verificationKey = multiplyBase(x);
	const eightX = eightfold(x);
	sodium.sodium_memzero(expanded);
	return alpha => sha512(PROOF_TO_HASH, multiply(eightX, hashToCurve(verificationKey, alpha)));
};
