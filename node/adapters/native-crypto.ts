import sodium from 'sodium-native';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {createVrfVerifier, type VrfWasm} from '#crypto/vrf-kernel';
import {assert} from '#kernel/assert';
import {Hash28, Hash32} from '#kernel/hash';
import {proveVrf, vrfOutput} from './native-vrf-prove.ts';
import {instantiateWasm} from './wasm-instance.ts';

/** Parts that fit are joined here, so that hashing them allocates nothing but the result. */
const joined = new Uint8Array(4096);
const digest = new Uint8Array(32);
const digest28 = digest.subarray(0, 28);

const join = (parts: readonly Uint8Array[]): Uint8Array => {
	if (parts.length === 1) return parts[0] as Uint8Array;
	let length = 0;
	for (const part of parts) length += part.length;
	const whole = length <= joined.length ? joined : new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole.subarray(0, length);
};

const blake2b256 = (...parts: readonly Uint8Array[]): Hash32 => {
	sodium.crypto_generichash(digest, join(parts));
	return Hash32(digest.slice());
};

const blake2b224 = (...parts: readonly Uint8Array[]): Hash28 => {
	sodium.crypto_generichash(digest28, join(parts));
	return Hash28(digest28.slice());
};

const verifyEd25519 = (signature: Uint8Array, message: Uint8Array, verificationKey: Uint8Array): boolean =>
	signature.length === 64 &&
	verificationKey.length === 32 &&
	sodium.crypto_sign_verify_detached(signature, message, verificationKey);

/** Both keys of a seed; the caller erases the secret one. */
const keyPair = (seed: Uint8Array): {verificationKey: Uint8Array; secretKey: Uint8Array} => {
	assert(seed.length === 32, 'an Ed25519 seed has 32 bytes');
	const verificationKey = new Uint8Array(32);
	const secretKey = new Uint8Array(64);
	sodium.crypto_sign_seed_keypair(verificationKey, secretKey, seed);
	return {verificationKey, secretKey};
};

const ed25519VerificationKey = (seed: Uint8Array): Uint8Array => {
	const {verificationKey, secretKey} = keyPair(seed);
	sodium.sodium_memzero(secretKey);
	return verificationKey;
};

const signEd25519 = (seed: Uint8Array, message: Uint8Array): Uint8Array => {
	const {secretKey} = keyPair(seed);
	const signature = new Uint8Array(64);
	sodium.crypto_sign_detached(signature, message, secretKey);
	sodium.sodium_memzero(secretKey);
	return signature;
};

/**
 * libsodium and the VRF kernel. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN.
 * Which libsodium is a consensus rule: libraries differ on signatures with small-order points.
 */
export const createNativeCrypto = async (): Promise<Crypto & SecretCrypto> => {
	const {verifyVrf} = createVrfVerifier(await instantiateWasm<VrfWasm>('vrf'));
	return {
		blake2b256,
		blake2b224,
		verifyEd25519,
		verifyVrf,
		ed25519VerificationKey,
		signEd25519,
		proveVrf,
		vrfOutput,
	};
};
