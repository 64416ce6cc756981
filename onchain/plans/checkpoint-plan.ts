import {toHex} from '#kernel/bytes';
import type {Hash32, HeaderHash} from '#kernel/hash';
import type {Certificate} from '../committee.ts';
import {
	advanceRedeemer,
	CHECKPOINT_NFT_NAME,
	type CheckpointDatum,
	checkpointDatum,
} from '../data/checkpoint-data.ts';
import type {CardanoNetwork, Deployment} from '../deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {emptyPlan, type PlanUtxoWith, type TransactionPlan} from './transaction-plan.ts';

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

export const advancePlan = (
	{network, scripts, params}: Deployment,
	current: PlanUtxoWith<CheckpointDatum>,
	next: NextCheckpoint,
	certificate: Certificate,
): TransactionPlan => {
	const {hash, reference} = scripts.checkpoint;
	const {nextCommitteeHash, ...rest} = next;
	return {
		...emptyPlan,
		spend: [{ref: current.ref, redeemer: advanceRedeemer.toData({...certificate, ...next})}],
		read: [reference],
		outputs: [
			{
				address: scriptAddress(networkIdOf(network.magic), hash),
				lovelace: current.lovelace,
				assets: new Map([[toHex(hash) + toHex(CHECKPOINT_NFT_NAME), 1n]]),
				datum: checkpointDatum.toData({
					...rest,
					genesisHash: current.datum.genesisHash,
					committeeHash: nextCommitteeHash,
				}),
			},
		],
		validFromMs: slotStartFrom(network, params.systemStartMs + next.period * params.periodMs),
	};
};
