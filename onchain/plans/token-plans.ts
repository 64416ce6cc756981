import type {Hasher} from '#crypto/crypto';
import {EMPTY_ROOT, rootOfPath} from '#crypto/merkle-tree';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import type {AllocationProof} from '../allocation.ts';
import {dataConstructor} from '../cardano/plutus-data.ts';
import {
	GOVERNOR_NFT_NAME,
	type GovernanceSettings,
	governorDatum,
	settingsList,
} from '../data/governance-data.ts';
import {type PotDatum, potDatum, TOKEN_NAME, TOKEN_SUPPLY, tokenClaimRedeemer} from '../data/token-data.ts';
import type {GovernanceDeployment} from '../governance-deployment.ts';
import {networkIdOf, referenceLovelace, scriptAddress} from './deploy-plan.ts';
import {
	emptyPlan,
	type PlanOutput,
	type PlanUtxoWith,
	STATE_LOVELACE,
	type TransactionPlan,
} from './transaction-plan.ts';

/** The token as an asset. */
export const tokenUnit = ({token}: Pick<GovernanceDeployment, 'token'>): string =>
	toHex(token.hash) + toHex(TOKEN_NAME);

/** The pot and what it holds. */
export type Pot = PlanUtxoWith<PotDatum> & {readonly tokens: bigint};

export const potOutput = (
	deployment: GovernanceDeployment,
	{lovelace, tokens, datum}: Pick<Pot, 'lovelace' | 'tokens' | 'datum'>,
): PlanOutput => ({
	address: scriptAddress(networkIdOf(deployment.network.magic), deployment.token.hash),
	lovelace,
	...(tokens === 0n ? {} : {assets: new Map([[tokenUnit(deployment), tokens]])}),
	datum: potDatum.toData(datum),
});

export type FoundRequest = {
	/** The output that the token script was compiled for. */
	readonly seed: McOutRef;
	readonly allocationRoot: Hash32;
	/** The list's sum in millionths of a token. */
	readonly allocated: bigint;
	readonly settings: GovernanceSettings;
};

/** One transaction, once for ever: mints the supply into the pot, and the governor. */
export const foundGovernancePlan = (
	deployment: GovernanceDeployment,
	{seed, allocationRoot, allocated, settings}: FoundRequest,
): TransactionPlan => {
	const {network, token, governance, treasury} = deployment;
	const governorUnit = toHex(governance.hash) + toHex(GOVERNOR_NFT_NAME);
	const redeemer = dataConstructor(0);
	return {
		...emptyPlan,
		spend: [{ref: seed}],
		mint: [
			{unit: tokenUnit(deployment), quantity: TOKEN_SUPPLY, redeemer},
			{unit: governorUnit, quantity: 1n, redeemer},
		],
		register: [governance.hash],
		outputs: [
			potOutput(deployment, {
				lovelace: STATE_LOVELACE,
				tokens: TOKEN_SUPPLY,
				datum: {allocationRoot, unclaimed: allocated, governance: governance.hash},
			}),
			{
				address: scriptAddress(networkIdOf(network.magic), governance.hash),
				lovelace: STATE_LOVELACE,
				assets: new Map([[governorUnit, 1n]]),
				datum: governorDatum.toData({
					nextProposal: 0,
					settings: settingsList(settings),
					treasury,
					periodStartMs: 0,
					periodPaid: Lovelace(0n),
					periodBase: Lovelace(0n),
				}),
			},
		],
		scripts: [token, governance],
	};
};

/** What the wallet pays for founding and for publishing all scripts, with room. */
export const FOUNDING_LOVELACE = 150_000_000n;

/**
 * Leaves both scripts where everybody can refer to them: at the token's address without a datum, where nothing can ever
 * be spent. `paidFrom` is the founding's change, so that no output is spent that other scripts were compiled for.
 */
export const publishGovernancePlan = (
	{network, token, governance}: GovernanceDeployment,
	paidFrom: McOutRef,
): TransactionPlan => ({
	...emptyPlan,
	spend: [{ref: paidFrom}],
	outputs: [token, governance].map(({bytes, hash}) => ({
		address: scriptAddress(networkIdOf(network.magic), token.hash),
		lovelace: referenceLovelace(bytes.length),
		script: {bytes, hash},
	})),
});

/** Reads a published script, or carries it. */
export const referTo = (
	...scripts: readonly GovernanceDeployment['token'][]
): Pick<TransactionPlan, 'read' | 'scripts'> => ({
	read: scripts.flatMap(({reference}) => (reference === undefined ? [] : [reference])),
	scripts: scripts.filter(({reference}) => reference === undefined),
});

/** A key of the allocation list takes its tokens, which go to whatever its wallet says. */
export const claimTokensPlan = (
	hasher: Hasher,
	deployment: GovernanceDeployment,
	{
		pot,
		proof,
		recipient,
	}: {
		readonly pot: Pot;
		readonly proof: AllocationProof;
		readonly recipient: Uint8Array;
	},
): TransactionPlan => {
	const {allocation, index, path} = proof;
	const {keyHash, amount} = allocation;
	const allocationRoot = defined(rootOfPath(hasher, EMPTY_ROOT, index, path), 'the index fits the path');
	const datum = {...pot.datum, allocationRoot, unclaimed: pot.datum.unclaimed - amount};
	return {
		...emptyPlan,
		...referTo(deployment.token),
		spend: [{ref: pot.ref, redeemer: tokenClaimRedeemer.toData({keyHash, amount, index, proof: path})}],
		outputs: [
			potOutput(deployment, {lovelace: pot.lovelace, tokens: pot.tokens - amount, datum}),
			{address: recipient, lovelace: STATE_LOVELACE, assets: new Map([[tokenUnit(deployment), amount]])},
		],
		signers: [keyHash],
	};
};
