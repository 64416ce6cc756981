import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {GenesisHash, Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import type {Deployment, PreparedDeployment} from '#onchain/deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {claimIdOf} from '#onchain/plans/claim-plans';
import {deployedBy, deployPlan} from '#onchain/plans/deploy-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import type {Deliver, ExecutedTransaction} from './execute-plan.ts';
import {
	deploymentSeeds,
	type FoundedGovernance,
	foundGovernance,
	prepareGovernance,
	type SeedOptions,
} from './found-governance.ts';
import {type CardanoAccess, openLucid, type WatchedAccess} from './lucid-session.ts';
import {deployPurpose} from './payment-purpose.ts';
import {PlanRunner, type WalletOptions} from './plan-runner.ts';
import {walletOf} from './wallet-of.ts';

export type PrepareOptions = {
	readonly genesisCommitteeHash: Hash32;
	/** When the side-chain's period 0 begins, in POSIX milliseconds. */
	readonly systemStartMs: number;
	readonly periodMs: number;
	/** Scripts that say which check failed; other hashes. For tests only. Default false. */
	readonly traced?: boolean;
	/** What governance begins with, which is founded beside the contracts; or the hash of a script that is there already. By default there is none. */
	readonly governance?: GovernanceTerms | Hash28 | undefined;
} & SeedOptions;

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
	access: CardanoAccess | WatchedAccess,
	options: PrepareOptions,
): Promise<PreparedDeployment> => {
	const {buildContracts} = await import('#onchain/plutus/build-contracts');
	const {address} = walletOf(crypto, access);
	const {governance: terms, traced = false, deliver, signal} = options;
	const isThere = terms === undefined || terms instanceof Uint8Array;
	const seeds = isThere ? undefined : await deploymentSeeds(access, address, {deliver, signal});
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

export type DeployOptions = WalletOptions & {
	readonly genesisHash: GenesisHash;
	/** The genesis credits: as much ADA goes into the bridge. */
	readonly backing: Lovelace;
	/** Is given the record of what will be deployed before anybody else hears of it. */
	readonly record?: (deployment: Deployment) => Promise<void>;
	readonly signal?: AbortSignal | undefined;
};

export type DeployedContracts = {
	readonly deployment: Deployment;
	readonly transaction: ExecutedTransaction;
	/** Of governance, which comes first. */
	readonly founding: readonly ExecutedTransaction[];
};

/** Governance first, where it is founded beside the contracts. */
const foundFirst = async (
	access: CardanoAccess | WatchedAccess,
	contracts: PreparedDeployment,
	options: Pick<DeployOptions, 'deliver' | 'signal'>,
): Promise<FoundedGovernance | undefined> => {
	const {governance: prepared} = contracts;
	if (prepared === undefined) return undefined;
	return foundGovernance(await openLucid(access), access, {prepared, contracts, ...options});
};

/**
 * Submits the deployment and waits until it is in a block, or delivers its draft: one transaction, after the three of governance,
 * whose drafts are to be delivered `inSequence`.
 * Nothing counts before the last is there, so a deployment that was cut short before that was signed is begun anew with another
 * genesis.
 */
export const deployContracts = async (
	access: CardanoAccess | WatchedAccess,
	prepared: PreparedDeployment,
	{genesisHash, backing, record, deliver, signal, ...wallet}: DeployOptions,
): Promise<DeployedContracts> => {
	const founded = await foundFirst(access, prepared, {deliver, signal});
	const request = {prepared, genesisHash, backing, references: founded?.references};
	const recordOf = (txId: Hash32): Deployment => {
		const deployment = deployedBy(request, txId);
		return founded === undefined ? deployment : {...deployment, governance: founded.governance};
	};
	const tell = async ({txId}: {readonly txId: Hash32}): Promise<void> => record?.(recordOf(txId));
	const recorded: Deliver | undefined = deliver && (draft => tell(draft).then(() => deliver(draft)));
	const transaction = await new PlanRunner(access, {...wallet, deliver: recorded}).run(
		deployPurpose(genesisHash),
		async () => deployPlan(request),
		{keep: tell, signal},
	);
	return {
		deployment: recordOf(transaction.txId),
		transaction,
		founding: founded?.transactions ?? [],
	};
};

/** What an earlier run has signed for deploying this side-chain, once it is in a block; its record was written then. */
export const resumeDeployment = (
	access: CardanoAccess,
	genesisHash: GenesisHash,
	wallet: WalletOptions,
	signal?: AbortSignal,
): Promise<ExecutedTransaction | undefined> =>
	new PlanRunner(access, wallet).resume(deployPurpose(genesisHash), signal);
