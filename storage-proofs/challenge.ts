/** Which leaves a provider must show: fixed by the chain after the commitments are, and by nothing the prover chooses. */
import type {Hasher} from '#crypto/crypto';
import {bigFromBytes, u64be} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';

/** Leaves asked of a provider each epoch. */
export const CHALLENGES = 8;

const SEED_DOMAIN = encodeUtf8('dcloud/seed/v1');
const CHALLENGE_DOMAIN = encodeUtf8('dcloud/challenge/v1');

/** The fold over no blocks. */
export const SEED_FOLD_START: Hash32 = Hash32(new Uint8Array(32));

/** Takes one more block of the seed window into the fold, in chain order; `eta` is its nonce contribution. */
export const foldSeed = (hasher: Hasher, fold: Hash32, eta: Hash32): Hash32 => hasher.blake2b256(fold, eta);

/** The seed of an epoch from the fold of eta over the blocks of its seed window. */
export const challengeSeed = (
	hasher: Hasher,
	{
		genesisHash,
		epoch,
		fold,
	}: {readonly genesisHash: GenesisHash; readonly epoch: Epoch; readonly fold: Hash32},
): Hash32 => hasher.blake2b256(SEED_DOMAIN, genesisHash, u64be(epoch), fold);

export type ChallengeInput = {
	readonly genesisHash: GenesisHash;
	readonly seed: Hash32;
	/** 32 bytes. */
	readonly providerId: Hash32;
	readonly epoch: Epoch;
	readonly totalLeaves: bigint;
};

/**
 * The global numbers of the leaves asked for, which may repeat; none for a provider that holds nothing.
 * The modulus of 256 bits by at most 64 favours no leaf by more than 2^-192.
 */
export const challengeIndexes = (
	hasher: Hasher,
	{genesisHash, seed, providerId, epoch, totalLeaves}: ChallengeInput,
): readonly bigint[] =>
	totalLeaves === 0n
		? []
		: Array.from(
				{length: CHALLENGES},
				(_, j) =>
					bigFromBytes(
						hasher.blake2b256(
							CHALLENGE_DOMAIN,
							genesisHash,
							seed,
							providerId,
							u64be(epoch),
							Uint8Array.of(j),
						),
					) % totalLeaves,
			);
