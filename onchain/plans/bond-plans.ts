/** Transactions with a provider's bond: put it up, keep, dispute, answer, slash, leave. */
import type {Hasher} from '#crypto/crypto';
import {concat, equalBytes, toHex, u64be} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {Epoch} from '#kernel/slot';
import {challengeIndexes} from '#storage-proofs/challenge';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import type {TriePath} from '#storage-proofs/trie/trie-path';
import {type ForestProofError, verifyForestProof} from '#storage-proofs/verify-forest-proof';
import type {BondDeployment} from '../bond-deployment.ts';
import {enterpriseAddress} from '../cardano/address.ts';
import {dataBytes, type PlutusData} from '../cardano/plutus-data.ts';
import {
	announceExitRedeemer,
	answerDisputeRedeemer,
	type BondDatum,
	bondDatum,
	burnBondRedeemer,
	type DisputedBondDatum,
	disputeBondRedeemer,
	disputedBondDatum,
	keepBondRedeemer,
	leaveBondRedeemer,
	registerBondRedeemer,
	slashBondRedeemer,
} from '../data/bond-data.ts';
import type {CheckpointDatum} from '../data/checkpoint-data.ts';
import {provenanceDatum, RATE_ONE, TREASURY_SOURCE} from '../data/money-data.ts';
import {type ProvenForest, stateRootOfForest} from '../state-row.ts';
import {slotStartFrom} from './checkpoint-plan.ts';
import {claimIdOf} from './claim-plans.ts';
import {networkIdOf, referenceLovelace, scriptAddress} from './deploy-plan.ts';
import type {TimeRange} from './governance-plans.ts';
import {referTo} from './token-plans.ts';
import {emptyPlan, type PlanOutput, type PlanUtxoWith, type TransactionPlan} from './transaction-plan.ts';

type Named<T> = PlanUtxoWith<T> & {
	/** Of the NFT. */
	readonly name: Hash32;
};
export type Bond = Named<BondDatum>;
export type DisputedBond = Named<DisputedBondDatum>;

export const bondUnit = ({bond}: Pick<BondDeployment, 'bond'>, name: Hash32): string =>
	toHex(bond.hash) + toHex(name);

const bondAddress = ({network, bond}: BondDeployment): Uint8Array =>
	scriptAddress(networkIdOf(network.magic), bond.hash);

export const bondOutput = (
	deployment: BondDeployment,
	name: Hash32,
	{lovelace, datum}: {readonly lovelace: bigint; readonly datum: PlutusData},
): PlanOutput => ({
	address: bondAddress(deployment),
	lovelace,
	assets: new Map([[bondUnit(deployment, name), 1n]]),
	datum,
});

/** Leaves the script where everybody can refer to it: at its own address without an NFT, where nothing can be spent. */
export const publishBondPlan = (deployment: BondDeployment): TransactionPlan => {
	const {bytes, hash} = deployment.bond;
	const lovelace = referenceLovelace(bytes.length);
	return {...emptyPlan, outputs: [{address: bondAddress(deployment), lovelace, script: {bytes, hash}}]};
};

export type RegisterBondRequest = {
	/** An output of the wallet, which the bond is named after. */
	readonly seed: McOutRef;
	/** Of the provider's claim. */
	readonly owner: Hash28;
	readonly provider: Hash32;
	/** The claim's output. */
	readonly claim: McOutRef;
};

export const registerBondPlan = (
	hasher: Hasher,
	deployment: BondDeployment,
	{seed, owner, provider, claim}: RegisterBondRequest,
): TransactionPlan => {
	const name = claimIdOf(hasher, seed);
	const {read, scripts} = referTo(deployment.bond);
	return {
		...emptyPlan,
		spend: [{ref: seed}],
		read: [...read, claim],
		scripts,
		mint: [{unit: bondUnit(deployment, name), quantity: 1n, redeemer: registerBondRedeemer.toData(seed)}],
		outputs: [
			bondOutput(deployment, name, {
				lovelace: deployment.params.bond,
				datum: bondDatum.toData({owner, provider, exitAfterMs: 0}),
			}),
		],
		signers: [owner],
	};
};

