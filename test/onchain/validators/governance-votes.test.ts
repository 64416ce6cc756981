import test from 'ava';
import {defined} from '#kernel/assert';
import {concat, toHex, u64be} from '#kernel/bytes';
import {allocationProof} from '#onchain/allocation';
import {dataConstructor, dataInteger} from '#onchain/cardano/plutus-data';
import {
	enactedDatum,
	GOVERNANCE_ACTION,
	type ProposalDatum,
	proposalDatum,
	type StakeDatum,
	stakeDatum,
	type Vote,
} from '#onchain/data/governance-data';
import {TOKEN_SUPPLY} from '#onchain/data/token-data';
import {delegatePlan, votePlan, withdrawStakePlan} from '#onchain/plans/governance-plans';
import {claimTokensPlan} from '#onchain/plans/token-plans';
import {ADA, changeOutput, otherConstructor, refOf, walletAddress} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {accepts, type Change, type Make, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	ALLOCATIONS,
	DELEGATE,
	type GovernanceWorld,
	grantOf,
	NOW_MS,
	OWNER,
	passedState,
	person,
	potState,
	proposalState,
	RANGE,
	stakeState,
	TOKENS,
} from '../../support/governance-world.ts';
import {
	adaLess,
	alsoSpending,
	mintMore,
	outputMore,
	same,
	scriptOn,
	stakePart,
	without,
} from '../../support/plan-changes.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {hashOf} from '../../support/side-chain.ts';

// Voting

type Ballot = {
	readonly vote?: Vote;
	readonly signer?: typeof OWNER;
	readonly stake?: Partial<StakeDatum>;
	readonly proposal?: Partial<ProposalDatum>;
	readonly tokens?: bigint;
	readonly change?: Change;
};

const cast = (id: number, endMs: number): Uint8Array => concat(u64be(BigInt(id)), u64be(BigInt(endMs)));

const ballot = (world: GovernanceWorld, options: Ballot = {}): JudgedTransaction => {
	const {vote = 'yes', signer = OWNER, change = same} = options;
	const stake = stakeState(world, {
		datum: options.stake ?? {},
		...(options.tokens === undefined ? {} : {tokens: options.tokens}),
	});
	const proposal = proposalState(world, options.proposal ?? {});
	const plan = votePlan(world.deployment, {
		proposal: proposal.plan,
		stake: stake.plan,
		vote,
		signer,
		range: RANGE,
	});
	const second = stakeState(world, {number: 14});
	return {
		plan: change(plan, world),
		utxos: [stake.utxo, proposal.utxo, second.utxo, ...publishedUtxos(world)],
	};
};

test('an owner or a delegate votes yes, no or to abstain, and votes that ended make room', async t => {
	for (const vote of ['yes', 'no', 'abstain'] as const) await accepts(t, world => ballot(world, {vote}));
	await accepts(t, world => ballot(world, {signer: DELEGATE}));
	const others = Array.from({length: 7}, (_, index) => cast(100 + index, RANGE.toMs + 1));
	await accepts(t, world => ballot(world, {stake: {votes: others}}));
	await accepts(t, world => ballot(world, {stake: {votes: [...others, cast(1, RANGE.fromMs - 1)]}}));
	await accepts(t, world =>
		ballot(world, {proposal: {closesAtMs: RANGE.toMs, yes: 5n, no: 6n, abstain: 7n}}),
	);
});

const stakeAfter =
	(votes: readonly Uint8Array[]): Change =>
	plan =>
		changeOutput(plan, 1, {datum: stakeDatum.toData({owner: OWNER, delegate: DELEGATE, votes})});
const tallied =
	(change: Partial<ProposalDatum>): Change =>
	(plan, world) =>
		changeOutput(plan, 0, {
			datum: proposalDatum.toData({...proposalState(world).plan.datum, ...change}),
		});
const MUCH = 2_000_000n * TOKENS;

