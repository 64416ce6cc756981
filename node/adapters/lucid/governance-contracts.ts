import type {Hasher} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {type Allocation, allocationProof, claimedAllocations} from '#onchain/allocation';
import {parseAddress} from '#onchain/cardano/address';
import type {CardanoKey} from '#onchain/cardano/key-address';
import {encodePlutusData, type PlutusData} from '#onchain/cardano/plutus-data';
import {type SettingName, settingsOf, type Vote} from '#onchain/data/governance-data';
import {committeeRecoveryEffect, EFFECT} from '#onchain/data/governance-effect';
import type {Deployment} from '#onchain/deployment';
import type {GovernanceDeployment} from '#onchain/governance-deployment';
import {checkEffect} from '#onchain/plans/check-effect';
import {recoverPlan} from '#onchain/plans/checkpoint-plan';
import {executeProposalPlan} from '#onchain/plans/execute-proposal-plan';
import {
	boundUntilMs,
	closableFromMs,
	closePlan,
	delegatePlan,
	type Governor,
	hasVotedOn,
	lockStakePlan,
	type Proposal,
	proposePlan,
	type Stake,
	type TimeRange,
	votePlan,
	withdrawStakePlan,
} from '#onchain/plans/governance-plans';
import {moveTreasuryPlan} from '#onchain/plans/move-treasury-plan';
import {sweepUnclaimedPlan} from '#onchain/plans/sweep-unclaimed-plan';
import {rangeFrom, slotStart} from '#onchain/plans/time-range';
import {claimTokensPlan} from '#onchain/plans/token-plans';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {chooseStake} from './choose-stake.ts';
import {createContractReader} from './contract-reader.ts';
import type {ExecutedTransaction, ExecuteOptions} from './execute-plan.ts';
import {createGovernanceReader, type GovernanceReader} from './governance-reader.ts';
import {purposeOn} from './payment-purpose.ts';
import {type PlanRunner, planned, resumedFailure} from './plan-runner.ts';
import {planWords} from './plan-words.ts';

export type ProposalDraft = {
	/** See onchain/data/governance-effect.ts. */
	readonly effect: PlutusData;
	/** Of the CIP-108 document, blake2b-256. */
	readonly anchorHash: Hash32;
	readonly anchorUrl: Uint8Array;
};

/** Which of the wallet's stakes; by default the largest that will do. */
export type StakeChoice = {readonly stake?: McOutRef};

export type Proposed = {readonly id: number; readonly transaction: ExecutedTransaction};
export type Voted = {readonly stake: Stake; readonly transaction: ExecutedTransaction};

/**
 * What one wallet can do in governance. Verbs fail as those of `CardanoContracts` do, and with PROPOSAL_UNKNOWN,
 * PROPOSAL_VOTE_OVER, PROPOSAL_NOT_OVER, PROPOSAL_NOT_ENACTED, STAKE_MISSING, STAKE_BOUND, ALLOCATION_MISSING, ALLOCATION_WRONG_ROOT, CLAIMS_OVER,
 * CARDANO_TREASURY_REPLACED, and what `checkEffect` and the plan of an execution say.
 */
