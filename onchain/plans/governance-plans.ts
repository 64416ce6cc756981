import {concat, toHex, u64be} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {enterpriseAddress} from '../cardano/address.ts';
import {dataConstructor, type PlutusData} from '../cardano/plutus-data.ts';
import {
	closeAction,
	delegateAction,
	GOVERNOR_NFT_NAME,
	type GovernorDatum,
	governorDatum,
	type ProposalDatum,
	proposalDatum,
	proposalName,
	proposeAction,
	type StakeDatum,
	settingsOf,
	stakeDatum,
	VOTE,
	type Vote,
	voteAction,
	withdrawStakeAction,
} from '../data/governance-data.ts';
import {EFFECT} from '../data/governance-effect.ts';
import {provenanceDatum, RATE_ONE, TREASURY_SOURCE} from '../data/money-data.ts';
import type {GovernanceDeployment} from '../governance-deployment.ts';
import {networkIdOf, scriptAddress} from './deploy-plan.ts';
import {referTo, tokenUnit} from './token-plans.ts';
import {
	emptyPlan,
	OUTPUT_LOVELACE_MIN,
	type PlanOutput,
	type PlanUtxoWith,
	type TransactionPlan,
} from './transaction-plan.ts';

export type Governor = PlanUtxoWith<GovernorDatum>;
export type Proposal = PlanUtxoWith<ProposalDatum>;
/** Locked tokens; `address` because its maker may have given it a stake part. */
export type Stake = PlanUtxoWith<StakeDatum> & {readonly tokens: bigint; readonly address: Uint8Array};

/** When the transaction is valid, on starts of slots; at most an hour. */
export type TimeRange = {readonly fromMs: number; readonly toMs: number};

/** Besides the deposit, what a proposal's output and the record that it leaves must hold. */
export const PROPOSAL_LOVELACE = 4_000_000n;
/** Enough for a stake with all its votes. */
export const STAKE_LOVELACE = 3_000_000n;

const UNUSED = dataConstructor(0);

export const governanceAddress = ({network, governance}: GovernanceDeployment): Uint8Array =>
	scriptAddress(networkIdOf(network.magic), governance.hash);
export const proposalUnit = ({governance}: GovernanceDeployment, id: number): string =>
	toHex(governance.hash) + toHex(proposalName(id));

const governorAfter = (
	deployment: GovernanceDeployment,
	unit: string,
	governor: Governor,
	datum: GovernorDatum,
): PlanOutput => ({
	address: governanceAddress(deployment),
	lovelace: governor.lovelace,
	assets: new Map([[unit, 1n]]),
	datum: governorDatum.toData(datum),
});

/** Every transaction of governance runs one action. */
export const governed = (
	deployment: GovernanceDeployment,
	action: PlutusData,
): Pick<TransactionPlan, 'judge' | 'read' | 'scripts'> => ({
	judge: [{script: deployment.governance.hash, redeemer: action}],
	...referTo(deployment.governance),
});

export const governorUnit = ({governance}: GovernanceDeployment): string =>
	toHex(governance.hash) + toHex(GOVERNOR_NFT_NAME);

export const stakeOutput = (
	deployment: GovernanceDeployment,
	{
		tokens,
		datum,
		lovelace = STAKE_LOVELACE,
		address = governanceAddress(deployment),
	}: {tokens: bigint; datum: StakeDatum; lovelace?: bigint; address?: Uint8Array},
): PlanOutput => ({
	address,
	lovelace,
	assets: new Map([[tokenUnit(deployment), tokens]]),
	datum: stakeDatum.toData(datum),
});

/** Locks tokens so that they can vote. No script judges it. */
export const lockStakePlan = (
	deployment: GovernanceDeployment,
	{owner, delegate = owner, tokens}: {owner: Hash28; delegate?: Hash28; tokens: bigint},
): TransactionPlan => ({
	...emptyPlan,
	outputs: [stakeOutput(deployment, {tokens, datum: {owner, delegate, votes: []}})],
});

export type ProposeRequest = {
	readonly governor: Governor;
	readonly effect: PlutusData;
	readonly anchorHash: Hash32;
	readonly anchorUrl: Uint8Array;
	readonly proposer: Hash28;
	readonly range: TimeRange;
};

/** What the proposal will be when the transaction is valid until `range.toMs`. */
export const proposalOf = ({governor, range, ...chosen}: ProposeRequest): ProposalDatum => {
	const settings = settingsOf(governor.datum.settings);
	const recovers = chosen.effect.kind === 'constructor' && chosen.effect.tag === EFFECT.committeeRecovery;
	const closesAtMs = range.toMs + Number(recovers ? settings.recoveryVoteMs : settings.voteMs);
	const executableAtMs = closesAtMs + Number(settings.timelockMs);
	return {
		id: governor.datum.nextProposal,
		...chosen,
		deposit: settings.deposit as Lovelace,
		quorum: settings.quorum,
		closesAtMs,
		executableAtMs,
		expiresAtMs: executableAtMs + Number(settings.expiryMs),
		yes: 0n,
		no: 0n,
		abstain: 0n,
	};
};

const proposalOutput = (
	deployment: GovernanceDeployment,
	datum: ProposalDatum,
	lovelace: bigint,
): PlanOutput => ({
	address: governanceAddress(deployment),
	lovelace,
	assets: new Map([[proposalUnit(deployment, datum.id), 1n]]),
	datum: proposalDatum.toData(datum),
});

