import {toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import type {NativeScript} from '../cardano/native-script.ts';
import {dataConstructor} from '../cardano/plutus-data.ts';
import type {CheckpointDatum} from '../data/checkpoint-data.ts';
import {CLAIM_STATUS, type ClaimDatum, claimDatum, payoutRedeemer} from '../data/claim-data.ts';
import {provenanceDatum, RATE_ONE, reserveDatum, TREASURY_SOURCE} from '../data/money-data.ts';
import type {Deployment} from '../deployment.ts';
import {PAYOUT_TAG, type PayoutProof} from '../payout.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {
	emptyPlan,
	OUTPUT_LOVELACE_MIN,
	type PlanOutput,
	type PlanUtxo,
	type PlanUtxoWith,
	type TransactionPlan,
} from './transaction-plan.ts';

export type PayoutFailure =
	| {readonly code: 'PAYOUT_NOT_PAYABLE'; readonly tag: number}
	| {readonly code: 'PAYOUT_NOTHING_TO_CLAIM'; readonly claimed: bigint; readonly cumulative: bigint}
	| {readonly code: 'PAYOUT_MONEY_MISSING'; readonly available: bigint; readonly wanted: bigint};

export type PayoutRequest = {
	readonly claim: PlanUtxoWith<ClaimDatum>;
	readonly checkpoint: PlanUtxoWith<CheckpointDatum>;
	readonly proof: PayoutProof;
	/** Outputs of the paying script that hold ADA only. */
	readonly money: readonly PlanUtxo[];
	/** Lovelace to take, by default what is due; anything else is for showing that it is refused. */
	readonly amount?: bigint;
	/** Where the claim is owned by keys together: they act by spending an output of theirs, and are paid where that was. */
	readonly owners?: CoOwners | undefined;
};

export type CoOwners = {
	readonly script: NativeScript;
	readonly address: Uint8Array;
	readonly utxo: PlanUtxo;
};

/** More inputs make the transaction long; the rest is claimed when the money lies in fewer outputs. */
const MONEY_INPUTS_MAX = 20;

const byAmount = (a: PlanUtxo, b: PlanUtxo): number =>
	a.lovelace < b.lovelace ? 1 : a.lovelace > b.lovelace ? -1 : 0;

const sumOf = (money: readonly PlanUtxo[]): bigint => money.reduce((sum, {lovelace}) => sum + lovelace, 0n);

/** The largest outputs first, until they hold the amount and what is left is none or enough for an output. */
const choose = (money: readonly PlanUtxo[], wanted: bigint): readonly PlanUtxo[] | undefined => {
	const sorted = [...money].sort(byAmount).slice(0, MONEY_INPUTS_MAX);
	for (let count = 1; count <= sorted.length; count++) {
		const chosen = sorted.slice(0, count);
		const rest = sumOf(chosen) - wanted;
		if (rest === 0n || rest >= OUTPUT_LOVELACE_MIN) return chosen;
	}
	// What is left is too little for an output of its own: the claimant tops it up.
	return sumOf(sorted) > wanted ? sorted : undefined;
};

const atLeast = (lovelace: bigint): bigint =>
	lovelace < OUTPUT_LOVELACE_MIN ? OUTPUT_LOVELACE_MIN : lovelace;

const treasuryOutput = (
	{network, scripts}: Deployment,
	delta: bigint,
	checkpoint: CheckpointDatum,
): PlanOutput => ({
	address: scriptAddress(networkIdOf(network.magic), scripts.treasury.hash),
	lovelace: atLeast(delta),
	datum: provenanceDatum.toData({
		source: TREASURY_SOURCE.fees,
		amount: delta,
		rate: RATE_ONE,
		reference: checkpoint.blockHash,
	}),
});

/** The whole amount: whoever hands the transaction in pays the fee. */
const ownersOutput = ({address, utxo}: CoOwners, amount: bigint): PlanOutput => ({
	address,
	lovelace: utxo.lovelace + amount,
});

const outputsOf = (
	deployment: Deployment,
	request: PayoutRequest,
	rest: bigint,
	payer: Uint8Array,
): PlanOutput[] => {
	const {claim, proof, checkpoint} = request;
	const {leaf} = proof;
	const registry = deployment.scripts.registry.hash;
	const claimAfter: PlanOutput = {
		address: scriptAddress(networkIdOf(deployment.network.magic), registry),
		lovelace: claim.lovelace,
		assets: new Map([[toHex(registry) + toHex(leaf.claimId), 1n]]),
		datum: claimDatum.toData({...claim.datum, claimed: leaf.cumulative}),
	};
	const outputs = [claimAfter];
	if (rest > 0n) outputs.push({address: payer, lovelace: atLeast(rest), datum: reserveDatum.toData({})});
	const delta = leaf.cumulative - claim.datum.claimed;
	if (claim.datum.status === CLAIM_STATUS.treasury)
		outputs.push(treasuryOutput(deployment, delta < 0n ? 0n : delta, checkpoint.datum));
	if (request.owners !== undefined) outputs.push(ownersOutput(request.owners, request.amount ?? delta));
	return outputs;
};

/** Signers, and the references that the transaction reads. */
const partiesOf = (
	deployment: Deployment,
	{claim, checkpoint, owners}: PayoutRequest,
	payer: McOutRef,
): Pick<TransactionPlan, 'read' | 'signers' | 'nativeScripts'> => {
	const hasKey = claim.datum.status !== CLAIM_STATUS.treasury && owners === undefined;
	return {
		read: [checkpoint.ref, deployment.scripts.registry.reference, payer],
		signers: hasKey ? [Hash28(claim.datum.ownerPkh)] : [],
		nativeScripts: owners === undefined ? [] : [owners.script],
	};
};

/**
 * Pays a leaf to its claim: withdrawals (and the treasury's share of fees) from the bridge, subsidies from the
 * treasury. What is due is the leaf's cumulative amount less what was claimed before.
 */
export const payoutPlan = (
	deployment: Deployment,
	request: PayoutRequest,
): Result<TransactionPlan, PayoutFailure> => {
	const {claim, proof, money} = request;
	const {claimId, cumulative, tag} = proof.leaf;
	const {claimed} = claim.datum;
	if (tag === PAYOUT_TAG.slash) return err({code: 'PAYOUT_NOT_PAYABLE', tag});
	const amount = request.amount ?? cumulative - claimed;
	if (amount <= 0n) return err({code: 'PAYOUT_NOTHING_TO_CLAIM', claimed, cumulative});
	const chosen = choose(money, amount);
	if (chosen === undefined)
		return err({code: 'PAYOUT_MONEY_MISSING', available: sumOf(money), wanted: amount});
	const payer = tag === PAYOUT_TAG.withdrawal ? deployment.scripts.bridge : deployment.scripts.treasury;
	const payerAddress = scriptAddress(networkIdOf(deployment.network.magic), payer.hash);
	const redeemer = dataConstructor(0);
	return ok({
		...emptyPlan,
		...partiesOf(deployment, request, payer.reference),
		spend: [
			{ref: claim.ref, redeemer},
			...chosen.map(({ref}) => ({ref, redeemer})),
			...(request.owners === undefined ? [] : [{ref: request.owners.utxo.ref}]),
		],
		judge: [
			{
				script: payer.hash,
				redeemer: payoutRedeemer.toData({claimId, cumulative, index: proof.index, proof: proof.path}),
			},
		],
		outputs: outputsOf(deployment, request, sumOf(chosen) - amount, payerAddress),
	});
};
