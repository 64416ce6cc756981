import {COMMITTEE_MEMBERS_MAX, type CommitteeMember} from '#crypto/checkpoint-message';
import {bytes, type Codec, list, lovelace, record, u64, uint} from '#kernel/cbor/codec';
import type {Hash32, HeaderHash} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {BlockNo} from '#kernel/slot';

export type Committee = readonly CommitteeMember[];

export const committeeCodec: Codec<Committee> = list(
	record({verificationKey: bytes(32), weight: u64}),
	COMMITTEE_MEMBERS_MAX,
);

/** A closed period that Cardano has not confirmed yet. Its key is its number. */
export type PendingCheckpoint = {
	/** The period's last block; the genesis hash when it had none. */
	readonly blockHash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly stateRoot: Hash32;
	readonly payoutRoot: Hash32;
	/** Signs the checkpoints after this one. */
	readonly nextCommittee: Committee;
};

export const pendingCheckpointCodec: Codec<PendingCheckpoint> = record({
	blockHash: bytes<HeaderHash>(32),
	blockNo: uint<BlockNo>(),
	stateRoot: bytes<Hash32>(32),
	payoutRoot: bytes<Hash32>(32),
	nextCommittee: committeeCodec,
});

/** Key: period, member's key. */
export type CheckpointSignature = {readonly signature: Uint8Array};

export const checkpointSignatureCodec: Codec<CheckpointSignature> = record({signature: bytes(64)});

/** The newest checkpoint that stands on Cardano: period 0 is the one minted with the genesis committee. */
export type ConfirmedCheckpoint = {
	readonly period: number;
	readonly blockHash: HeaderHash;
	/** Signs every checkpoint until the next one is confirmed. */
	readonly committee: Committee;
};

export const confirmedCheckpointCodec: Codec<ConfirmedCheckpoint> = record({
	period: uint(),
	blockHash: bytes<HeaderHash>(32),
	committee: committeeCodec,
});

/** The tags of payout leaves. */
export const PAYOUT_WITHDRAWAL = 0;
export const PAYOUT_SUBSIDY = 1;

export type PayoutLeaf = {
	/** 0 withdrawal, 1 subsidy, 2 slash. */
	readonly tag: number;
	readonly claimId: Hash32;
	readonly cumulative: Lovelace;
};

/** The payout leaves of a closed period in the order of their tree. Its key is the period. */
export type Payout = readonly PayoutLeaf[];

const LEAVES_MAX = 2 ** 32;

export const payoutCodec: Codec<Payout> = list(
	record({tag: uint(255), claimId: bytes<Hash32>(32), cumulative: lovelace}),
	LEAVES_MAX,
);