const VOTE_BAD: readonly (readonly [string, Ballot, string | undefined])[] = [
	['without the rule', {change: without('judge')}, 'not-judged'],
	['by somebody else', {signer: person(0x53)}, 'vote-signer'],
	['after the end', {proposal: {closesAtMs: RANGE.toMs - 1}}, 'vote-late'],
	['without tokens', {change: plan => plan, tokens: 0n}, 'vote-weight'],
	['twice', {stake: {votes: [cast(6, RANGE.toMs + 1)]}}, 'vote-twice'],
	[
		'twice, as soon as the first is about to end',
		{stake: {votes: [cast(6, RANGE.fromMs - 1)]}},
		'vote-twice',
	],
	[
		'on a ninth proposal',
		{stake: {votes: Array.from({length: 8}, (_, index) => cast(100 + index, RANGE.toMs))}},
		'vote-many',
	],
	['with two stakes of which one is counted', {change: alsoSpending(14)}, 'vote-touches'],
	[
		'with tokens let out of the stake',
		{change: plan => changeOutput(plan, 1, {assets: new Map()})},
		'stake-value',
	],
	['with the stake made into two', {change: outputMore}, 'vote-touches'],
	['so that more is counted', {change: tallied({yes: MUCH + 1n})}, 'tally-datum'],
	['so that it is counted elsewhere', {change: tallied({no: MUCH})}, 'tally-datum'],
	['so that the proposal changes', {change: tallied({yes: MUCH, effect: grantOf(9n * ADA)})}, 'tally-datum'],
	['with the deposit taken', {change: adaLess(0)}, 'tally-value'],
	['so that the proposal gets a stake part', {change: stakePart(0)}, 'tally-address'],
	['so that the proposal bears a script', {change: scriptOn(0)}, 'tally-script'],
	['without binding the tokens', {change: stakeAfter([])}, 'stake-datum'],
	['with the tokens bound for less', {change: stakeAfter([cast(6, RANGE.toMs)])}, 'stake-datum'],
	['so that the stake moves', {change: stakePart(1)}, 'stake-address'],
	['so that the stake bears a script', {change: scriptOn(1)}, 'stake-script'],
	['while an NFT is made', {change: mintMore(1n)}, 'vote-mint'],
	[
		'in a fourth way',
		{
			change: (plan, {deployment}) => ({
				...plan,
				judge: [
					{
						script: deployment.governance.hash,
						redeemer: dataConstructor(GOVERNANCE_ACTION.vote, dataInteger(6), dataInteger(3)),
					},
				],
			}),
		},
		'vote-choice',
	],
];
for (const [how, options, trace] of VOTE_BAD)
	test(`no vote counts ${how}`, t => refuses(t, world => ballot(world, options), trace));

test('nobody votes with an output that is no stake, or on what only looks like a proposal', async t => {
	const asStake: Make = world => {
		const transaction = ballot(world);
		const utxos = transaction.utxos.map(utxo =>
			utxo.ref === stakeState(world).plan.ref || toHex(utxo.ref.txId) === toHex(refOf(13).txId)
				? {...utxo, output: {...utxo.output, datum: dataConstructor(2, dataInteger(1))}}
				: utxo,
		);
		return {...transaction, utxos};
	};
	await refuses(t, asStake, 'vote-stake');
	const withoutNft: Make = world => {
		const transaction = ballot(world);
		const utxos = transaction.utxos.map(utxo =>
			toHex(utxo.ref.txId) === toHex(refOf(12).txId)
				? {...utxo, output: {...utxo.output, assets: new Map()}}
				: utxo,
		);
		return {...transaction, utxos};
	};
	await refuses(t, withoutNft, undefined);
});

test('the tokens of the pot do not vote', async t => {
	const claimant = person(3);
	const beside = (world: GovernanceWorld, change: Change = same): JudgedTransaction => {
		const {plan, utxos} = ballot(world, {change});
		const pot = potState(world);
		const proof = defined(allocationProof(crypto, ALLOCATIONS, new Set(), claimant), 'an allocation');
		const claim = claimTokensPlan(crypto, world.deployment, {pot: pot.plan, proof, recipient: walletAddress});
		const together = {
			...plan,
			spend: [...plan.spend, ...claim.spend],
			outputs: [...plan.outputs, ...claim.outputs],
			signers: [...plan.signers, claimant],
		};
		return {plan: together, utxos: [...utxos, pot.utxo]};
	};
	await accepts(t, world => beside(world));
	for (const more of [3_000_000n * TOKENS, TOKEN_SUPPLY])
		await refuses(t, world => beside(world, tallied({yes: MUCH + more})), 'tally-datum');
	const asStake: Make = world => {
		const {plan, utxos} = beside(world);
		const [proposal, , pot] = plan.spend;
		return {plan: {...plan, spend: [proposal, pot].flatMap(each => each ?? [])}, utxos};
	};
	await refuses(t, asStake, undefined);
});

test('nobody votes on what was enacted', async t => {
	const enacted = (transaction: JudgedTransaction): JudgedTransaction => ({
		...transaction,
		utxos: transaction.utxos.map(utxo =>
			toHex(utxo.ref.txId) === toHex(refOf(12).txId)
				? {
						...utxo,
						output: {
							...utxo.output,
							datum: enactedDatum.toData({
								id: 6,
								effect: grantOf(ADA),
								anchorHash: hashOf(9),
								enactedByMs: NOW_MS,
							}),
						},
					}
				: utxo,
		),
	});
	await refuses(t, world => enacted(ballot(world)), undefined);
});

