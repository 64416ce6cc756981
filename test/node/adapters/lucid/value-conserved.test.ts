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
import {TOKEN_NAME, TOKEN_SUPPLY} from '#onchain/data/token-data';
import {
	comparePayoutLeaves,
	PAYOUT_TAG,
	type PayoutLeaf,
	type PayoutProof,
	payoutProof,
	payoutRoot,
} from '#onchain/payout';
import {slotStart} from '#onchain/plans/time-range';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import type {ContractDevnet} from '../../../support/contract-devnet.ts';
import {walletAddress} from '../../../support/contract-world.ts';
import {crypto} from '../../../support/crypto.ts';
import {
	ADA,
	ALLOCATED,
	ALLOCATIONS,
	CLAIM_UNTIL_MS,
	type GovernanceDevnet,
	type Governed,
	governanceDevnet,
	TOKENS,
} from '../../../support/governance-devnet.ts';
import {type Command, command, ENDING, OPENING} from '../../../support/money-commands.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';

const COMMITTEE = testCommittee([2n, 1n]);
const DAY_MS = 86_400_000n;
/** Votes of seven days, and three days until a proposal that has passed may be executed. */
const SETTINGS = {...DEFAULT_SETTINGS, quorum: 1n};
const GRANT_DAYS = 11;
/** No other token of that name is on this network. */
const TOKEN_SUFFIX = toHex(TOKEN_NAME);
const GRANT = {
	address: addressToData(walletAddress) ?? dataConstructor(0),
	tokens: 0n,
	datum: dataConstructor(0),
};

type Claim = {
	readonly id: Hash32;
	readonly tag: typeof PAYOUT_TAG.withdrawal | typeof PAYOUT_TAG.subsidy;
	readonly isTreasury: boolean;
	/** Cumulative lovelace by the side-chain's books, by the checkpoint on Cardano, and paid. */
	owed: bigint;
	proven: bigint;
	claimed: bigint;
};

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
	/** Millionths of a token: in the pot, and those of them that are kept for the list. */
	#pot: bigint;
	#unclaimed: bigint;
	readonly #holdings = [0n, 3_000_000n * TOKENS, 2_000_000n * TOKENS];
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
		this.#pot = TOKEN_SUPPLY - 4_000_000n * TOKENS;
		this.#unclaimed = ALLOCATED - 4_000_000n * TOKENS;
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
				return this.#grant(2n * ADA * BigInt(command.pairs), (this.#pot * BigInt(command.parts)) / 100n);
			case 'claim-tokens':
				return this.#claimTokens(command.holder);
			case 'sweep':
				return this.#sweep();
			case 'two-years':
				await this.#world.pass(CLAIM_TIME_MS.usual);
				this.#day += CLAIM_TIME_MS.usual / Number(DAY_MS);
				return undefined;
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
	async #grant(amount: bigint, tokens: bigint): Promise<ExecutedTransaction | undefined> {
		const {operator, holders, pass} = this.#world;
		const effect = grantEffect.toData({...GRANT, lovelace: Lovelace(amount), tokens});
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
		this.#t.true(tokens <= this.#pot - this.#unclaimed, `${tokens} of ${this.#pot}`);
		this.#treasury -= amount;
		this.#pot -= tokens;
		this.#grants.push({day: this.#day, amount});
		return outcome;
	}

	async #claimTokens(holder: number): Promise<ExecutedTransaction | undefined> {
		const {governance} = this.#world.holders[holder] as Governed;
		const amount = this.#holdings[holder] ?? 0n;
		const claimed = governance.claimTokens(ALLOCATIONS);
		if (this.#unclaimed === 0n) return this.#fails(claimed, 'CLAIMS_OVER');
		if (amount === 0n) return this.#fails(claimed, 'ALLOCATION_MISSING');
		const executed = await claimed;
		this.#pot -= amount;
		this.#unclaimed -= amount;
		this.#holdings[holder] = 0n;
		return executed;
	}

	/** Anybody ends claims, once, when their time is over. */
	async #sweep(): Promise<ExecutedTransaction | undefined> {
		const {governance} = this.#world.operator;
		const {network} = this.#devnet.deployment;
		const nowMs = slotStart(network, await governance.reader.slot());
		const swept = governance.sweepUnclaimed();
		if (this.#unclaimed === 0n) return this.#fails(swept, 'CLAIMS_OVER');
		if (nowMs <= CLAIM_UNTIL_MS) return this.#fails(swept, 'CLAIMS_STILL_OPEN');
		const executed = await swept;
		this.#unclaimed = 0n;
		return executed;
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
		const {tokens, datum} = await this.#world.operator.governance.reader.pot();
		t.deepEqual([tokens, datum.unclaimed], [this.#pot, this.#unclaimed], step);
		t.deepEqual(await totalOf(url), {lovelace: this.#total, tokens: TOKEN_SUPPLY}, step);
	}
}

const totalOf = async (url: string): Promise<{readonly lovelace: bigint; readonly tokens: bigint}> => {
	const outputs = await openCardanoIndex(url).matches('*', 'unspent', undefined);
	const tokensIn = (units: ReadonlyMap<string, bigint | undefined>): bigint =>
		[...units].reduce(
			(sum, [unit, quantity = 0n]) => sum + (unit.endsWith(TOKEN_SUFFIX) ? quantity : 0n),
			0n,
		);
	return {
		lovelace: outputs.reduce((sum, {lovelace}) => sum + lovelace, 0n),
		tokens: outputs.reduce((sum, {units}) => sum + tokensIn(units), 0n),
	};
};

test('whatever is done in whatever order, no value appears or vanishes, and nobody is paid more than he is owed', async t => {
	t.timeout(10 * 60_000);
	const world = await governanceDevnet(t, {traced: false, committee: COMMITTEE, settings: SETTINGS});
	const [{governance}] = world.holders;
	await governance.claimTokens(ALLOCATIONS);
	await governance.lockStake({tokens: 4_000_000n * TOKENS});
	const model = new Model(t, world, (await totalOf(world.devnet.url)).lovelace);
	for (const each of OPENING) await model.play(each);
	await fc.assert(
		fc.asyncProperty(fc.array(command, {minLength: 8, maxLength: 8, size: 'max'}), async commands => {
			for (const each of commands) await model.play(each);
		}),
		// One ledger goes on from run to run, so a shorter sequence is not the same one: the seed repeats it.
		{numRuns: 3, endOnFailure: true},
	);
	for (const each of ENDING) await model.play(each);
});
