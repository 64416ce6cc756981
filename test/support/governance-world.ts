/** The scripts of governance compiled for tests, traced and as deployed, and states of theirs to act on. */
import {toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {type Allocation, allocationRoot} from '#onchain/allocation';
import {dataBytes, dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {
	GOVERNOR_NFT_NAME,
	type GovernanceSettings,
	type GovernorDatum,
	governorDatum,
	type ProposalDatum,
	proposalDatum,
	type StakeDatum,
	settingsList,
} from '#onchain/data/governance-data';
import {grantEffect} from '#onchain/data/governance-effect';
import {reserveDatum} from '#onchain/data/money-data';
import {type PotDatum, TOKEN_SUPPLY} from '#onchain/data/token-data';
import type {GovernanceDeployment} from '#onchain/governance-deployment';
import {scriptAddress} from '#onchain/plans/deploy-plan';
import {
	type Governor,
	governanceAddress,
	type Proposal,
	proposalUnit,
	type Stake,
	stakeOutput,
	type TimeRange,
} from '#onchain/plans/governance-plans';
import {type Pot, potOutput} from '#onchain/plans/token-plans';
import type {PlanUtxo} from '#onchain/plans/transaction-plan';
import {buildGovernance} from '#onchain/plutus/build-governance';
import {buildScript} from '#onchain/plutus/build-script';
import {silentCheck, tracedCheck} from '#onchain/plutus/core';
import type {PlutusScript} from '#onchain/plutus-script';
import {treasuryScript} from '#onchain/validators/treasury';
import {ADA, refOf, SEED} from './contract-world.ts';
import {crypto} from './crypto.ts';
import {judge, type Verdict} from './plutus-machine.ts';
import type {JudgedTransaction, Utxo} from './script-context.ts';
import {hashOf} from './side-chain.ts';

export const NOW_MS = 1_790_000_000_000;
export const MINUTE_MS = 60_000;
export const RANGE: TimeRange = {fromMs: NOW_MS, toMs: NOW_MS + 10 * MINUTE_MS};
export const CLAIM_UNTIL_MS: number = NOW_MS + 1_000 * MINUTE_MS;
export const TOKENS = 1_000_000n;
export const person = (number: number): Hash28 => Hash28(new Uint8Array(28).fill(number));

export const ALLOCATIONS: readonly Allocation[] = [1, 2, 3, 4, 5].map(number => ({
	keyHash: person(number),
	amount: BigInt(number) * 1_000_000n * TOKENS,
}));
export const ALLOCATED: bigint = ALLOCATIONS.reduce((sum, {amount}) => sum + amount, 0n);

export const SETTINGS: GovernanceSettings = {
	quorum: 5_000_000n * TOKENS,
	voteMs: 100_000_000n,
	timelockMs: 50_000_000n,
	expiryMs: 200_000_000n,
	deposit: 100n * ADA,
	capPerMille: 100n,
	capPeriodMs: 1_000_000_000n,
	recoveryVoteMs: 250_000_000n,
};

export type GovernanceWorld = {
	readonly deployment: GovernanceDeployment;
	readonly treasury: PlutusScript;
	readonly scripts: readonly PlutusScript[];
};

const worldOf = (traced: boolean): GovernanceWorld => {
	const {token, governance} = buildGovernance(
		crypto,
		{
			seed: SEED,
			allocationRoot: allocationRoot(crypto, ALLOCATIONS),
			allocated: ALLOCATED,
			claimUntilMs: CLAIM_UNTIL_MS,
		},
		{traced},
	);
	const treasury = buildScript(
		crypto,
		treasuryScript(
			{checkpoint: person(0xc1), registry: person(0xc2), governance: governance.hash},
			traced ? tracedCheck : silentCheck,
		),
	);
	const deployment: GovernanceDeployment = {
		network: {magic: 42, zeroTimeMs: 0, slotLengthMs: 1_000},
		token: {...token, reference: refOf(201)},
		governance: {...governance, reference: refOf(202)},
		treasury: treasury.hash,
		claimUntilMs: CLAIM_UNTIL_MS,
	};
	return {deployment, treasury, scripts: [token, governance, treasury]};
};

/** Scripts that trace the name of a failed check, and those that are deployed. */
export const tracedGovernance: GovernanceWorld = worldOf(true);
export const productionGovernance: GovernanceWorld = worldOf(false);

export type Known<T> = {readonly utxo: Utxo; readonly plan: T};

export const potState = (
	{deployment}: GovernanceWorld,
	change: {readonly tokens?: bigint; readonly datum?: Partial<PotDatum>; readonly number?: number} = {},
): Known<Pot> => {
	const {tokens = TOKEN_SUPPLY, number = 10} = change;
	const datum: PotDatum = {
		allocationRoot: allocationRoot(crypto, ALLOCATIONS),
		unclaimed: ALLOCATED,
		governance: deployment.governance.hash,
		...change.datum,
	};
	const plan: Pot = {ref: refOf(number), lovelace: 3n * ADA, tokens, datum};
	return {plan, utxo: {ref: plan.ref, output: potOutput(deployment, plan)}};
};

export const governorState = (
	{deployment, treasury}: GovernanceWorld,
	change: Partial<GovernorDatum> = {},
): Known<Governor> => {
	const datum: GovernorDatum = {
		nextProposal: 7,
		settings: settingsList(SETTINGS),
		treasury: treasury.hash,
		periodStartMs: 0,
		periodPaid: Lovelace(0n),
		periodBase: Lovelace(0n),
		...change,
	};
	const plan: Governor = {ref: refOf(11), lovelace: 3n * ADA, datum};
	const unit = toHex(deployment.governance.hash) + toHex(GOVERNOR_NFT_NAME);
	const address = governanceAddress(deployment);
	const output = {
		address,
		lovelace: plan.lovelace,
		assets: new Map([[unit, 1n]]),
		datum: governorDatum.toData(datum),
	};
	return {plan, utxo: {ref: plan.ref, output}};
};

export const keyAddressData = (keyHash: Uint8Array): PlutusData =>
	dataConstructor(0, dataConstructor(0, dataBytes(keyHash)), dataConstructor(1));

export const grantOf = (lovelace: bigint, tokens = 0n): PlutusData =>
	grantEffect.toData({
		address: keyAddressData(person(0x77)),
		lovelace: Lovelace(lovelace),
		tokens,
		datum: dataConstructor(0),
	});

/** Open to votes at `NOW_MS`. */
export const proposalState = (
	{deployment}: GovernanceWorld,
	change: Partial<ProposalDatum> = {},
): Known<Proposal> => {
	const closesAtMs = change.closesAtMs ?? NOW_MS + 1_000 * MINUTE_MS;
	const datum: ProposalDatum = {
		id: 6,
		effect: grantOf(50n * ADA),
		anchorHash: hashOf(9),
		anchorUrl: new Uint8Array(20),
		proposer: person(0x66),
		deposit: Lovelace(SETTINGS.deposit),
		quorum: SETTINGS.quorum,
		closesAtMs,
		executableAtMs: closesAtMs + 5 * MINUTE_MS,
		expiresAtMs: closesAtMs + 100 * MINUTE_MS,
		yes: 0n,
		no: 0n,
		abstain: 0n,
		...change,
	};
	const plan: Proposal = {ref: refOf(12), lovelace: 104n * ADA, datum};
	const output = {
		address: governanceAddress(deployment),
		lovelace: plan.lovelace,
		assets: new Map([[proposalUnit(deployment, datum.id), 1n]]),
		datum: proposalDatum.toData(datum),
	};
	return {plan, utxo: {ref: plan.ref, output}};
};

/** Passed, and executable at `NOW_MS`. */
export const passedState = (world: GovernanceWorld, change: Partial<ProposalDatum> = {}): Known<Proposal> =>
	proposalState(world, {
		closesAtMs: NOW_MS - 6 * MINUTE_MS,
		yes: 4_000_000n * TOKENS,
		no: 500_000n * TOKENS,
		abstain: 500_000n * TOKENS,
		...change,
	});

export const OWNER: Hash28 = person(0x51);
export const DELEGATE: Hash28 = person(0x52);

export const stakeState = (
	{deployment}: GovernanceWorld,
	change: {readonly datum?: Partial<StakeDatum>; readonly tokens?: bigint; readonly number?: number} = {},
): Known<Stake> => {
	const {tokens = 2_000_000n * TOKENS, number = 13} = change;
	const datum: StakeDatum = {owner: OWNER, delegate: DELEGATE, votes: [], ...change.datum};
	const plan: Stake = {
		ref: refOf(number),
		lovelace: 3n * ADA,
		tokens,
		address: governanceAddress(deployment),
		datum,
	};
	return {plan, utxo: {ref: plan.ref, output: stakeOutput(deployment, plan)}};
};

export const moneyState = (
	{treasury}: GovernanceWorld,
	lovelace: bigint,
	number: number,
): Known<PlanUtxo> => {
	const ref = refOf(number);
	const output = {
		address: scriptAddress('testnet', treasury.hash),
		lovelace,
		datum: reserveDatum.toData({}),
	};
	return {plan: {ref, lovelace}, utxo: {ref, output}};
};

/** Verdict of all scripts that the transaction runs. */
export const judgeGovernance = ({scripts}: GovernanceWorld, transaction: JudgedTransaction): Verdict =>
	judge(scripts, transaction);
