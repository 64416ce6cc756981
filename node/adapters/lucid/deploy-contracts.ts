import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {GenesisHash, Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {cardanoKey} from '#onchain/cardano/key-address';
import type {Deployment, PreparedDeployment} from '#onchain/deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {claimIdOf} from '#onchain/plans/claim-plans';
import {deployedBy, deployPlan, networkIdOf} from '#onchain/plans/deploy-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import {type ExecutedTransaction, executePlan} from './execute-plan.ts';
import {deploymentSeeds, foundGovernance, prepareGovernance} from './found-governance.ts';
import {type CardanoAccess, openLucid} from './lucid-session.ts';

export type PrepareOptions = {
	readonly genesisCommitteeHash: Hash32;
	/** When the side-chain's period 0 begins, in POSIX milliseconds. */
	readonly systemStartMs: number;
	readonly periodMs: number;
	/** Scripts that say which check failed; other hashes. For tests only. Default false. */
	readonly traced?: boolean;
	/** What governance begins with, which is founded beside the contracts; or the hash of a script that is there already. By default there is none. */
	readonly governance?: GovernanceTerms | Hash28 | undefined;
	readonly signal?: AbortSignal;
};

/** An output of the wallet with ADA only. Throws CARDANO_FUNDS_MISSING. */
export const walletOutput = async (
	access: Pick<CardanoAccess, 'kupoUrl'>,
	address: string,
	signal?: AbortSignal,
): Promise<McOutRef> => {
	const outputs = await openCardanoIndex(access.kupoUrl).matches(address, 'unspent', signal);
	const [largest] = outputs
		.filter(({units}) => units.size === 0)
		.sort((a, b) => (a.lovelace < b.lovelace ? 1 : -1));
	if (largest === undefined)
		throw new NodeError({
			code: 'CARDANO_FUNDS_MISSING',
			message: `The Cardano wallet ${address} has no ADA: send some to it.`,
			address,
		});
	return {txId: largest.txId, index: largest.index};
};

/**
 * Compiles the contracts for an output of the wallet. Nothing is submitted yet: the genesis file names these hashes,
 * and the deployment then names the genesis. The wallet must not spend that output in between.
 */
export const prepareDeployment = async (
	crypto: Crypto & SecretCrypto,
	access: CardanoAccess,
	options: PrepareOptions,
): Promise<PreparedDeployment> => {
	const {buildContracts} = await import('#onchain/plutus/build-contracts');
	const {address} = cardanoKey(crypto, networkIdOf(access.network.magic), access.walletSeed);
	const {governance: terms, traced = false, signal} = options;
	const isThere = terms === undefined || terms instanceof Uint8Array;
	const seeds = isThere ? undefined : await deploymentSeeds(access, address, signal);
	const seed = seeds?.checkpoint ?? (await walletOutput(access, address, signal));
	const governance =
		isThere || seeds === undefined
			? undefined
			: await prepareGovernance(crypto, terms, {seed: seeds.token, traced});
	const governor = isThere ? terms : governance?.governance.hash;
	const params = {
		seed,
		genesisCommitteeHash: options.genesisCommitteeHash,
		systemStartMs: options.systemStartMs,
		periodMs: options.periodMs,
		networkMagic: access.network.magic,
	};
	return {
		network: access.network,
		params,
		scripts: buildContracts(crypto, params, {traced, ...(governor && {governance: governor})}),
		treasuryClaimId: claimIdOf(crypto, seed),
		...(governance && {governance}),
	};
};

export type DeployOptions = {
	readonly genesisHash: GenesisHash;
	/** The genesis credits: as much ADA goes into the bridge. */
	readonly backing: Lovelace;
	readonly signal?: AbortSignal;
};

export type DeployedContracts = {
	readonly deployment: Deployment;
	readonly transaction: ExecutedTransaction;
	/** Of governance, which comes first. */
	readonly founding: readonly ExecutedTransaction[];
};

/**
 * Submits the deployment and waits until it is in a block: one transaction, after the three of governance. Nothing counts before the
 * last is there, so a deployment that was cut short is begun anew with another genesis.
 */
export const deployContracts = async (
	access: CardanoAccess,
	prepared: PreparedDeployment,
	{genesisHash, backing, signal}: DeployOptions,
): Promise<DeployedContracts> => {
	const session = await openLucid(access);
	const {governance} = prepared;
	const founded =
		governance &&
		(await foundGovernance(session, access, {prepared: governance, contracts: prepared, signal}));
	const request = {prepared, genesisHash, backing, references: founded?.references};
	const options = signal === undefined ? {} : {signal};
	const transaction = await executePlan(session, access, deployPlan(request), options);
	const deployment = deployedBy(request, transaction.txId);
	return {
		deployment: founded === undefined ? deployment : {...deployment, governance: founded.governance},
		transaction,
		founding: founded?.transactions ?? [],
	};
};
