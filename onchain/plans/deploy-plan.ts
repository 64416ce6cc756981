import {toHex} from '#kernel/bytes';
import type {GenesisHash, Hash28, Hash32} from '#kernel/hash';
import {Hash32 as toHash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {enterpriseAddress, type NetworkId} from '../cardano/address.ts';
import {dataConstructor} from '../cardano/plutus-data.ts';
import {CONTRACT_NAMES, type ContractName} from '../contract-names.ts';
import {CHECKPOINT_NFT_NAME, checkpointDatum} from '../data/checkpoint-data.ts';
import {CLAIM_STATUS, claimDatum, openRedeemer} from '../data/claim-data.ts';
import {reserveDatum} from '../data/money-data.ts';
import type {Deployment, PreparedDeployment} from '../deployment.ts';
import {
	emptyPlan,
	OUTPUT_LOVELACE_MIN,
	type PlanOutput,
	STATE_LOVELACE,
	type TransactionPlan,
} from './transaction-plan.ts';

export const scriptAddress = (network: NetworkId, hash: Hash28): Uint8Array =>
	enterpriseAddress(network, {kind: 'script', hash});

export const networkIdOf = (magic: number): NetworkId => (magic === 764_824_073 ? 'mainnet' : 'testnet');

/** What the ledger asks for an output with a script of that many bytes, rounded up. */
export const referenceLovelace = (scriptLength: number): bigint => BigInt((scriptLength + 300) * 4_310);

const ZERO_HASH: Hash32 = toHash32(new Uint8Array(32));

export type DeployRequest = {
	readonly prepared: PreparedDeployment;
	readonly genesisHash: GenesisHash;
	/** The credits of the genesis: as much ADA is locked in the bridge. */
	readonly backing: Lovelace;
	/** Of scripts that were published before; by default the deployment carries and publishes them itself. */
	readonly references?: ContractReferences | undefined;
};

export type ContractReferences = {readonly [Name in ContractName]: McOutRef};

/** Outputs of the deployment before those that hold the scripts. */
const stateOutputs = ({prepared, genesisHash, backing}: DeployRequest): PlanOutput[] => {
	const {scripts, params, treasuryClaimId} = prepared;
	const network = networkIdOf(prepared.network.magic);
	const checkpoint: PlanOutput = {
		address: scriptAddress(network, scripts.checkpoint.hash),
		lovelace: STATE_LOVELACE,
		assets: new Map([[toHex(scripts.checkpoint.hash) + toHex(CHECKPOINT_NFT_NAME), 1n]]),
		datum: checkpointDatum.toData({
			genesisHash,
			period: 0,
			blockHash: ZERO_HASH,
			stateRoot: ZERO_HASH,
			payoutRoot: ZERO_HASH,
			committeeHash: params.genesisCommitteeHash,
		}),
	};
	const treasuryClaim: PlanOutput = {
		address: scriptAddress(network, scripts.registry.hash),
		lovelace: STATE_LOVELACE,
		assets: new Map([[toHex(scripts.registry.hash) + toHex(treasuryClaimId), 1n]]),
		datum: claimDatum.toData({
			ownerPkh: new Uint8Array(0),
			operatorVk: scripts.bridge.hash,
			claimed: Lovelace(0n),
			collateral: Lovelace(0n),
			status: CLAIM_STATUS.treasury,
			exitAfter: 0n,
		}),
	};
	const reserve: PlanOutput = {
		address: scriptAddress(network, scripts.bridge.hash),
		lovelace: backing,
		datum: reserveDatum.toData({}),
	};
	return backing >= OUTPUT_LOVELACE_MIN ? [checkpoint, treasuryClaim, reserve] : [checkpoint, treasuryClaim];
};

/** Outputs that hold the scripts lie at the registry's address, where one without a claim NFT can never be spent. */
const referenceOutputs = ({scripts, network}: PreparedDeployment): PlanOutput[] =>
	CONTRACT_NAMES.map(name => ({
		address: scriptAddress(networkIdOf(network.magic), scripts.registry.hash),
		lovelace: referenceLovelace(scripts[name].bytes.length),
		script: scripts[name],
	}));

const referencesFrom = (txId: Hash32, first: number): ContractReferences => ({
	checkpoint: {txId, index: first},
	registry: {txId, index: first + 1},
	treasury: {txId, index: first + 2},
	bridge: {txId, index: first + 3},
});

/**
 * Publishes the scripts before the deployment, which does not fit into a transaction with them when they are governed. `paidFrom`
 * is an output of the wallet that is not the deployment's seed.
 */
export const publishContractsPlan = (prepared: PreparedDeployment, paidFrom: McOutRef): TransactionPlan => ({
	...emptyPlan,
	spend: [{ref: paidFrom}],
	outputs: referenceOutputs(prepared),
});

/** Where `publishContractsPlan` has put them. */
export const publishedBy = (txId: Hash32): ContractReferences => referencesFrom(txId, 0);

/**
 * One transaction: mints the checkpoint NFT and the treasury's claim, backs the genesis credits, registers the accounts
 * of bridge and treasury, and leaves the scripts where everybody can refer to them, if they are not there yet.
 */
export const deployPlan = (request: DeployRequest): TransactionPlan => {
	const {prepared, references} = request;
	const {scripts, params, treasuryClaimId} = prepared;
	return {
		...emptyPlan,
		spend: [{ref: params.seed}],
		mint: [
			{
				unit: toHex(scripts.checkpoint.hash) + toHex(CHECKPOINT_NFT_NAME),
				quantity: 1n,
				redeemer: dataConstructor(0),
			},
			{
				unit: toHex(scripts.registry.hash) + toHex(treasuryClaimId),
				quantity: 1n,
				redeemer: openRedeemer.toData(params.seed),
			},
		],
		register: [scripts.treasury.hash, scripts.bridge.hash],
		...(references === undefined
			? {
					outputs: [...stateOutputs(request), ...referenceOutputs(prepared)],
					scripts: [scripts.checkpoint, scripts.registry],
				}
			: {outputs: stateOutputs(request), read: [references.checkpoint, references.registry]}),
	};
};

/** The deployment's record once its transaction is known, without governance. */
export const deployedBy = (request: DeployRequest, txId: Hash32): Deployment => {
	const {genesisHash} = request;
	const {scripts, governance: _, ...prepared} = request.prepared;
	const references = request.references ?? referencesFrom(txId, stateOutputs(request).length);
	const deployed = (name: ContractName) => ({...scripts[name], reference: references[name]});
	return {
		...prepared,
		genesisHash,
		scripts: {
			checkpoint: deployed('checkpoint'),
			registry: deployed('registry'),
			treasury: deployed('treasury'),
			bridge: deployed('bridge'),
		},
	};
};
