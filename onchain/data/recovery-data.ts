/** What the checkpoint reads of governance when it replaces a dead committee. */
import type {Hash32} from '#kernel/hash';
import {dataBytes, dataConstructor, dataInteger, type PlutusData} from '../cardano/plutus-data.ts';
import {bytesField, countField, type DatumRecord, datumRecord} from './record.ts';

/** Constructor of what a passed proposal leaves behind, with its NFT: [id, effect, anchor hash, enacted by]. */
export const ENACTED_TAG = 2;
/** Constructor of the effect in it. */
export const COMMITTEE_RECOVERY_TAG = 5;

export type CommitteeRecovery = {
	/** Of the checkpoint that is stuck: for any later one it does not count. */
	readonly period: number;
	/** Of the committee that signs the next checkpoint. */
	readonly committeeHash: Hash32;
};

export const committeeRecovery: DatumRecord<CommitteeRecovery> = datumRecord(
	'CommitteeRecovery',
	COMMITTEE_RECOVERY_TAG,
	{period: countField(), committeeHash: bytesField<Hash32>(32)},
);

/** The record of a passed proposal with that effect. */
export const enactedRecovery = (
	recovery: CommitteeRecovery,
	{id, anchorHash, enactedByMs}: {id: number; anchorHash: Uint8Array; enactedByMs: number},
): PlutusData =>
	dataConstructor(
		ENACTED_TAG,
		dataInteger(id),
		committeeRecovery.toData(recovery),
		dataBytes(anchorHash),
		dataInteger(enactedByMs),
	);

/** Replaces the committee as that record says. */
export type RecoverRedeemer = {
	/** Name of the record's NFT under the governance script as its policy. */
	readonly record: Uint8Array;
};

export const recoverRedeemer: DatumRecord<RecoverRedeemer> = datumRecord('Recover', 1, {
	record: bytesField(1, 32),
});