export type GovernanceContracts = {
	readonly reader: GovernanceReader;
	/** Takes what the list of the deployment gives to the wallet's key. */
	claimTokens(allocations: readonly Allocation[], options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** Makes what nobody has claimed in time the treasury's; anybody may. CLAIMS_STILL_OPEN, CLAIMS_OVER. */
	sweepUnclaimed(options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** Locks tokens of the wallet so that they can vote. */
	lockStake(
		request: {readonly tokens: bigint; readonly delegate?: Hash28},
		options?: ExecuteOptions,
	): Promise<ExecutedTransaction>;
	delegate(request: StakeChoice & {readonly delegate: Hash28}, options?: ExecuteOptions): Promise<Voted>;
	withdrawStake(request?: StakeChoice, options?: ExecuteOptions): Promise<Voted>;
	propose(draft: ProposalDraft, options?: ExecuteOptions): Promise<Proposed>;
	/** With one stake that the wallet owns or is the delegate of, and that has not voted on it. */
	vote(
		request: StakeChoice & {readonly proposal: number; readonly vote: Vote},
		options?: ExecuteOptions,
	): Promise<Voted>;
	/** Carries out what passed; anybody may. */
	execute(request: {readonly proposal: number}, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** Replaces the checkpoint's dead committee as an executed proposal says; anybody may. */
	recover(request: {readonly proposal: number}, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** Moves money of the deployment's treasury to the one that governance has put in its place; anybody may. */
	moveTreasury(options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** Ends what failed or expired; anybody may. */
	close(request: {readonly proposal: number}, options?: ExecuteOptions): Promise<ExecutedTransaction>;
};

type Place = {
	readonly kupoUrl: string;
	readonly deployment: GovernanceDeployment;
	readonly contracts: Deployment;
	readonly wallet: CardanoKey;
	readonly runner: PlanRunner;
};

const fail = (code: string, message: string, detail: Readonly<Record<string, unknown>> = {}): never => {
	throw new NodeError({...detail, code, message});
};

const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/** For purposes. */
const of = (stake: McOutRef | undefined): string =>
	stake === undefined ? '' : ` with ${toHex(stake.txId)}#${stake.index}`;

const phase = ({datum}: Governor, name: SettingName): number => Number(settingsOf(datum.settings)[name]);

class LucidGovernance implements GovernanceContracts {
	readonly reader: GovernanceReader;
	readonly #hasher: Hasher;
	readonly #place: Place;

	constructor(hasher: Hasher, place: Place) {
		this.#hasher = hasher;
		this.#place = place;
		this.reader = createGovernanceReader(place.kupoUrl, place.deployment);
	}

	claimTokens(
		allocations: readonly Allocation[],
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment, wallet} = this.#place;
		return this.#run(
			'token claim',
			async () => {
				const [pot, roots] = await Promise.all([
					this.reader.pot(options.signal),
					this.reader.potRoots(options.signal),
				]);
				if (pot.datum.unclaimed === 0n) return fail('CLAIMS_OVER', planWords('CLAIMS_OVER'));
				const claimed = planned(claimedAllocations(this.#hasher, allocations, roots));
				const proof = allocationProof(this.#hasher, allocations, claimed, wallet.keyHash);
				if (proof === undefined)
					return fail('ALLOCATION_MISSING', 'The list gives nothing to this key, or it was claimed already.');
				const parsed = parseAddress(wallet.address);
				assert(parsed.ok, 'the address of the wallet');
				const recipient = parsed.value;
				return claimTokensPlan(this.#hasher, deployment, {pot, proof, recipient});
			},
			options,
		);
	}

	sweepUnclaimed(options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.#run(
			'sweep of unclaimed tokens',
			async () => {
				const pot = await this.reader.pot(options.signal);
				const nowMs = await this.#nowMs(options.signal);
				return planned(sweepUnclaimedPlan(this.#place.deployment, pot, nowMs));
			},
			options,
		);
	}

	lockStake(
		request: {readonly tokens: bigint; readonly delegate?: Hash28},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment, wallet} = this.#place;
		const {tokens, delegate} = request;
		const purpose = `lock of ${tokens} tokens${delegate === undefined ? '' : ` for ${toHex(delegate)}`}`;
		return this.#run(
			purpose,
			async () => lockStakePlan(deployment, {...request, owner: wallet.keyHash}),
			options,
		);
	}

	delegate(
		{delegate, stake: chosen}: StakeChoice & {readonly delegate: Hash28},
		options: ExecuteOptions = {},
	): Promise<Voted> {
		return this.#withStake(`delegation to ${toHex(delegate)}${of(chosen)}`, options, async () => {
			const stake = await this.#stake(chosen, this.#isOwn, options.signal);
			return {stake, plan: delegatePlan(this.#place.deployment, {stake, delegate})};
		});
	}

	withdrawStake({stake: chosen}: StakeChoice = {}, options: ExecuteOptions = {}): Promise<Voted> {
		return this.#withStake(`withdrawal of tokens${of(chosen)}`, options, async () => {
			const fromMs = await this.#nowMs(options.signal);
			const isFree = (stake: Stake): boolean => this.#isOwn(stake) && boundUntilMs(stake) <= fromMs;
			const {stakes} = await this.reader.state(options.signal);
			// Where all are bound, the largest of them says until when.
			const suits = chosen === undefined && stakes.some(isFree) ? isFree : this.#isOwn;
			const stake = chooseStake(stakes, chosen, suits);
			const untilMs = boundUntilMs(stake);
			if (untilMs > fromMs) {
				const message = `A vote of these tokens goes on: withdraw them from ${timeText(untilMs)} on.`;
				fail('STAKE_BOUND', message, {boundUntilMs: untilMs});
			}
			return {stake, plan: withdrawStakePlan(this.#place.deployment, {stake, fromMs})};
		});
	}

	async propose(draft: ProposalDraft, options: ExecuteOptions = {}): Promise<Proposed> {
		const {deployment, wallet} = this.#place;
		let id: number | undefined;
		const purpose = `proposal ${toHex(encodePlutusData(draft.effect))} of ${toHex(draft.anchorHash)}`;
		const plan = async (): Promise<TransactionPlan> => {
			const [{governor}, slot] = await this.#now(options.signal);
			id = governor.datum.nextProposal;
			const {treasury} = governor.datum;
			planned(checkEffect({network: deployment.network, treasury}, draft.effect));
			const range = this.#range(slot, {phaseMs: phase(governor, 'voteMs')});
			return proposePlan(deployment, {...draft, governor, proposer: wallet.keyHash, range});
		};
		const transaction = await this.#run(purpose, plan, options);
		if (id === undefined) throw resumedFailure(transaction);
		return {id, transaction};
	}

	vote(
		{proposal: id, vote, stake: chosen}: StakeChoice & {readonly proposal: number; readonly vote: Vote},
		options: ExecuteOptions = {},
	): Promise<Voted> {
		const {keyHash: signer} = this.#place.wallet;
		return this.#withStake(`vote ${vote} on proposal ${id}${of(chosen)}`, options, async () => {
			const [state, slot] = await this.#now(options.signal);
			const proposal = this.#proposal(state.proposals, id);
			const {closesAtMs} = proposal.datum;
			const range = rangeFrom(this.#place.deployment.network, slot, {
				phaseMs: phase(state.governor, 'voteMs'),
				lastMs: closesAtMs,
			});
			if (range === undefined)
				return fail('PROPOSAL_VOTE_OVER', `The vote on this proposal ended at ${timeText(closesAtMs)}.`, {
					closesAtMs,
				});
			const maySign = ({datum}: Stake): boolean =>
				equalBytes(datum.owner, signer) || equalBytes(datum.delegate, signer);
			const suits = (stake: Stake): boolean => maySign(stake) && !hasVotedOn(stake, id);
			const stake = await this.#stake(chosen, suits, options.signal);
			return {stake, plan: votePlan(this.#place.deployment, {proposal, stake, vote, signer, range})};
		});
	}

	execute(
		{proposal: id}: {readonly proposal: number},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment, contracts, kupoUrl} = this.#place;
		return this.#run(
			`execution of proposal ${id}`,
			async () => {
				const [[{governor, proposals}, slot], money, pot] = await Promise.all([
					this.#now(options.signal),
					createContractReader(kupoUrl, contracts).treasuryMoney(options.signal),
					this.reader.pot(options.signal),
				]);
				const proposal = this.#proposal(proposals, id);
				const {expiresAtMs, effect} = proposal.datum;
				const isGrant = effect.kind === 'constructor' && effect.tag === EFFECT.grant;
				if (isGrant && !equalBytes(governor.datum.treasury, contracts.scripts.treasury.hash))
					fail(
						'CARDANO_TREASURY_REPLACED',
						'Governance pays from another treasury: use its deployment record.',
					);
				const range = this.#range(slot, {phaseMs: phase(governor, 'expiryMs'), lastMs: expiresAtMs});
				const sources = {money, treasuryReference: contracts.scripts.treasury.reference, pot};
				return planned(executeProposalPlan(deployment, {governor, proposal, range, sources}));
			},
			options,
		);
	}

	moveTreasury(options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		const {contracts, kupoUrl} = this.#place;
		return this.#run(
			'move of the treasury',
			async () => {
				const [{governor}, money] = await Promise.all([
					this.reader.state(options.signal),
					createContractReader(kupoUrl, contracts).treasuryMoney(options.signal),
				]);
				return planned(moveTreasuryPlan(contracts, governor, money));
			},
			options,
		);
	}

	recover(
		{proposal: id}: {readonly proposal: number},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {contracts, kupoUrl} = this.#place;
		return this.#run(
			`recovery by proposal ${id}`,
			async () => {
				const [{enacted}, checkpoint] = await Promise.all([
					this.reader.state(options.signal),
					createContractReader(kupoUrl, contracts).checkpoint(options.signal),
				]);
				const record = enacted.find(each => each.id === id);
				if (record === undefined)
					return fail('PROPOSAL_NOT_ENACTED', `Proposal ${id} was not executed.`, {proposal: id});
				const recovery = planned(committeeRecoveryEffect.fromData(record.effect));
				return planned(recoverPlan(contracts, checkpoint, {ref: record.ref, name: record.name, recovery}));
			},
			options,
		);
	}

	close(
		{proposal: id}: {readonly proposal: number},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment} = this.#place;
		return this.#run(
			`close of proposal ${id}`,
			async () => {
				const [{governor, proposals}, slot] = await this.#now(options.signal);
				const proposal = this.#proposal(proposals, id);
				const fromMs = slotStart(deployment.network, slot);
				const closableAtMs = closableFromMs(proposal.datum);
				if (fromMs < closableAtMs)
					fail(
						'PROPOSAL_NOT_OVER',
						`The proposal can still be voted on, or executed: close it from ${timeText(closableAtMs)} on.`,
						{closableAtMs},
					);
				return closePlan(deployment, {proposal, governor, fromMs});
			},
			options,
		);
	}

	readonly #isOwn = ({datum}: Stake): boolean => equalBytes(datum.owner, this.#place.wallet.keyHash);

	async #nowMs(signal: AbortSignal | undefined): Promise<number> {
		return slotStart(this.#place.deployment.network, await this.reader.slot(signal));
	}

	#now(signal: AbortSignal | undefined) {
		return Promise.all([this.reader.state(signal), this.reader.slot(signal)]);
	}

	/** A range that ends before it begins is one slot long: then the plan says what is too late. */
	#range(slot: number, limits: {readonly phaseMs: number; readonly lastMs?: number}): TimeRange {
		const {network} = this.#place.deployment;
		const late = {fromMs: slotStart(network, slot), toMs: slotStart(network, slot + 1)};
		return rangeFrom(network, slot, limits) ?? late;
	}

	#proposal(proposals: readonly Proposal[], id: number): Proposal {
		const found = proposals.find(({datum}) => datum.id === id);
		const message = `There is no proposal ${id}, or it was executed or closed.`;
		return found ?? fail('PROPOSAL_UNKNOWN', message, {proposal: id});
	}

	async #stake(
		chosen: McOutRef | undefined,
		suits: (stake: Stake) => boolean,
		signal: AbortSignal | undefined,
	): Promise<Stake> {
		const {stakes} = await this.reader.state(signal);
		return chooseStake(stakes, chosen, suits);
	}

	/** Runs a plan that takes a stake; tells which. */
	async #withStake(
		purpose: string,
		options: ExecuteOptions,
		make: () => Promise<{readonly stake: Stake; readonly plan: TransactionPlan}>,
	): Promise<Voted> {
		let used: Stake | undefined;
		const plan = async (): Promise<TransactionPlan> => {
			const made = await make();
			used = made.stake;
			return made.plan;
		};
		const transaction = await this.#run(purpose, plan, options);
		if (used === undefined) throw resumedFailure(transaction);
		return {stake: used, transaction};
	}

	#run(
		purpose: string,
		plan: () => Promise<TransactionPlan>,
		options: ExecuteOptions,
	): Promise<ExecutedTransaction> {
		return this.#place.runner.run(purposeOn(this.#place.contracts, purpose), plan, options);
	}
}

/** Governs with a wallet, through Kupo and Ogmios or the devnet. */
export const createGovernanceContracts = (hasher: Hasher, place: Place): GovernanceContracts =>
	new LucidGovernance(hasher, place);
