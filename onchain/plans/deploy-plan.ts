import {toHex} from '#kernel/bytes';
import type {GenesisHash, Hash28, Hash32} from '#kernel/hash';
import {Hash32 as toHash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
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
};

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

/**
 * One transaction: mints the checkpoint NFT and the treasury's claim, backs the genesis credits, registers the accounts
 * of bridge and treasury, and leaves the scripts where everybody can refer to them. They lie at the registry's
 * address, where an output without a claim NFT can never be spent.
 */
export const deployPlan = (request: DeployRequest): TransactionPlan => {
	const {scripts, params, treasuryClaimId, network} = request.prepared;
	const home = scriptAddress(networkIdOf(network.magic), scripts.registry.hash);
	const references = CONTRACT_NAMES.map(name => ({
		address: home,
		lovelace: referenceLovelace(scripts[name].bytes.length),
		script: scripts[name],
	}));
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
		outputs: [...stateOutputs(request), ...references],
		scripts: [scripts.checkpoint, scripts.registry],
	};
};

/** The deployment's record once its transaction is known, without governance. */
export const deployedBy = (request: DeployRequest, txId: Hash32): Deployment => {
	const {genesisHash} = request;
	const {scripts, governance: _, ...prepared} = request.prepared;
	const firstReference = stateOutputs(request).length;
	const deployed = (name: ContractName) => ({
		...scripts[name],
		reference: {txId, index: firstReference + CONTRACT_NAMES.indexOf(name)},
	});
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
