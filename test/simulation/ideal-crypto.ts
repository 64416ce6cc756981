/**
 * Signatures and VRF proofs as keyed hashes. Whoever does not hold the seed cannot make them, because making them takes
 * the seed; whoever verifies looks the seed up here, which is the one thing that only a simulator can do. A VRF's output
 * is uniform and belongs to exactly one proof. Hashes are the real ones. About a hundred times as fast as real keys.
 */
import type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';

const tag = (name: string): Uint8Array => Uint8Array.from(name, letter => letter.charCodeAt(0));
const KEY = tag('ideal key');
const SIGNATURE = tag('ideal signature');
const PROOF = tag('ideal proof');
const BETA = tag('ideal beta');

export const createIdealCrypto = ({blake2b256, blake2b224}: Hasher): Crypto & SecretCrypto => {
	const seeds = new Map<string, Uint8Array>();
	const ed25519VerificationKey = (seed: Uint8Array): Uint8Array => {
		const verificationKey = blake2b256(KEY, seed);
		// Callers erase their seeds.
		seeds.set(toHex(verificationKey), seed.slice());
		return verificationKey;
	};
	const signEd25519 = (seed: Uint8Array, message: Uint8Array): Uint8Array => {
		const signature = new Uint8Array(64);
		signature.set(blake2b256(SIGNATURE, seed, message));
		return signature;
	};
	const proveVrf = (seed: Uint8Array, alpha: Uint8Array): Uint8Array => {
		const proof = new Uint8Array(80);
		proof.set(blake2b256(PROOF, seed, alpha));
		return proof;
	};
	const vrfOutput = (proof: Uint8Array): Uint8Array => {
		const beta = new Uint8Array(64);
		const half = blake2b256(BETA, proof);
		beta.set(half);
		// Nothing asks the halves to be independent: one is hashed with the other, and compared after it.
		for (let at = 0; at < 32; at++) beta[32 + at] = (half[at] as number) ^ 0xff;
		return beta;
	};
	const isMade = (seed: Uint8Array | undefined, given: Uint8Array, make: (seed: Uint8Array) => Uint8Array) =>
		seed !== undefined && equalBytes(given, make(seed));
	return {
		blake2b256,
		blake2b224,
		ed25519VerificationKey,
		signEd25519,
		proveVrf,
		vrfOutput,
		verifyEd25519: (signature, message, verificationKey) =>
			isMade(seeds.get(toHex(verificationKey)), signature, seed => signEd25519(seed, message)),
		verifyVrf: (verificationKey, proof, alpha) =>
			isMade(seeds.get(toHex(verificationKey)), proof, seed => proveVrf(seed, alpha))
				? vrfOutput(proof)
				: undefined,
	};
};
