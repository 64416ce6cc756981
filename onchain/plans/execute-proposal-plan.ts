import {equalBytes} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {enterpriseAddress} from '../cardano/address.ts';
import {dataConstructor, type PlutusData} from '../cardano/plutus-data.ts';
import {addressOfData} from '../data/address-data.ts';
import {
	enactedDatum,
	executeAction,
	type GovernorDatum,
	governorDatum,
	type ProposalDatum,
	settingsOf,
} from '../data/governance-data.ts';
import {
	EFFECT,
	type GrantEffect,
	grantEffect,
	REPLACED_CONTRACT,
	scriptReplacementEffect,
	settingsEffect,
} from '../data/governance-effect.ts';
import {grantRedeemer, reserveDatum} from '../data/money-data.ts';
import type {DatumFailure} from '../data/record.ts';
import {tokenGrantRedeemer} from '../data/token-data.ts';
import type {GovernanceDeployment} from '../governance-deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {
	type Governor,
	governanceAddress,
	governed,
	governorUnit,
	isPassed,
	PROPOSAL_LOVELACE,
	type Proposal,
	proposalUnit,
	type TimeRange,
} from './governance-plans.ts';
import {type Pot, potOutput, tokenUnit} from './token-plans.ts';
import {
	emptyPlan,
	OUTPUT_LOVELACE_MIN,
	type PlanOutput,
	type PlanUtxo,
	type TransactionPlan,
} from './transaction-plan.ts';

export type ExecuteFailure =
	| DatumFailure
	| {readonly code: 'PROPOSAL_NOT_PASSED'; readonly proposal: number}
	| {
			readonly code: 'PROPOSAL_NOT_EXECUTABLE';
			readonly proposal: number;
			readonly executableAtMs: number;
			readonly expiresAtMs: number;
	  }
	| {readonly code: 'GRANT_OVER_CAP'; readonly wanted: bigint; readonly left: bigint}
	| {readonly code: 'GRANT_MONEY_MISSING'; readonly wanted: bigint; readonly available: bigint};

/** Where a grant is paid from. */
export type GrantSources = {
	/** All outputs of the treasury that hold ADA only: those that are not needed are shown, for the cap. */
	readonly money: readonly PlanUtxo[];
	/** The output that holds the treasury's script. */
	readonly treasuryReference: McOutRef;
	/** For grants of tokens. */
	readonly pot?: Pot;
};

export type ExecuteRequest = {
	readonly governor: Governor;
	readonly proposal: Proposal;
	readonly range: TimeRange;
	/** For grants. */
	readonly sources?: GrantSources;
};

type Effects = {
	readonly governor: GovernorDatum;
	readonly grant?: GrantEffect;
	readonly chosen: readonly PlanUtxo[];
};

/** So many outputs of the treasury are read or spent at most. */
const SHOWN_MAX = 30;

const sumOf = (money: readonly PlanUtxo[]): bigint => money.reduce((sum, {lovelace}) => sum + lovelace, 0n);
const largestFirst = (money: readonly PlanUtxo[]): readonly PlanUtxo[] =>
	[...money].sort((a, b) => (a.lovelace < b.lovelace ? 1 : -1)).slice(0, SHOWN_MAX);

const choose = (money: readonly PlanUtxo[], wanted: bigint): readonly PlanUtxo[] | undefined => {
	for (let count = wanted === 0n ? 0 : 1; count <= money.length; count++) {
		const rest = sumOf(money.slice(0, count)) - wanted;
		if (rest === 0n || rest >= OUTPUT_LOVELACE_MIN) return money.slice(0, count);
	}
	return undefined;
};

