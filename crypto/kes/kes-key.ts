import {assert} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {
	evolveSumKey,
	generateSumKey,
	type KesCrypto,
	pairOf,
	SEED_BYTES,
	seedOf,
	signSum,
	sumKeyBytes,
	sumVerificationKey,
	sumVerificationKeyOf,
	VK_BYTES,
} from './sum-kes.ts';
import {KES_DEPTH, KES_PERIODS} from './verify-kes.ts';

/** A Sum6KES signing key: state, because evolving it must destroy what it was. */
export type KesKey = {
	/** The evolution it can sign in, 0 to 63. */
	readonly period: number;
	/** The raw form of cardano-crypto-class, 608 bytes. Secret: never log it, erase copies. */
	readonly bytes: Uint8Array;
};

export type KesKeyFailure =
	| {readonly code: 'KES_KEY_MALFORMED'; readonly bytes: number; readonly bytesExpected: number}
	| {readonly code: 'KES_KEY_INCONSISTENT'; readonly depth: number};

export type KesKeyExhausted = {readonly code: 'KES_KEY_EXHAUSTED'; readonly period: number};

export const KES_KEY_BYTES: number = sumKeyBytes(KES_DEPTH);

/** A key in period 0 from 32 secret random bytes, which the caller erases. */
export const generateKesKey = (crypto: KesCrypto, seed: Uint8Array): KesKey => {
	assert(seed.length === SEED_BYTES, 'a KES seed has 32 bytes');
	const bytes = new Uint8Array(KES_KEY_BYTES);
	generateSumKey(crypto, KES_DEPTH, seed, bytes);
	return {period: 0, bytes};
};

export const kesVerificationKey = (crypto: KesCrypto, key: KesKey): Uint8Array =>
	sumVerificationKeyOf(crypto, KES_DEPTH, key.bytes);

/**
 * The key of the next period. It takes over and overwrites the bytes of `key`, which is dead afterwards:
 * nothing here can sign in a past period. Whoever keeps the key in a file must overwrite that too.
 */
export const evolveKesKey = (crypto: KesCrypto, key: KesKey): Result<KesKey, KesKeyExhausted> => {
	if (key.period + 1 >= KES_PERIODS) return err({code: 'KES_KEY_EXHAUSTED', period: key.period});
	evolveSumKey(crypto, KES_DEPTH, key.bytes, key.period);
	return ok({period: key.period + 1, bytes: key.bytes});
};

/** 448 bytes, valid in the key's period. */
export const signKes = (crypto: KesCrypto, key: KesKey, message: Uint8Array): Uint8Array =>
	signSum(crypto, KES_DEPTH, key.bytes, message);

/** Overwrites the key with zeros. */
export const eraseKesKey = (key: KesKey): void => {
	key.bytes.fill(0);
};

const isErased = (seed: Uint8Array): boolean => seed.every(byte => byte === 0);

/** The seed of a right half is erased when the key moves there: so the bytes tell the period. */
const periodOf = (bytes: Uint8Array, depth: number): number => {
	let period = 0;
	for (let level = depth; level > 0; level--) if (isErased(seedOf(bytes, level))) period += 2 ** (level - 1);
	return period;
};

/** The depth at which a vk is not what the key under it or the seed beside it has, or undefined. */
const inconsistentDepth = (crypto: KesCrypto, bytes: Uint8Array, depth: number): number | undefined => {
	for (let level = 1; level <= depth; level++) {
		const pair = pairOf(bytes, level);
		const left = pair.subarray(0, VK_BYTES);
		const right = pair.subarray(VK_BYTES);
		const seed = seedOf(bytes, level);
		const inRightHalf = isErased(seed);
		const inner = sumVerificationKeyOf(crypto, level - 1, bytes);
		if (!equalBytes(inner, inRightHalf ? right : left)) return level;
		if (!inRightHalf && !equalBytes(sumVerificationKey(crypto, level - 1, seed), right)) return level;
	}
	return undefined;
};

/** A key of any depth from its raw bytes, with its period; checked from the leaf up. Takes the bytes over. */
export const decodeSumKey = (
	crypto: KesCrypto,
	depth: number,
	bytes: Uint8Array,
): Result<KesKey, KesKeyFailure> => {
	const bytesExpected = sumKeyBytes(depth);
	if (bytes.length !== bytesExpected)
		return err({code: 'KES_KEY_MALFORMED', bytes: bytes.length, bytesExpected});
	const inconsistent = inconsistentDepth(crypto, bytes, depth);
	if (inconsistent !== undefined) return err({code: 'KES_KEY_INCONSISTENT', depth: inconsistent});
	return ok({period: periodOf(bytes, depth), bytes});
};

/** `decodeSumKey` for Sum6KES. About two milliseconds: every right half is generated again. */
export const decodeKesKey = (crypto: KesCrypto, bytes: Uint8Array): Result<KesKey, KesKeyFailure> =>
	decodeSumKey(crypto, KES_DEPTH, bytes);
