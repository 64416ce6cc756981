/**
 * What the checkpoint committee signs and how a committee is named: the same bytes for the side-chain's ledger and
 * for the validator on Cardano (onchain/validators/checkpoint). Fixed widths only, so that no encoding is ambiguous.
 */
import {assert} from '#kernel/assert';
import {compareBytes, concat, u32be, u64be} from '#kernel/bytes';
import type {GenesisHash, Hash28, Hash32, HeaderHash} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import type {Hasher} from './crypto.ts';

/** More members do not fit in one Cardano transaction of 16,384 bytes. */
export const COMMITTEE_MEMBERS_MAX = 100;

/** What every signed checkpoint message begins with. */
export const CHECKPOINT_DOMAIN: Uint8Array = encodeUtf8('dcloud/checkpoint/v1');

/** One signer of checkpoints: an Ed25519 verification key and its stake in lovelace. */
export type CommitteeMember = {
	/** 32 bytes. */
	readonly verificationKey: Uint8Array;
	readonly weight: bigint;
};

export type CheckpointClaim = {
	readonly genesisHash: GenesisHash;
	/** Of the Cardano network that the checkpoint script lives on. */
	readonly cardanoNetworkMagic: number;
	readonly checkpointScriptHash: Hash28;
	/** 1 for the first closed period. */
	readonly period: number;
	readonly blockHash: HeaderHash;
	readonly stateRoot: Hash32;
	readonly payoutRoot: Hash32;
	readonly nextCommitteeHash: Hash32;
};

/** The 32 bytes that every member of the signing committee signs with Ed25519. */
export const checkpointMessage = (hasher: Hasher, claim: CheckpointClaim): Hash32 =>
	hasher.blake2b256(
		CHECKPOINT_DOMAIN,
		claim.genesisHash,
		u32be(claim.cardanoNetworkMagic),
		claim.checkpointScriptHash,
		u64be(claim.period),
		claim.blockHash,
		claim.stateRoot,
		claim.payoutRoot,
		claim.nextCommitteeHash,
	);

/** (verification key 32 | weight u64be) for each member. Members come sorted by key, unique, at most 100. */
export const committeePacked = (committee: readonly CommitteeMember[]): Uint8Array => {
	assert(committee.length <= COMMITTEE_MEMBERS_MAX, () => `a committee of ${committee.length}`);
	for (const [index, {verificationKey}] of committee.entries()) {
		assert(verificationKey.length === 32, 'a committee key has 32 bytes');
		const before = committee[index - 1]?.verificationKey;
		assert(
			before === undefined || compareBytes(before, verificationKey) < 0,
			'a committee is sorted by key, each key once',
		);
	}
	return concat(...committee.flatMap(({verificationKey, weight}) => [verificationKey, u64be(weight)]));
};

export const committeeHash = (hasher: Hasher, committee: readonly CommitteeMember[]): Hash32 =>
	hasher.blake2b256(committeePacked(committee));
