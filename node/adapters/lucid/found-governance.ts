/** How governance comes to Cardano, before the contracts that it governs. */
import type {Hasher} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {parseAddress} from '#onchain/cardano/address';
import type {PreparedDeployment} from '#onchain/deployment';
import type {DeployedGovernance, PreparedGovernance} from '#onchain/governance-deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {type ContractReferences, publishContractsPlan, publishedBy} from '#onchain/plans/deploy-plan';
import {FOUNDING_LOVELACE, foundGovernancePlan, publishGovernancePlan} from '#onchain/plans/token-plans';
import {emptyPlan, OUTPUT_LOVELACE_MIN, type TransactionPlan} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import type {KupoMatch} from '../kupo-client.ts';
import {type Deliver, type ExecutedTransaction, executePlan} from './execute-plan.ts';
import {
	type CardanoAccess,
	type CardanoPlace,
	type LucidSession,
	openLucid,
	type WatchedAccess,
} from './lucid-session.ts';

const FOUNDING_TEXT = `${FOUNDING_LOVELACE / 1_000_000n} ADA`;

type Seeds = {readonly checkpoint: McOutRef; readonly token: McOutRef};

/** Outputs of the wallet with ADA only, the largest first. */
const adaOutputs = async (
	kupoUrl: string,
	address: string,
	signal: AbortSignal | undefined,
): Promise<readonly KupoMatch[]> => {
	const outputs = await openCardanoIndex(kupoUrl).matches(address, 'unspent', signal);
	return outputs.filter(({units}) => units.size === 0).sort((a, b) => (a.lovelace < b.lovelace ? 1 : -1));
};

/** The larger one for the deployment, which backs the credits, unless only that one can pay for founding. */
const seedsAmong = ([largest, second]: readonly KupoMatch[]): Seeds | undefined => {
	if (largest === undefined || second === undefined || largest.lovelace < FOUNDING_LOVELACE) return undefined;
	const [token, checkpoint] = second.lovelace < FOUNDING_LOVELACE ? [largest, second] : [second, largest];
	return {
		checkpoint: {txId: checkpoint.txId, index: checkpoint.index},
		token: {txId: token.txId, index: token.index},
	};
};

const fundsMissing = (address: string): NodeError =>
	new NodeError({
		code: 'CARDANO_FUNDS_MISSING',
		message: `The Cardano wallet ${address} has too little ADA to found governance: send ${FOUNDING_TEXT} more than the genesis credits to it.`,
		address,
	});

const splitPlan = (address: string): TransactionPlan => {
	const parsed = parseAddress(address);
	assert(parsed.ok, 'the address of the wallet');
	return {...emptyPlan, outputs: [{address: parsed.value, lovelace: FOUNDING_LOVELACE}]};
};

/** For a wallet whose key is elsewhere: `deliver` is given the transaction that splits it. */
const notSplit = async (
	access: WatchedAccess,
	address: string,
	{deliver, signal}: SeedOptions,
): Promise<NodeError> => {
	if (deliver !== undefined)
		await executePlan(await openLucid(access), access, splitPlan(address), {deliver, signal});
	const split = `from ${address} to itself`;
	return new NodeError({
		code: 'CARDANO_WALLET_UNSPLIT',
		message:
			deliver === undefined
				? `Founding governance takes two outputs of the wallet, one of at least ${FOUNDING_TEXT}: send ${FOUNDING_TEXT} ${split} (--split-out writes that transaction), then say this again.`
				: `Founding governance takes two outputs of the wallet: the transaction that pays ${FOUNDING_TEXT} ${split} was written. Sign and submit it, then say this again.`,
		address,
		isDrafted: deliver !== undefined,
	});
};

export type SeedOptions = {
	/** Is given the transaction that splits the wallet, where its key is elsewhere. */
	readonly deliver?: Deliver | undefined;
	readonly signal?: AbortSignal | undefined;
};

/**
 * Two outputs of the wallet: one for the checkpoint, and one that pays for founding and publishing governance. A wallet
 * that has only one is split by a transaction to itself. Throws CARDANO_FUNDS_MISSING and, where somebody else has to sign that
 * transaction, CARDANO_WALLET_UNSPLIT.
 */
export const deploymentSeeds = async (
	access: CardanoAccess | WatchedAccess,
	address: string,
	options: SeedOptions = {},
): Promise<Seeds> => {
	const {signal} = options;
	const outputs = await adaOutputs(access.kupoUrl, address, signal);
	const there = seedsAmong(outputs);
	if (there !== undefined) return there;
	if (outputs.reduce((sum, {lovelace}) => sum + lovelace, 0n) < FOUNDING_LOVELACE + OUTPUT_LOVELACE_MIN)
		throw fundsMissing(address);
	if (!('walletKey' in access)) throw await notSplit(access, address, options);
	await executePlan(await openLucid(access), access, splitPlan(address), {signal});
	return (
		seedsAmong(await adaOutputs(access.kupoUrl, address, signal)) ?? Promise.reject(fundsMissing(address))
	);
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
	access: CardanoPlace,
	{
		prepared,
		contracts,
		...options
	}: {
		readonly prepared: PreparedGovernance;
		readonly contracts: PreparedDeployment;
		/** For a session `inSequence`, whose key is elsewhere. */
		readonly deliver?: Deliver | undefined;
		readonly signal?: AbortSignal | undefined;
	},
): Promise<FoundedGovernance> => {
	const {params, settings, token, governance} = prepared;
	const deployment = {
		network: access.network,
		token,
		governance,
		treasury: contracts.scripts.treasury.hash,
		claimUntilMs: params.claimUntilMs,
	};
	const transactions: ExecutedTransaction[] = [];
	const execute = async (
		plan: TransactionPlan,
	): Promise<{readonly txId: Hash32; readonly change: McOutRef}> => {
		const executed = await executePlan(session, access, plan, options);
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