export const proposePlan = (deployment: GovernanceDeployment, request: ProposeRequest): TransactionPlan => {
	const {governor, range} = request;
	const datum = proposalOf(request);
	return {
		...emptyPlan,
		...governed(deployment, proposeAction.toData({})),
		spend: [{ref: governor.ref, redeemer: UNUSED}],
		mint: [{unit: proposalUnit(deployment, datum.id), quantity: 1n, redeemer: UNUSED}],
		outputs: [
			governorAfter(deployment, governorUnit(deployment), governor, {
				...governor.datum,
				nextProposal: datum.id + 1,
			}),
			proposalOutput(deployment, datum, datum.deposit + PROPOSAL_LOVELACE),
		],
		validFromMs: range.fromMs,
		validToMs: range.toMs,
	};
};

export type VoteRequest = {
	readonly proposal: Proposal;
	readonly stake: Stake;
	readonly vote: Vote;
	/** The stake's owner or its delegate. */
	readonly signer: Hash28;
	/** Ends before the vote does. */
	readonly range: TimeRange;
};

const endOf = (vote: Uint8Array): bigint => new DataView(vote.slice(8, 16).buffer).getBigUint64(0);

/** When the last of a stake's votes ends, POSIX milliseconds; 0 where there is none. It can be withdrawn from then on. */
export const boundUntilMs = ({datum}: Pick<Stake, 'datum'>): number =>
	Math.max(0, ...datum.votes.map(vote => Number(endOf(vote))));

export const hasVotedOn = ({datum}: Pick<Stake, 'datum'>, proposal: number): boolean =>
	datum.votes.some(vote => new DataView(vote.slice(0, 8).buffer).getBigUint64(0) === BigInt(proposal));

export const votePlan = (deployment: GovernanceDeployment, request: VoteRequest): TransactionPlan => {
	const {proposal, stake, vote, signer, range} = request;
	const {id, closesAtMs} = proposal.datum;
	const counted = {...proposal.datum, [vote]: proposal.datum[vote] + stake.tokens};
	const votes = [
		concat(u64be(BigInt(id)), u64be(BigInt(closesAtMs))),
		...stake.datum.votes.filter(cast => endOf(cast) >= BigInt(range.fromMs)),
	];
	return {
		...emptyPlan,
		...governed(deployment, voteAction.toData({proposal: id, vote: VOTE[vote]})),
		spend: [
			{ref: proposal.ref, redeemer: UNUSED},
			{ref: stake.ref, redeemer: UNUSED},
		],
		outputs: [
			proposalOutput(deployment, counted, proposal.lovelace),
			stakeOutput(deployment, {...stake, datum: {...stake.datum, votes}}),
		],
		signers: [signer],
		validFromMs: range.fromMs,
		validToMs: range.toMs,
	};
};

/** Takes the tokens back; what the plan does not put out goes to the wallet. `fromMs` not before the last vote's end. */
export const withdrawStakePlan = (
	deployment: GovernanceDeployment,
	{stake, fromMs}: {readonly stake: Stake; readonly fromMs: number},
): TransactionPlan => ({
	...emptyPlan,
	...governed(deployment, withdrawStakeAction.toData({})),
	spend: [{ref: stake.ref, redeemer: UNUSED}],
	signers: [stake.datum.owner],
	validFromMs: fromMs,
});

export const delegatePlan = (
	deployment: GovernanceDeployment,
	{stake, delegate}: {readonly stake: Stake; readonly delegate: Hash28},
): TransactionPlan => ({
	...emptyPlan,
	...governed(deployment, delegateAction.toData({})),
	spend: [{ref: stake.ref, redeemer: UNUSED}],
	outputs: [stakeOutput(deployment, {...stake, datum: {...stake.datum, delegate}})],
	signers: [stake.datum.owner],
});

export const hasQuorum = ({quorum, yes, no, abstain}: ProposalDatum): boolean => yes + no + abstain >= quorum;

/** Whether the votes carry it: more yes than no, and two thirds for the recovery of a committee. */
export const isPassed = (proposal: ProposalDatum): boolean => {
	const {effect, yes, no} = proposal;
	const recovers = effect.kind === 'constructor' && effect.tag === EFFECT.committeeRecovery;
	return hasQuorum(proposal) && yes > no && (!recovers || yes * 3n >= (yes + no) * 2n);
};

/** From when on a proposal that is not executed can be closed: when it is lost, or when it expires. */
export const closableFromMs = (proposal: ProposalDatum): number =>
	isPassed(proposal) ? proposal.expiresAtMs : proposal.closesAtMs;

/** Ends a proposal that failed or expired: the deposit goes back, or to the treasury when the quorum was missed. */
export const closePlan = (
	deployment: GovernanceDeployment,
	{
		proposal,
		governor,
		fromMs,
	}: {readonly proposal: Proposal; readonly governor: Governor; readonly fromMs: number},
): TransactionPlan => {
	const {id, deposit, proposer} = proposal.datum;
	const network = networkIdOf(deployment.network.magic);
	const lovelace = deposit > OUTPUT_LOVELACE_MIN ? deposit : OUTPUT_LOVELACE_MIN;
	const output: PlanOutput = hasQuorum(proposal.datum)
		? {address: enterpriseAddress(network, {kind: 'key', hash: proposer}), lovelace}
		: {
				address: scriptAddress(network, governor.datum.treasury),
				lovelace,
				datum: provenanceDatum.toData({
					source: TREASURY_SOURCE.gift,
					amount: deposit,
					rate: RATE_ONE,
					reference: proposalName(id),
				}),
			};
	const shared = governed(deployment, closeAction.toData({proposal: id}));
	return {
		...emptyPlan,
		...shared,
		read: [...shared.read, governor.ref],
		spend: [{ref: proposal.ref, redeemer: UNUSED}],
		mint: [{unit: proposalUnit(deployment, id), quantity: -1n, redeemer: UNUSED}],
		outputs: [output],
		validFromMs: fromMs,
	};
};
