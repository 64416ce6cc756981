/**
 * Random sequences of everything that a wallet can do with the contracts, and of what it must not, on a devnet's ledger, beside
 * a model that knows nothing but sums: after each step the bridge, the treasury, the claims and all outputs together hold
 * what the model says.
 */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {grantEffect} from '#onchain/data/governance-effect';
import {TREASURY_SOURCE} from '#onchain/data/money-data';
import {
	comparePayoutLeaves,
	PAYOUT_TAG,
	type PayoutLeaf,
	type PayoutProof,
	payoutProof,
	payoutRoot,
} from '#onchain/payout';
import type {ContractDevnet} from '../../../support/contract-devnet.ts';
import {walletAddress} from '../../../support/contract-world.ts';
import {crypto} from '../../../support/crypto.ts';
import {
	ADA,
	ALLOCATIONS,
	type GovernanceDevnet,
	governanceDevnet,
	TOKENS,
} from '../../../support/governance-devnet.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';

const COMMITTEE = testCommittee([2n, 1n]);
const DAY_MS = 86_400_000n;
/** Votes of seven days, and three days until a proposal that has passed may be executed. */
const SETTINGS = {...DEFAULT_SETTINGS, quorum: 1n};
const GRANT_DAYS = 11;
const GRANT = {
	address: addressToData(walletAddress) ?? dataConstructor(0),
	tokens: 0n,
	datum: dataConstructor(0),
};

/** Even numbers of ADA: no change is so small that somebody must top it up. */
type Command =
	| {readonly kind: 'bridge-deposit' | 'treasury-deposit'; readonly pairs: number}
	| {readonly kind: 'open-claim'; readonly of: 'account' | 'provider' | 'subsidy'}
	| {readonly kind: 'owe'; readonly claim: number; readonly pairs: number}
	| {readonly kind: 'advance' | 'advance-again' | 'advance-by-few'}
	| {readonly kind: 'claim' | 'claim-too-much'; readonly claim: number}
	/** Proposed, voted for by most, and executed. */
	| {readonly kind: 'grant'; readonly pairs: number};

type Claim = {
	readonly id: Hash32;
	readonly tag: typeof PAYOUT_TAG.withdrawal | typeof PAYOUT_TAG.subsidy;
	readonly isTreasury: boolean;
	/** Cumulative lovelace by the side-chain's books, by the checkpoint on Cardano, and paid. */
	owed: bigint;
	proven: bigint;
	claimed: bigint;
};

const command: fc.Arbitrary<Command> = fc.oneof(
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('bridge-deposit' as const),
			pairs: fc.integer({min: 1, max: 20}),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('treasury-deposit' as const),
			pairs: fc.integer({min: 1, max: 20}),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('open-claim' as const),
			of: fc.constantFrom('account' as const, 'provider' as const, 'subsidy' as const),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant('owe' as const),
			claim: fc.nat(9),
			pairs: fc.integer({min: 1, max: 30}),
		}),
	},
	{weight: 3, arbitrary: fc.record({kind: fc.constant('advance' as const)})},
	{
		weight: 1,
		arbitrary: fc.record({kind: fc.constantFrom('advance-again' as const, 'advance-by-few' as const)}),
	},
	{
		weight: 1,
		arbitrary: fc.record({kind: fc.constant('grant' as const), pairs: fc.integer({min: 1, max: 20})}),
	},
	{weight: 5, arbitrary: fc.record({kind: fc.constant('claim' as const), claim: fc.nat(9)})},
	{weight: 2, arbitrary: fc.record({kind: fc.constant('claim-too-much' as const), claim: fc.nat(9)})},
);

class Model {
	readonly #t: ExecutionContext;
	readonly #world: GovernanceDevnet;
	readonly #devnet: ContractDevnet;
	readonly #claims: Claim[];
	#bridge = 1_000n * ADA;
	#treasury = 0n;
	/** On the side-chain: what is backed and not burnt. */
	#credits = 1_000n * ADA;
	/** In all outputs of the network. */
	#total: bigint;
	#period = 0;
	#proofs: readonly PayoutLeaf[] = [];
	#opened = 0;
	/** Days since the start, and what was granted when. */
	#day = 0;
	readonly #grants: {readonly day: number; readonly amount: bigint}[] = [];

	constructor(t: ExecutionContext, world: GovernanceDevnet, total: bigint) {
		const {devnet} = world;
		this.#t = t;
		this.#world = world;
		this.#devnet = devnet;
		this.#total = total;
		const treasury = {id: devnet.deployment.treasuryClaimId, isTreasury: true, tag: PAYOUT_TAG.withdrawal};
		this.#claims = [{...treasury, owed: 0n, proven: 0n, claimed: 0n}];
	}

	async play(command: Command): Promise<void> {
		const executed = await this.#carryOut(command);
		this.#total -= executed?.fee ?? 0n;
		await this.#compare(JSON.stringify(command));
	}