/** The cap's period after a grant, as the governance script computes it. */
const periodAfter = (governor: GovernorDatum, range: TimeRange, shown: bigint, lovelace: bigint) => {
	const settings = settingsOf(governor.settings);
	const isNew = BigInt(range.fromMs) >= BigInt(governor.periodStartMs) + settings.capPeriodMs;
	const paidBefore = isNew ? 0n : governor.periodPaid;
	const baseBefore = isNew ? 0n : governor.periodBase;
	const base = baseBefore > shown + paidBefore ? baseBefore : shown + paidBefore;
	return {
		left: (base * settings.capPerMille) / 1_000n - paidBefore,
		after: {
			...governor,
			periodStartMs: isNew ? range.toMs : governor.periodStartMs,
			periodPaid: Lovelace(paidBefore + lovelace),
			periodBase: Lovelace(base),
		},
	};
};

const grantEffects = (
	{governor, range, sources}: ExecuteRequest,
	effect: PlutusData,
): Result<Effects, ExecuteFailure> => {
	const grant = grantEffect.fromData(effect);
	if (!grant.ok) return grant;
	const {lovelace} = grant.value;
	const money = largestFirst(sources?.money ?? []);
	const chosen = choose(money, lovelace);
	if (chosen === undefined)
		return err({code: 'GRANT_MONEY_MISSING', wanted: lovelace, available: sumOf(money)});
	const {left, after} = periodAfter(governor.datum, range, sumOf(money), lovelace);
	if (lovelace > left) return err({code: 'GRANT_OVER_CAP', wanted: lovelace, left});
	return ok({governor: after, grant: grant.value, chosen});
};

/** What the effect does to the governor. */
const effectsOf = (request: ExecuteRequest): Result<Effects, ExecuteFailure> => {
	const {governor, proposal} = request;
	const {effect} = proposal.datum;
	const kind = effect.kind === 'constructor' ? effect.tag : -1;
	if (kind === EFFECT.grant) return grantEffects(request, effect);
	if (kind === EFFECT.settings) {
		const settings = settingsEffect.fromData(effect);
		return settings.ok ? ok({governor: {...governor.datum, ...settings.value}, chosen: []}) : settings;
	}
	if (kind === EFFECT.scriptReplacement) {
		const replaced = scriptReplacementEffect.fromData(effect);
		if (!replaced.ok) return replaced;
		const {contract, hash} = replaced.value;
		const treasury = contract === REPLACED_CONTRACT.treasury ? hash : governor.datum.treasury;
		return ok({governor: {...governor.datum, treasury}, chosen: []});
	}
	return ok({governor: governor.datum, chosen: []});
};

const isTimely = ({executableAtMs, expiresAtMs}: ProposalDatum, {fromMs, toMs}: TimeRange): boolean =>
	fromMs >= executableAtMs && toMs <= expiresAtMs;

const recordOutputs = (
	deployment: GovernanceDeployment,
	{proposal, governor, range}: ExecuteRequest,
	after: GovernorDatum,
): PlanOutput[] => {
	const {id, effect, anchorHash, proposer, deposit} = proposal.datum;
	return [
		{
			address: governanceAddress(deployment),
			lovelace: governor.lovelace,
			assets: new Map([[governorUnit(deployment), 1n]]),
			datum: governorDatum.toData(after),
		},
		{
			address: governanceAddress(deployment),
			lovelace: PROPOSAL_LOVELACE,
			assets: new Map([[proposalUnit(deployment, id), 1n]]),
			datum: enactedDatum.toData({id, effect, anchorHash, enactedByMs: range.toMs}),
		},
		{
			address: enterpriseAddress(networkIdOf(deployment.network.magic), {kind: 'key', hash: proposer}),
			lovelace: deposit > OUTPUT_LOVELACE_MIN ? deposit : OUTPUT_LOVELACE_MIN,
		},
	];
};

const grantOutput = (
	deployment: GovernanceDeployment,
	{address, lovelace, tokens, datum}: GrantEffect,
): Result<PlanOutput, DatumFailure> => {
	const bytes = addressOfData(networkIdOf(deployment.network.magic), address);
	if (bytes === undefined) return err({code: 'DATUM_WRONG_SHAPE', datum: 'Grant', field: 'address'});
	const inline = datum.kind === 'constructor' && datum.tag === 2 ? datum.fields[0] : undefined;
	return ok({
		address: bytes,
		lovelace,
		...(tokens === 0n ? {} : {assets: new Map([[tokenUnit(deployment), tokens]])}),
		...(inline === undefined ? {} : {datum: inline}),
	});
};

