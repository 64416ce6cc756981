/** How governance comes to Cardano, before the contracts that it governs. */
import type {Hasher} from '#crypto/crypto';
import type {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {parseAddress} from '#onchain/cardano/address';
import type {DeployedGovernance, PreparedGovernance} from '#onchain/governance-deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {FOUNDING_LOVELACE, foundGovernancePlan, publishGovernancePlan} from '#onchain/plans/token-plans';
import {emptyPlan} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import {type ExecutedTransaction, executePlan} from './execute-plan.ts';
import {type CardanoAccess, type LucidSession, openLucid} from './lucid-session.ts';

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
	access: CardanoAccess,
	address: string,
	signal?: AbortSignal,
): Promise<Seeds> => {
	const there = await seedsNow(access.kupoUrl, address, signal);
	if (there !== undefined) return there;
	const parsed = parseAddress(address);
	const own = parsed.ok ? parsed.value : new Uint8Array(0);
	const plan = {...emptyPlan, outputs: [{address: own, lovelace: FOUNDING_LOVELACE}]};
	await executePlan(await openLucid(access), access, plan, signal === undefined ? {} : {signal});
	const split = await seedsNow(access.kupoUrl, address, signal);
	if (split !== undefined) return split;
	throw new NodeError({
		code: 'CARDANO_FUNDS_MISSING',
		message: `The Cardano wallet ${address} has too little ADA to found governance: send more than 200 ADA to it.`,
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
	readonly founded: ExecutedTransaction;
	readonly published: ExecutedTransaction;
};

/** Mints the supply and the governor in one transaction, and publishes both scripts in a second that only its change pays for. */
export const foundGovernance = async (
	session: LucidSession,
	access: CardanoAccess,
	{
		prepared,
		treasury,
		signal,
	}: {
		readonly prepared: PreparedGovernance;
		readonly treasury: Hash28;
		readonly signal?: AbortSignal | undefined;
	},
): Promise<FoundedGovernance> => {
	const {params, settings, token, governance} = prepared;
	const deployment = {network: access.network, token, governance, treasury};
	const options = signal === undefined ? {} : {signal};
	const {seed, allocationRoot, allocated} = params;
	const plan = foundGovernancePlan(deployment, {seed, allocationRoot, allocated, settings});
	const founded = await executePlan(session, access, plan, options);
	// The wallet's change follows the plan's outputs.
	const change = {txId: founded.txId, index: plan.outputs.length};
	const published = await executePlan(session, access, publishGovernancePlan(deployment, change), options);
	const reference = (index: number): McOutRef => ({txId: published.txId, index});
	return {
		governance: {
			...prepared,
			token: {...token, reference: reference(0)},
			governance: {...governance, reference: reference(1)},
		},
		founded,
		published,
	};
};
