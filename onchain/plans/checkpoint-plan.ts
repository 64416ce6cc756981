import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32, HeaderHash} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {MISSED_PERIODS_DEAD} from '../checkpoint-params.ts';
import type {Certificate} from '../committee.ts';
import {
	advanceRedeemer,
	CHECKPOINT_NFT_NAME,
	type CheckpointDatum,
	checkpointDatum,
} from '../data/checkpoint-data.ts';
import {type CommitteeRecovery, recoverRedeemer} from '../data/recovery-data.ts';
import type {CardanoNetwork, Deployment} from '../deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {emptyPlan, type PlanOutput, type PlanUtxoWith, type TransactionPlan} from './transaction-plan.ts';

export type NextCheckpoint = {
	readonly period: number;
	readonly blockHash: HeaderHash;
	readonly stateRoot: Hash32;
	readonly payoutRoot: Hash32;
	readonly nextCommitteeHash: Hash32;
};

/** The start of the first Cardano slot that does not begin before `timeMs`. */
export const slotStartFrom = ({zeroTimeMs, slotLengthMs}: CardanoNetwork, timeMs: number): number =>
	zeroTimeMs + Math.max(0, Math.ceil((timeMs - zeroTimeMs) / slotLengthMs)) * slotLengthMs;

const checkpointOutput = (
	{network, scripts}: Deployment,
	{lovelace}: PlanUtxoWith<CheckpointDatum>,
	datum: CheckpointDatum,
): PlanOutput => {
	const {hash} = scripts.checkpoint;
	return {
		address: scriptAddress(networkIdOf(network.magic), hash),
		lovelace,
		assets: new Map([[toHex(hash) + toHex(CHECKPOINT_NFT_NAME), 1n]]),
		datum: checkpointDatum.toData(datum),
	};
};

export const advancePlan = (
	deployment: Deployment,
	current: PlanUtxoWith<CheckpointDatum>,
	next: NextCheckpoint,
	certificate: Certificate,
): TransactionPlan => {
	const {network, scripts, params} = deployment;
	const {nextCommitteeHash, ...rest} = next;
	const {genesisHash} = current.datum;
	return {
		...emptyPlan,
		spend: [{ref: current.ref, redeemer: advanceRedeemer.toData({...certificate, ...next})}],
		read: [scripts.checkpoint.reference],
		outputs: [
			checkpointOutput(deployment, current, {...rest, genesisHash, committeeHash: nextCommitteeHash}),
		],
		validFromMs: slotStartFrom(network, params.systemStartMs + next.period * params.periodMs),
	};
};

/** From when on the committee of a checkpoint counts as dead, in POSIX milliseconds. */
export const deadFromMs = ({params}: Pick<Deployment, 'params'>, period: number): number =>
	params.systemStartMs + (period + 1 + MISSED_PERIODS_DEAD) * params.periodMs;

/** What governance recorded of a proposal that passed. */
export type RecoveryRecord = {
	readonly ref: McOutRef;
	/** Name of its NFT. */
	readonly name: Uint8Array;
	readonly recovery: CommitteeRecovery;
};

export type RecoveryFailure =
	/** The record is about another checkpoint than the one that stands on Cardano: `stands`. */
	| {readonly code: 'RECOVERY_OF_OTHER_PERIOD'; readonly period: number; readonly stands: number}
	/** That committee signs already. */
	| {readonly code: 'RECOVERY_DONE'; readonly period: number};

/** Another committee for the next checkpoint; for contracts that were compiled with governance. Anybody may. */
export const recoverPlan = (
	deployment: Deployment,
	current: PlanUtxoWith<CheckpointDatum>,
	{ref, name, recovery: {period, committeeHash}}: RecoveryRecord,
): Result<TransactionPlan, RecoveryFailure> => {
	const {network, scripts} = deployment;
	const stands = current.datum.period;
	if (period !== stands) return err({code: 'RECOVERY_OF_OTHER_PERIOD', period, stands});
	if (equalBytes(committeeHash, current.datum.committeeHash)) return err({code: 'RECOVERY_DONE', period});
	return ok({
		...emptyPlan,
		spend: [{ref: current.ref, redeemer: recoverRedeemer.toData({record: name})}],
		read: [scripts.checkpoint.reference, ref],
		outputs: [checkpointOutput(deployment, current, {...current.datum, committeeHash})],
		validFromMs: slotStartFrom(network, deadFromMs(deployment, period)),
	});
};
