import type {CommitteeMember} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {compareBytes, equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';

/** Places for those who are in no committee, behind it. */
const STRANGERS = 8;

/** Whoever hands checkpoints in: a member by its checkpoint key, a stranger by the hash of its wallet's key. */
export type SubmitterName = {
	readonly memberVk: Uint8Array | undefined;
	readonly walletKeyHash: Uint8Array;
};

/**
 * Which of those who would hand a checkpoint in does so first, second and so on: the members in an order that every
 * checkpoint shuffles, so that all pay equally often, then everybody else.
 */
export const submissionTurn = (
	hasher: Hasher,
	message: Hash32,
	committee: readonly CommitteeMember[],
	{memberVk, walletKeyHash}: SubmitterName,
): number => {
	const rankOf = (key: Uint8Array): Hash32 => hasher.blake2b256(message, key);
	const isMember = committee.some(
		({verificationKey}) => memberVk !== undefined && equalBytes(verificationKey, memberVk),
	);
	if (memberVk === undefined || !isMember)
		return committee.length + ((rankOf(walletKeyHash)[0] ?? 0) % STRANGERS);
	const ours = rankOf(memberVk);
	return committee.filter(({verificationKey}) => compareBytes(rankOf(verificationKey), ours) < 0).length;
};

/** Long enough for the one before to be in a Cardano block, usually. */
const TURN_MS_MAX = 120_000;

/** All have had their turn after half a period. */
export const turnLengthMs = (periodMs: number, members: number): number =>
	Math.min(TURN_MS_MAX, Math.floor(periodMs / 2 / (members + STRANGERS)));