/** The bond spent, and going on with another datum and perhaps more ADA. */
const goOn = (
	deployment: BondDeployment,
	{ref, name, lovelace}: Bond | DisputedBond,
	redeemer: PlutusData,
	next: {readonly datum: PlutusData; readonly more?: bigint},
): TransactionPlan => ({
	...emptyPlan,
	...referTo(deployment.bond),
	spend: [{ref, redeemer}],
	outputs: [bondOutput(deployment, name, {lovelace: lovelace + (next.more ?? 0n), datum: next.datum})],
});

/** Adds ADA, or gives the bond to another owner. */
export const keepBondPlan = (
	deployment: BondDeployment,
	bond: Bond,
	{more = 0n, owner = bond.datum.owner}: {readonly more?: bigint; readonly owner?: Hash28},
): TransactionPlan => ({
	...goOn(deployment, bond, keepBondRedeemer.toData({}), {
		datum: bondDatum.toData({...bond.datum, owner}),
		more,
	}),
	signers: [bond.datum.owner],
});

export type DisputeFailure =
	/** There is nothing to ask for. */
	| {readonly code: 'DISPUTE_FOREST_EMPTY'; readonly epoch: number}
	| {readonly code: 'DISPUTE_CHALLENGE_UNKNOWN'; readonly challenge: number; readonly challenges: number}
	/** The checkpoint that stands does not say so; `period` is its own. */
	| {readonly code: 'DISPUTE_NOT_PROVEN'; readonly epoch: number; readonly period: number};

export type DisputeRequest = {
	readonly checkpoint: PlanUtxoWith<CheckpointDatum>;
	readonly forest: ProvenForest;
	/** Which of the epoch's challenges, from 0. */
	readonly challenge: number;
	/** Gets the deposit back, and the reward, when nobody answers. */
	readonly challenger: Hash28;
	readonly range: TimeRange;
};

const disputedDatum = (
	hasher: Hasher,
	{params}: BondDeployment,
	{datum}: Bond,
	{checkpoint, forest, challenge, challenger, range}: DisputeRequest,
): Result<DisputedBondDatum, DisputeFailure> => {
	const {epoch, seed, root, totalLeaves} = forest;
	if (totalLeaves === 0n) return err({code: 'DISPUTE_FOREST_EMPTY', epoch});
	const indexes = challengeIndexes(hasher, {
		genesisHash: checkpoint.datum.genesisHash,
		seed,
		providerId: datum.provider,
		epoch: Epoch(epoch),
		totalLeaves,
	});
	const leaf = indexes[challenge];
	if (leaf === undefined)
		return err({code: 'DISPUTE_CHALLENGE_UNKNOWN', challenge, challenges: indexes.length});
	const stateRoot = stateRootOfForest(hasher, {...forest, provider: datum.provider});
	if (stateRoot === undefined || !equalBytes(stateRoot, checkpoint.datum.stateRoot))
		return err({code: 'DISPUTE_NOT_PROVEN', epoch, period: checkpoint.datum.period});
	return ok({...datum, challenger, root, totalLeaves, leaf, answerByMs: range.toMs + params.answerMs});
};

/** Asks for one leaf that the side-chain drew, of a forest that it counted as proven. */
export const disputeBondPlan = (
	hasher: Hasher,
	deployment: BondDeployment,
	bond: Bond,
	request: DisputeRequest,
): Result<TransactionPlan, DisputeFailure> => {
	const datum = disputedDatum(hasher, deployment, bond, request);
	if (!datum.ok) return datum;
	const {checkpoint, forest, challenge, challenger, range} = request;
	const redeemer = disputeBondRedeemer.toData({...forest, challenge, challenger});
	const plan = goOn(deployment, bond, redeemer, {
		datum: disputedBondDatum.toData(datum.value),
		more: deployment.params.deposit,
	});
	return ok({
		...plan,
		read: [...plan.read, checkpoint.ref],
		validFromMs: range.fromMs,
		validToMs: range.toMs,
	});
};

