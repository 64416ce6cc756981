import {type CommitteeMember, checkpointMessage, committeeHash} from '#crypto/checkpoint-message';
import {compareBytes} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {CommitteeSignature} from '#onchain/committee';
import type {Deployment} from '#onchain/deployment';
import type {NextCheckpoint} from '#onchain/plans/checkpoint-plan';
import {crypto} from './crypto.ts';

export type TestCommittee = {
	readonly members: readonly CommitteeMember[];
	/** Seeds in the order of the members. */
	readonly seeds: readonly Uint8Array[];
	readonly hash: Hash32;
};

export const hashOf = (byte: number): Hash32 => Hash32(new Uint8Array(32).fill(byte));

/** A committee with the given weights. */
export const testCommittee = (weights: readonly bigint[]): TestCommittee => {
	const entries = weights
		.map((weight, index) => {
			const seed = crypto.blake2b256(Uint8Array.of(index, 77));
			return {seed, member: {verificationKey: crypto.ed25519VerificationKey(seed), weight}};
		})
		.sort((a, b) => compareBytes(a.member.verificationKey, b.member.verificationKey));
	const members = entries.map(({member}) => member);
	return {members, seeds: entries.map(({seed}) => seed), hash: committeeHash(crypto, members)};
};

/** Signatures of the members whose weight passes the filter. */
export const signCheckpoint = (
	{members, seeds}: TestCommittee,
	{genesisHash, params, scripts}: Pick<Deployment, 'genesisHash' | 'params' | 'scripts'>,
	next: NextCheckpoint,
	signs: (weight: bigint) => boolean = () => true,
): readonly CommitteeSignature[] => {
	const message = checkpointMessage(crypto, {
		...next,
		genesisHash,
		cardanoNetworkMagic: params.networkMagic,
		checkpointScriptHash: scripts.checkpoint.hash,
	});
	return members.flatMap(({verificationKey, weight}, index) =>
		signs(weight)
			? [{verificationKey, signature: crypto.signEd25519(seeds[index] as Uint8Array, message)}]
			: [],
	);
};
