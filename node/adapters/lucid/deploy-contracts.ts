import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {GenesisHash, Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {cardanoKey} from '#onchain/cardano/key-address';
import type {Deployment, PreparedDeployment} from '#onchain/deployment';
import {claimIdOf} from '#onchain/plans/claim-plans';
import {deployedBy, deployPlan, networkIdOf} from '#onchain/plans/deploy-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import {type ExecutedTransaction, executePlan} from './execute-plan.ts';
import {type CardanoAccess, openLucid} from './lucid-session.ts';

export type PrepareOptions = {
	readonly genesisCommitteeHash: Hash32;
	/** When the side-chain's period 0 begins, in POSIX milliseconds. */
	readonly systemStartMs: number;
	readonly periodMs: number;
	/** Scripts that say which check failed; other hashes. For tests only. Default false. */
	readonly traced?: boolean;
	/** Hash of a governance script that is there already. By default there is none. */
	readonly governance?: Hash28 | undefined;
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
	const seed = await walletOutput(access, address, options.signal);
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
		scripts: buildContracts(crypto, params, {
			traced: options.traced ?? false,
			...(options.governance === undefined ? {} : {governance: options.governance}),
		}),
		treasuryClaimId: claimIdOf(crypto, seed),
	};
};

export type DeployOptions = {
	readonly genesisHash: GenesisHash;
	/** The genesis credits: as much ADA goes into the bridge. */
	readonly backing: Lovelace;
	readonly signal?: AbortSignal;
};

/** Submits the deployment in one transaction and waits until it is in a block. */
export const deployContracts = async (
	access: CardanoAccess,
	prepared: PreparedDeployment,
	{genesisHash, backing, signal}: DeployOptions,
): Promise<{readonly deployment: Deployment; readonly transaction: ExecutedTransaction}> => {
	const request = {prepared, genesisHash, backing};
	const session = await openLucid(access);
	const transaction = await executePlan(
		session,
		access,
		deployPlan(request),
		signal === undefined ? {} : {signal},
	);
	return {deployment: deployedBy(request, transaction.txId), transaction};
};