/** From the bottom up, as the script walks: depth u8 | sibling 32 | sum of the sibling u64be. */
const packedPath = (path: TriePath): readonly Uint8Array[] =>
	path
		.map(({depth, sibling, siblingSum}) => concat(Uint8Array.of(depth), sibling, u64be(siblingSum)))
		.reverse();

const idleAfter = ({owner, provider, exitAfterMs}: BondDatum): PlutusData =>
	bondDatum.toData({owner, provider, exitAfterMs});

/** Shows the leaf that was asked for. Anybody may; what does not show it is found before it is sent. */
export const answerDisputePlan = (
	hasher: Hasher,
	deployment: BondDeployment,
	bond: DisputedBond,
	opening: LeafOpening,
): Result<TransactionPlan, ForestProofError> => {
	const {root, totalLeaves, leaf} = bond.datum;
	const shown = verifyForestProof(hasher, {root, totalLeaves, indexes: [leaf]}, {openings: [opening]});
	if (!shown.ok) return shown;
	return ok(goOn(deployment, bond, answerRedeemerOf(opening), {datum: idleAfter(bond.datum)}));
};

export const answerRedeemerOf = ({
	agreementId,
	revisionNo,
	agreementPath,
	pieceId,
	piecePath,
	piece,
}: LeafOpening): PlutusData =>
	answerDisputeRedeemer.toData({
		agreementId,
		revisionNo,
		agreementPath: packedPath(agreementPath),
		pieceId,
		piecePath: packedPath(piecePath),
		pieceLength: piece.pieceLength,
		leaf: piece.leaf,
		leafPath: piece.path,
	});

const endOf = (
	deployment: BondDeployment,
	{ref, name}: Bond | DisputedBond,
	redeemer: PlutusData,
): TransactionPlan => ({
	...emptyPlan,
	...referTo(deployment.bond),
	spend: [{ref, redeemer}],
	mint: [{unit: bondUnit(deployment, name), quantity: -1n, redeemer: burnBondRedeemer.toData({})}],
});

/** After the time to answer: the bond goes to the treasury, less what whoever disputed is due. Anybody may. */
export const slashBondPlan = (deployment: BondDeployment, bond: DisputedBond): TransactionPlan => {
	const {network, params} = deployment;
	const due = params.deposit + params.reward;
	const amount = bond.lovelace - due;
	const id = networkIdOf(network.magic);
	return {
		...endOf(deployment, bond, slashBondRedeemer.toData({})),
		outputs: [
			{
				address: scriptAddress(id, params.treasury),
				lovelace: amount,
				datum: provenanceDatum.toData({
					source: TREASURY_SOURCE.gift,
					amount,
					rate: RATE_ONE,
					reference: bond.name,
				}),
			},
			{
				address: enterpriseAddress(id, {kind: 'key', hash: bond.datum.challenger}),
				lovelace: due,
				datum: dataBytes(bond.name),
			},
		],
		validFromMs: slotStartFrom(network, bond.datum.answerByMs),
	};
};

/** The owner may leave `exitMs` after `toMs`. */
export const announceExitPlan = (
	deployment: BondDeployment,
	bond: Bond,
	{toMs}: Pick<TimeRange, 'toMs'>,
): TransactionPlan => {
	const exitAfterMs = toMs + deployment.params.exitMs;
	const datum = bondDatum.toData({...bond.datum, exitAfterMs});
	return {
		...goOn(deployment, bond, announceExitRedeemer.toData({}), {datum}),
		signers: [bond.datum.owner],
		validToMs: toMs,
	};
};

export type LeaveFailure = {readonly code: 'BOND_EXIT_NOT_ANNOUNCED'};

/** The owner takes the bond back. */
export const leaveBondPlan = (
	deployment: BondDeployment,
	bond: Bond,
): Result<TransactionPlan, LeaveFailure> => {
	const {owner, exitAfterMs} = bond.datum;
	if (exitAfterMs === 0) return err({code: 'BOND_EXIT_NOT_ANNOUNCED'});
	return ok({
		...endOf(deployment, bond, leaveBondRedeemer.toData({})),
		signers: [owner],
		validFromMs: slotStartFrom(deployment.network, exitAfterMs),
	});
};