/** Carries out a passed proposal. */
export const executeProposalPlan = (
	deployment: GovernanceDeployment,
	request: ExecuteRequest,
): Result<TransactionPlan, ExecuteFailure> => {
	const {governor, proposal, range, sources} = request;
	const {id, executableAtMs, expiresAtMs} = proposal.datum;
	if (!isPassed(proposal.datum)) return err({code: 'PROPOSAL_NOT_PASSED', proposal: id});
	if (!isTimely(proposal.datum, range))
		return err({code: 'PROPOSAL_NOT_EXECUTABLE', proposal: id, executableAtMs, expiresAtMs});
	const effects = effectsOf(request);
	if (!effects.ok) return effects;
	const {grant, chosen} = effects.value;
	const {treasury} = governor.datum;
	const action = executeAction.toData({
		proposal: id,
		lovelace: grant?.lovelace ?? Lovelace(0n),
		tokens: grant?.tokens ?? 0n,
		treasury,
	});
	const base = governed(deployment, action);
	const unused = dataConstructor(0);
	const plan: TransactionPlan = {
		...emptyPlan,
		...base,
		spend: [
			{ref: governor.ref, redeemer: unused},
			{ref: proposal.ref, redeemer: unused},
		],
		outputs: recordOutputs(deployment, request, effects.value.governor),
		validFromMs: range.fromMs,
		validToMs: range.toMs,
	};
	return grant === undefined || sources === undefined
		? ok(plan)
		: paying(deployment, plan, {grant, chosen, sources, treasury});
};

/** Adds what a grant spends, shows and pays. */
const paying = (
	deployment: GovernanceDeployment,
	plan: TransactionPlan,
	paid: {grant: GrantEffect; chosen: readonly PlanUtxo[]; sources: GrantSources; treasury: Hash28},
): Result<TransactionPlan, ExecuteFailure> => {
	const {grant, chosen, sources, treasury} = paid;
	const recipient = grantOutput(deployment, grant);
	if (!recipient.ok) return recipient;
	const outputs = [...plan.outputs, recipient.value];
	const rest = sumOf(chosen) - grant.lovelace;
	const network = networkIdOf(deployment.network.magic);
	if (rest > 0n)
		outputs.push({address: scriptAddress(network, treasury), lovelace: rest, datum: reserveDatum.toData({})});
	const spend = [...plan.spend, ...chosen.map(({ref}) => ({ref, redeemer: dataConstructor(0)}))];
	const shown = largestFirst(sources.money).filter(
		({ref}) => !chosen.some(({ref: {txId, index}}) => equalBytes(txId, ref.txId) && index === ref.index),
	);
	const read = [...plan.read, ...shown.map(({ref}) => ref)];
	if (chosen.length > 0) read.push(sources.treasuryReference);
	const {pot} = sources;
	if (grant.tokens > 0n) {
		const available = pot === undefined ? 0n : pot.tokens - pot.datum.unclaimed;
		if (pot === undefined || available < grant.tokens)
			return err({code: 'GRANT_MONEY_MISSING', wanted: grant.tokens, available});
		outputs.push(potOutput(deployment, {...pot, tokens: pot.tokens - grant.tokens}));
		spend.push({ref: pot.ref, redeemer: tokenGrantRedeemer.toData({})});
		if (deployment.token.reference !== undefined) read.push(deployment.token.reference);
	}
	const judge =
		chosen.length > 0 ? [...plan.judge, {script: treasury, redeemer: grantRedeemer.toData({})}] : plan.judge;
	return ok({...plan, spend, read, outputs, judge});
};
