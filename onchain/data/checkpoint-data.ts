import type {Hash32, HeaderHash} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {bytesField, bytesListField, countField, type DatumRecord, datumRecord} from './record.ts';

/** The asset name of the one checkpoint NFT, under the checkpoint script as its policy. */
export const CHECKPOINT_NFT_NAME: Uint8Array = encodeUtf8('CHECKPOINT');

/** What the side-chain's last confirmed period ended with. */
export type CheckpointDatum = {
	/** Never changes; tells readers which side-chain this is. */
	readonly genesisHash: Hash32;
	/** 0 when deployed, then the number of the closed period. */
	readonly period: number;
	readonly blockHash: HeaderHash;
	readonly stateRoot: Hash32;
	/** Over the payout leaves: withdrawals, subsidies, slashes. */
	readonly payoutRoot: Hash32;
	/** Of the committee that signs the next checkpoint. */
	readonly committeeHash: Hash32;
};

export const checkpointDatum: DatumRecord<CheckpointDatum> = datumRecord('CheckpointDatum', 0, {
	genesisHash: bytesField<Hash32>(32),
	period: countField(),
	blockHash: bytesField<HeaderHash>(32),
	stateRoot: bytesField<Hash32>(32),
	payoutRoot: bytesField<Hash32>(32),
	committeeHash: bytesField<Hash32>(32),
});

/** Moves the checkpoint to a later period. */
export type AdvanceRedeemer = {
	/** The signing committee: (key 32 | weight u64be) each. */
	readonly committee: Uint8Array;
	/** One per member in the same order; empty where a member did not sign. */
	readonly signatures: readonly Uint8Array[];
	readonly period: number;
	readonly blockHash: HeaderHash;
	readonly stateRoot: Hash32;
	readonly payoutRoot: Hash32;
	readonly nextCommitteeHash: Hash32;
};

export const advanceRedeemer: DatumRecord<AdvanceRedeemer> = datumRecord('Advance', 0, {
	committee: bytesField(40, 4_000),
	signatures: bytesListField(100),
	period: countField(),
	blockHash: bytesField<HeaderHash>(32),
	stateRoot: bytesField<Hash32>(32),
	payoutRoot: bytesField<Hash32>(32),
	nextCommitteeHash: bytesField<Hash32>(32),
});