// Stakes

const withdraw = (
	world: GovernanceWorld,
	change: Change = same,
	datum: Partial<StakeDatum> = {},
): JudgedTransaction => {
	const stake = stakeState(world, {datum: {votes: [cast(1, NOW_MS)], ...datum}});
	const plan = withdrawStakePlan(world.deployment, {stake: stake.plan, fromMs: NOW_MS});
	const others = [stakeState(world, {number: 14, datum: {votes: [cast(1, NOW_MS + 1)]}}), passedState(world)];
	return {
		plan: change(plan, world),
		utxos: [stake.utxo, ...others.map(({utxo}) => utxo), ...publishedUtxos(world)],
	};
};

test('an owner takes the tokens back once the votes have ended', async t => {
	await accepts(t, world => withdraw(world));
	await accepts(t, world => withdraw(world, same, {votes: []}));
});

const WITHDRAW_BAD: readonly (readonly [string, Change, Partial<StakeDatum>, string | undefined])[] = [
	['by the delegate', plan => ({...plan, signers: [DELEGATE]}), {}, 'withdraw-owner'],
	['while a vote binds them', same, {votes: [cast(2, NOW_MS), cast(1, NOW_MS + 1)]}, 'withdraw-bound'],
	['together with a stake that is bound', alsoSpending(14), {}, 'withdraw-touches'],
	['together with a proposal', alsoSpending(12), {}, 'withdraw-touches'],
	['while an NFT is made', mintMore(1n), {}, 'withdraw-mint'],
	['without the rule', without('judge'), {}, 'not-judged'],
	['without saying when', ({validFromMs: _none, ...plan}) => plan, {}, undefined],
];
for (const [how, change, datum, trace] of WITHDRAW_BAD)
	test(`no tokens are taken back ${how}`, t => refuses(t, world => withdraw(world, change, datum), trace));

const delegate = (world: GovernanceWorld, change: Change = same): JudgedTransaction => {
	const stake = stakeState(world, {datum: {votes: [cast(1, NOW_MS + 1)]}});
	const plan = delegatePlan(world.deployment, {stake: stake.plan, delegate: person(0x59)});
	return {
		plan: change(plan, world),
		utxos: [stake.utxo, stakeState(world, {number: 14}).utxo, ...publishedUtxos(world)],
	};
};

test('an owner names another delegate', t => accepts(t, world => delegate(world)));

const DELEGATE_BAD: readonly (readonly [string, Change, string | undefined])[] = [
	['by the delegate', plan => ({...plan, signers: [DELEGATE]}), 'delegate-owner'],
	['with two stakes', alsoSpending(14), 'delegate-touches'],
	['while an NFT is made', mintMore(1n), 'delegate-mint'],
	[
		'that is no key hash',
		plan =>
			changeOutput(plan, 0, {
				datum: stakeDatum.toData({owner: OWNER, delegate: new Uint8Array(27) as typeof OWNER, votes: []}),
			}),
		'delegate-width',
	],
	[
		'so that the votes are forgotten',
		plan =>
			changeOutput(plan, 0, {datum: stakeDatum.toData({owner: OWNER, delegate: person(0x59), votes: []})}),
		'stake-datum',
	],
	[
		'so that the tokens have another owner',
		plan =>
			changeOutput(plan, 0, {
				datum: stakeDatum.toData({owner: DELEGATE, delegate: person(0x59), votes: [cast(1, NOW_MS + 1)]}),
			}),
		'stake-datum',
	],
	['so that the tokens leave', plan => changeOutput(plan, 0, {assets: new Map()}), 'stake-value'],
];
for (const [how, change, trace] of DELEGATE_BAD)
	test(`no delegate is named ${how}`, t => refuses(t, world => delegate(world, change), trace));

/** The same with something else at the place of the stake. */
const notStake = ({plan, utxos}: JudgedTransaction): JudgedTransaction => ({
	plan,
	utxos: utxos.map((utxo, index) =>
		index === 0 ? {...utxo, output: {...utxo.output, datum: otherConstructor(utxo.output.datum)}} : utxo,
	),
});

test('nobody takes back what is no stake, or names a delegate for it', async t => {
	await refuses(t, world => notStake(withdraw(world)), 'withdraw-stake');
	await refuses(t, world => notStake(delegate(world)), 'delegate-stake');
});