	async #carryOut(command: Command): Promise<ExecutedTransaction | undefined> {
		const {contracts} = this.#devnet;
		switch (command.kind) {
			case 'bridge-deposit': {
				const amount = 2n * ADA * BigInt(command.pairs);
				this.#bridge += amount;
				this.#credits += amount;
				return contracts.depositToBridge({account: Hash28(new Uint8Array(28)), amount: Lovelace(amount)});
			}
			case 'treasury-deposit': {
				const amount = 2n * ADA * BigInt(command.pairs);
				this.#treasury += amount;
				const provenance = {source: TREASURY_SOURCE.gift, amount, rate: ADA, reference: new Uint8Array(0)};
				return contracts.depositToTreasury({amount: Lovelace(amount), provenance});
			}
			case 'open-claim':
				return this.#open(command.of);
			case 'owe':
				return this.#owe(this.#claimOf(command.claim), 2n * ADA * BigInt(command.pairs));
			case 'advance':
			case 'advance-again':
			case 'advance-by-few':
				return this.#advance(command.kind);
			case 'claim':
				return this.#claim(this.#claimOf(command.claim));
			case 'claim-too-much':
				return this.#claimTooMuch(this.#claimOf(command.claim));
			case 'grant':
				return this.#grant(2n * ADA * BigInt(command.pairs));
		}
	}

	#claimOf(number: number): Claim {
		return this.#claims[number % this.#claims.length] as Claim;
	}

	async #open(kind: 'account' | 'provider' | 'subsidy'): Promise<ExecutedTransaction> {
		const opening = {kind, operatorVk: new Uint8Array(32).fill(++this.#opened), collateral: Lovelace(0n)};
		const {claimId: id, transaction} = await this.#devnet.contracts.openClaim(opening);
		const tag = kind === 'subsidy' ? PAYOUT_TAG.subsidy : PAYOUT_TAG.withdrawal;
		this.#claims.push({id, tag, isTreasury: false, owed: 0n, proven: 0n, claimed: 0n});
		return transaction;
	}

	/** The side-chain burns credits for a withdrawal; a subsidy is the treasury's word. */
	async #owe(claim: Claim, amount: bigint): Promise<undefined> {
		if (claim.tag === PAYOUT_TAG.withdrawal) {
			if (amount > this.#credits) return;
			this.#credits -= amount;
		}
		claim.owed += amount;
	}

	async #advance(
		kind: 'advance' | 'advance-again' | 'advance-by-few',
	): Promise<ExecutedTransaction | undefined> {
		const {contracts, deployment} = this.#devnet;
		const owed = this.#claims.filter(claim => claim.owed > 0n);
		const leaves = owed
			.map(({tag, id, owed: cumulative}) => ({tag, claimId: id, cumulative: Lovelace(cumulative)}))
			.sort(comparePayoutLeaves);
		const next = {
			period: this.#period + (kind === 'advance-again' ? 0 : 1),
			blockHash: hashOf(this.#period % 256),
			stateRoot: hashOf(2),
			payoutRoot: payoutRoot(crypto, leaves),
			nextCommitteeHash: COMMITTEE.hash,
		};
		// Two thirds are not more than two thirds.
		const isEnough = (weight: bigint): boolean => kind !== 'advance-by-few' || weight === 2n;
		const signatures = signCheckpoint(COMMITTEE, deployment, next, isEnough);
		const request = {next, committee: COMMITTEE.members, signatures};
		if (kind !== 'advance') return this.#refused(contracts.advanceCheckpoint(request, {unchecked: true}));
		const executed = await contracts.advanceCheckpoint(request);
		this.#period = next.period;
		this.#proofs = leaves;
		for (const claim of owed) claim.proven = claim.owed;
		return executed;
	}

	async #claim(claim: Claim): Promise<ExecutedTransaction | undefined> {
		const {contracts} = this.#devnet;
		const proof = this.#proofOf(claim);
		if (proof === undefined) return undefined;
		const due = claim.proven - claim.claimed;
		const money = claim.tag === PAYOUT_TAG.withdrawal ? this.#bridge : this.#treasury;
		const paid = contracts.claimWithdrawal({proof});
		if (due === 0n) return this.#fails(paid, 'PAYOUT_NOTHING_TO_CLAIM');
		if (due > money) return this.#fails(paid, 'PAYOUT_MONEY_MISSING');
		const executed = await paid;
		if (claim.tag === PAYOUT_TAG.withdrawal) this.#bridge -= due;
		else this.#treasury -= due;
		if (claim.isTreasury) this.#treasury += due;
		claim.claimed = claim.proven;
		return executed;
	}

	async #claimTooMuch(claim: Claim): Promise<undefined> {
		const proof = this.#proofOf(claim);
		if (proof === undefined) return;
		const amount = claim.proven - claim.claimed + 2n * ADA;
		const money = claim.tag === PAYOUT_TAG.withdrawal ? this.#bridge : this.#treasury;
		const paid = this.#devnet.contracts.claimWithdrawal({proof, amount}, {unchecked: true});
		await (amount > money ? this.#fails(paid, 'PAYOUT_MONEY_MISSING') : this.#refused(paid));
	}

	/** Paid, or not executable because it is more than a tenth of the treasury in thirty days. */
	async #grant(amount: bigint): Promise<ExecutedTransaction | undefined> {
		const {operator, holders, pass} = this.#world;
		const effect = grantEffect.toData({...GRANT, lovelace: Lovelace(amount)});
		const anchor = {anchorHash: hashOf(1), anchorUrl: new Uint8Array(30)};
		const proposed = await operator.governance.propose({...anchor, effect});
		const voted = await holders[0].governance.vote({proposal: proposed.id, vote: 'yes'});
		this.#total -= proposed.transaction.fee + voted.transaction.fee;
		await pass(BigInt(GRANT_DAYS) * DAY_MS);
		this.#day += GRANT_DAYS;
		const execution = operator.governance.execute({proposal: proposed.id});
		const outcome = await execution.catch((error: unknown) =>
			error instanceof NodeError ? error.code : 'bug',
		);
		if (typeof outcome === 'string') {
			this.#t.true(['GRANT_OVER_CAP', 'GRANT_MONEY_MISSING'].includes(outcome), outcome);
			return undefined;
		}
		const recent = this.#grants.filter(({day}) => day + 30 > this.#day);
		const paid = recent.reduce((sum, {amount: each}) => sum + each, 0n);
		this.#t.true(10n * amount <= this.#treasury + paid, `${amount} of ${this.#treasury}`);
		this.#treasury -= amount;
		this.#grants.push({day: this.#day, amount});
		return outcome;
	}

	#proofOf({tag, id: claimId}: Claim): PayoutProof | undefined {
		return payoutProof(crypto, this.#proofs, {tag, claimId});
	}

	async #fails(promise: Promise<unknown>, code: string): Promise<undefined> {
		const outcome = await promise.then(
			() => 'done',
			(error: unknown) => (error instanceof NodeError ? error.code : String(error)),
		);
		this.#t.is(outcome, code);
	}

	#refused(promise: Promise<unknown>): Promise<undefined> {
		return this.#fails(promise, 'CARDANO_TRANSACTION_REFUSED');
	}

	async #compare(step: string): Promise<void> {
		const t = this.#t;
		const {contracts, reader, url} = this.#devnet;
		const unclaimed = this.#claims
			.filter(({tag}) => tag === PAYOUT_TAG.withdrawal)
			.reduce((sum, {owed, claimed}) => sum + owed - claimed, 0n);
		t.is(this.#credits + unclaimed, this.#bridge, step);
		t.is(await contracts.bridgeBalance(), Lovelace(this.#bridge), step);
		t.is(await contracts.treasuryBalance(), Lovelace(this.#treasury), step);
		for (const {id, claimed} of this.#claims)
			t.is((await reader.claim(id)).datum.claimed, Lovelace(claimed), `${step} ${toHex(id)}`);
		t.is(await totalOf(url), this.#total, step);
	}
}

const totalOf = async (url: string): Promise<bigint> =>
	(await openCardanoIndex(url).matches('*', 'unspent', undefined)).reduce(
		(sum, {lovelace}) => sum + lovelace,
		0n,
	);

/** What leads to each kind of payment at least once; the rest is left to chance. */
const OPENING: readonly Command[] = [
	{kind: 'open-claim', of: 'account'},
	{kind: 'open-claim', of: 'subsidy'},
	{kind: 'owe', claim: 0, pairs: 5},
	{kind: 'owe', claim: 1, pairs: 30},
	{kind: 'owe', claim: 2, pairs: 4},
	{kind: 'advance'},
	{kind: 'claim', claim: 2},
	{kind: 'claim', claim: 0},
	{kind: 'claim', claim: 2},
	{kind: 'treasury-deposit', pairs: 300},
	{kind: 'grant', pairs: 20},
	{kind: 'grant', pairs: 40},
];

test('whatever is done in whatever order, no value appears or vanishes, and nobody is paid more than he is owed', async t => {
	t.timeout(10 * 60_000);
	const world = await governanceDevnet(t, {traced: false, committee: COMMITTEE, settings: SETTINGS});
	const [{governance}] = world.holders;
	await governance.claimTokens(ALLOCATIONS);
	await governance.lockStake({tokens: 4_000_000n * TOKENS});
	const model = new Model(t, world, await totalOf(world.devnet.url));
	for (const each of OPENING) await model.play(each);
	await fc.assert(
		fc.asyncProperty(fc.array(command, {minLength: 8, maxLength: 8, size: 'max'}), async commands => {
			for (const each of commands) await model.play(each);
		}),
		// One ledger goes on from run to run, so a shorter sequence is not the same one: the seed repeats it.
		{numRuns: 3, endOnFailure: true},
	);
});
