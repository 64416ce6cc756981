import {
	type CheckpointClaim,
	type CommitteeMember,
	checkpointMessage,
	committeePacked,
} from '#crypto/checkpoint-message';
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';

export type CommitteeSignature = {
	readonly verificationKey: Uint8Array;
	/** 64 bytes. */
	readonly signature: Uint8Array;
};

export type QuorumFailure = {
	readonly code: 'CHECKPOINT_QUORUM_MISSING';
	/** Weight of the members whose signature holds. */
	readonly signed: bigint;
	readonly total: bigint;
};

/** What the validator is given: the committee and one signature per member, empty where there is none. */
export type Certificate = {readonly committee: Uint8Array; readonly signatures: readonly Uint8Array[]};

const ABSENT = new Uint8Array(0);

const weightOf = (members: readonly CommitteeMember[]): bigint =>
	members.reduce((sum, {weight}) => sum + weight, 0n);

const inOrderOf = (
	committee: readonly CommitteeMember[],
	signatures: ReadonlyMap<string, Uint8Array>,
): Certificate => ({
	committee: committeePacked(committee),
	signatures: committee.map(({verificationKey}) => signatures.get(toHex(verificationKey)) ?? ABSENT),
});

/** All signatures as they are, for whoever wants to be judged by the validator itself. */
export const uncheckedCertificate = (
	committee: readonly CommitteeMember[],
	signatures: readonly CommitteeSignature[],
): Certificate =>
	inOrderOf(
		committee,
		new Map(signatures.map(({verificationKey, signature}) => [toHex(verificationKey), signature])),
	);

/**
 * The fewest signatures that weigh more than two thirds of the committee: each costs bytes and fee. Signatures that
 * do not hold are left out, because a single one would fail the transaction.
 */
export const quorumCertificate = (
	crypto: Crypto,
	claim: CheckpointClaim,
	committee: readonly CommitteeMember[],
	signatures: readonly CommitteeSignature[],
): Result<Certificate, QuorumFailure> => {
	const message = checkpointMessage(crypto, claim);
	const given = new Map(
		signatures
			.filter(({verificationKey, signature}) => crypto.verifyEd25519(signature, message, verificationKey))
			.map(({verificationKey, signature}) => [toHex(verificationKey), signature]),
	);
	const total = weightOf(committee);
	const heaviestFirst = committee
		.filter(({verificationKey}) => given.has(toHex(verificationKey)))
		.sort((a, b) => (a.weight < b.weight ? 1 : a.weight > b.weight ? -1 : 0));
	const chosen = new Map<string, Uint8Array>();
	let signed = 0n;
	for (const {verificationKey, weight} of heaviestFirst) {
		if (signed * 3n > total * 2n) break;
		const key = toHex(verificationKey);
		chosen.set(key, given.get(key) ?? ABSENT);
		signed += weight;
	}
	if (signed * 3n <= total * 2n) return err({code: 'CHECKPOINT_QUORUM_MISSING', signed, total});
	return ok(inOrderOf(committee, chosen));
};
