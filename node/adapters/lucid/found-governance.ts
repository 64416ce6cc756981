/** How governance comes to Cardano, before the contracts that it governs. */
import type {Hasher} from '#crypto/crypto';
import type {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {parseAddress} from '#onchain/cardano/address';
import type {PreparedDeployment} from '#onchain/deployment';
import type {DeployedGovernance, PreparedGovernance} from '#onchain/governance-deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {type ContractReferences, publishContractsPlan, publishedBy} from '#onchain/plans/deploy-plan';
import {FOUNDING_LOVELACE, foundGovernancePlan, publishGovernancePlan} from '#onchain/plans/token-plans';
import {emptyPlan, type TransactionPlan} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import {type ExecutedTransaction, executePlan} from './execute-plan.ts';
import {type CardanoAccess, type LucidSession, openLucid, type WatchedAccess} from './lucid-session.ts';

type Seeds = {
	/** The wallet's largest output. */
	readonly checkpoint: McOutRef;
	readonly token: McOutRef;
};

const seedsNow = async (
	kupoUrl: string,
	address: string,
	signal?: AbortSignal,
): Promise<Seeds | undefined> => {
	const outputs = await openCardanoIndex(kupoUrl).matches(address, 'unspent', signal);
	const [largest, second] = outputs
		.filter(({units}) => units.size === 0)
		.sort((a, b) => (a.lovelace < b.lovelace ? 1 : -1));
	if (largest === undefined || second === undefined || second.lovelace < FOUNDING_LOVELACE) return undefined;
	return {
		checkpoint: {txId: largest.txId, index: largest.index},
		token: {txId: second.txId, index: second.index},
	};
};

/**
 * Two outputs of the wallet: one for the checkpoint, and one that pays for founding and publishing governance. A wallet
 * that has only one is split by a transaction to itself. Throws CARDANO_FUNDS_MISSING.
 */
export const deploymentSeeds = async (
	access: CardanoAccess | WatchedAccess,
	address: string,
	signal?: AbortSignal,
): Promise<Seeds> => {
	const there = await seedsNow(access.kupoUrl, address, signal);
	if (there !== undefined) return there;
	if (!('walletKey' in access))
		throw new NodeError({
			code: 'CARDANO_WALLET_NEEDS_KEY',
			message:
				'Founding governance takes two outputs of the wallet: give its signing key, so that it can be split.',
			address,
		});
	const parsed = parseAddress(address);
	const own = parsed.ok ? parsed.value : new Uint8Array(0);
	const plan = {...emptyPlan, outputs: [{address: own, lovelace: FOUNDING_LOVELACE}]};
	await executePlan(await openLucid(access), access, plan, signal === undefined ? {} : {signal});
	const split = await seedsNow(access.kupoUrl, address, signal);
	if (split !== undefined) return split;
	throw new NodeError({
		code: 'CARDANO_FUNDS_MISSING',
		message: `The Cardano wallet ${address} has too little ADA to found governance: send 150 ADA more than the genesis credits to it.`,
		address,
	});
};

/** Compiles token and governance for an output of the wallet. Nothing is submitted. */
export const prepareGovernance = async (
	hasher: Hasher,
	{settings, ...terms}: GovernanceTerms,
	{seed, traced = false}: {readonly seed: McOutRef; readonly traced?: boolean},
): Promise<PreparedGovernance> => {
	const {buildGovernance} = await import('#onchain/plutus/build-governance');
	const params = {...terms, seed};
	return {params, settings, ...buildGovernance(hasher, params, {traced})};
};

export type FoundedGovernance = {
	readonly governance: DeployedGovernance;
	/** Where the contracts that it governs were published. */
	readonly references: ContractReferences;
	readonly transactions: readonly ExecutedTransaction[];
};

/**
 * Mints the supply and the governor in one transaction, and publishes first the scripts of governance and then those that it
 * governs in two more. Each is paid for by the change of the one before, so that the deployment's seed is not spent.
 */
export const foundGovernance = async (
	session: LucidSession,
	access: CardanoAccess,
	{
		prepared,
		contracts,
		signal,
	}: {
		readonly prepared: PreparedGovernance;
		readonly contracts: PreparedDeployment;
		readonly signal?: AbortSignal | undefined;
	},
): Promise<FoundedGovernance> => {
	const {params, settings, token, governance} = prepared;
	const deployment = {network: access.network, token, governance, treasury: contracts.scripts.treasury.hash};
	const transactions: ExecutedTransaction[] = [];
	const execute = async (
		plan: TransactionPlan,
	): Promise<{readonly txId: Hash32; readonly change: McOutRef}> => {
		const executed = await executePlan(session, access, plan, signal === undefined ? {} : {signal});
		transactions.push(executed);
		// The wallet's change follows the plan's outputs.
		return {txId: executed.txId, change: {txId: executed.txId, index: plan.outputs.length}};
	};
	const {seed, allocationRoot, allocated} = params;
	const founded = await execute(foundGovernancePlan(deployment, {seed, allocationRoot, allocated, settings}));
	const published = await execute(publishGovernancePlan(deployment, founded.change));
	const {txId} = await execute(publishContractsPlan(contracts, published.change));
	const reference = (index: number): McOutRef => ({txId: published.txId, index});
	return {
		governance: {
			...prepared,
			token: {...token, reference: reference(0)},
			governance: {...governance, reference: reference(1)},
		},
		references: publishedBy(txId),
		transactions,
	};
};
