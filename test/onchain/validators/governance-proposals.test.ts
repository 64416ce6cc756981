import test from 'ava';
import {toHex} from '#kernel/bytes';
import {allocationRoot} from '#onchain/allocation';
import {dataConstructor, dataInteger} from '#onchain/cardano/plutus-data';
import {
	enactedDatum,
	type ProposalDatum,
	proposalDatum,
	VOTE,
	voteAction,
} from '#onchain/data/governance-data';
import {committeeRecoveryEffect} from '#onchain/data/governance-effect';
import {closePlan, proposalOf, proposePlan} from '#onchain/plans/governance-plans';
import {foundGovernancePlan} from '#onchain/plans/token-plans';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {ADA, changeOutput, refOf, SEED, walletAddress, walletUtxo} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {accepts, type Change, type Make, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	ALLOCATED,
	ALLOCATIONS,
	type GovernanceWorld,
	governorState,
	grantOf,
	moneyState,
	NOW_MS,
	passedState,
	person,
	RANGE,
	SETTINGS,
	stakeState,
	TOKENS,
	tracedGovernance,
} from '../../support/governance-world.ts';
import {
	adaLess,
	alsoSpending,
	junkIn,
	longerIn,
	mintMore,
	outputMore,
	same,
	scriptOn,
	stakePart,
	without,
} from '../../support/plan-changes.ts';
import {runScript} from '../../support/plutus-machine.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {hashOf} from '../../support/side-chain.ts';

const MUCH = 2_000_000n * TOKENS;

// The governor

const found = (world: GovernanceWorld, change: Change): JudgedTransaction => {
	const plan = foundGovernancePlan(world.deployment, {
		seed: SEED,
		allocationRoot: allocationRoot(crypto, ALLOCATIONS),
		allocated: ALLOCATED,
		settings: SETTINGS,
	});
	return {plan: change(plan, world), utxos: [walletUtxo(SEED)]};
};

const foundedWith =
	(change: Partial<typeof SETTINGS>): Change =>
	(_plan, {deployment}) =>
		foundGovernancePlan(deployment, {
			seed: SEED,
			allocationRoot: allocationRoot(crypto, ALLOCATIONS),
			allocated: ALLOCATED,
			settings: {...SETTINGS, ...change},
		});

const FOUND_BAD: readonly (readonly [string, Change, string | undefined])[] = [
	['without the supply', plan => ({...plan, mint: plan.mint.slice(1)}), 'open-once'],
	['together with a proposal', mintMore(1n), 'open-mint'],
	['with junk', junkIn(1), 'open-value'],
	['with a script on it', scriptOn(1), 'open-script'],
	['whose quorum nobody needs to reach', foundedWith({quorum: 0n}), 'open-settings'],
	['whose quorum nobody can reach', foundedWith({quorum: 100_000_000n * TOKENS + 1n}), 'open-settings'],
	['whose votes last no time', foundedWith({voteMs: 0n}), 'open-settings'],
	['whose cap is more than all', foundedWith({capPerMille: 1_001n}), 'open-settings'],
	[
		'whose treasury is no script',
		(_plan, {deployment}) =>
			foundGovernancePlan(
				{...deployment, treasury: deployment.treasury.slice(1) as typeof deployment.treasury},
				{
					seed: SEED,
					allocationRoot: allocationRoot(crypto, ALLOCATIONS),
					allocated: ALLOCATED,
					settings: SETTINGS,
				},
			),
		'open-treasury',
	],
	['with a datum field more', longerIn(1), 'open-datum'],
	['at an address with a stake part', stakePart(1), undefined],
];
for (const [how, change, trace] of FOUND_BAD)
	test(`no governor begins ${how}`, t => refuses(t, world => found(world, change), trace));

// Proposing

const propose = (world: GovernanceWorld, change: Change = same, effect = grantOf(ADA)): JudgedTransaction => {
	const governor = governorState(world);
	const plan = proposePlan(world.deployment, {
		governor: governor.plan,
		effect,
		anchorHash: hashOf(4),
		anchorUrl: new Uint8Array(128),
		proposer: person(0x66),
		range: RANGE,
	});
	return {plan: change(plan, world), utxos: [governor.utxo, ...publishedUtxos(world)]};
};

const proposed =
	(change: Partial<ProposalDatum>): Change =>
	(plan, world) => {
		const datum = proposalOf({
			governor: governorState(world).plan,
			effect: grantOf(ADA),
			anchorHash: hashOf(4),
			anchorUrl: new Uint8Array(128),
			proposer: person(0x66),
			range: RANGE,
		});
		return changeOutput(plan, 1, {datum: proposalDatum.toData({...datum, ...change})});
	};

test('anybody with the deposit proposes; the recovery of a committee is voted on for longer', async t => {
	await accepts(t, world => propose(world));
	const recovery = committeeRecoveryEffect.toData({period: 3, committeeHash: hashOf(1)});
	await accepts(t, world => propose(world, same, recovery));
});

const PROPOSE_BAD: readonly (readonly [string, Change, string | undefined])[] = [
	['without the rule', without('judge'), 'not-judged'],
	['over a wide range of time', plan => ({...plan, validFromMs: RANGE.toMs - 3_600_001}), 'propose-range'],
	['beside another output there', outputMore, 'propose-touches'],
	['with two NFTs', mintMore(1n), 'propose-mint'],
	['with ADA of the governor', adaLess(0), 'governor-value'],
	['so that the governor gets a stake part', stakePart(0), 'governor-address'],
	['so that the governor bears a script', scriptOn(0), 'governor-script'],
	['so that the governor is changed', longerIn(0), 'governor-datum'],
	['at an address with a stake part', stakePart(1), 'proposal-address'],
	['with junk', junkIn(1), 'proposal-nft'],
	[
		'with too small a deposit',
		plan => changeOutput(plan, 1, {lovelace: SETTINGS.deposit - 1n}),
		'proposal-deposit',
	],
	['with a script on it', scriptOn(1), 'proposal-script'],
	['with an address that is too long', proposed({anchorUrl: new Uint8Array(129)}), 'anchor'],
	['with a short hash', proposed({anchorHash: new Uint8Array(31) as ProposalDatum['anchorHash']}), 'anchor'],
	[
		'with a proposer that is no key hash',
		proposed({proposer: new Uint8Array(27) as ProposalDatum['proposer']}),
		'proposer',
	],
	['with an effect that there is not', proposed({effect: dataConstructor(6)}), 'effect'],
	['that has votes already', proposed({yes: 1n}), 'proposal-datum'],
	['that closes sooner', proposed({closesAtMs: RANGE.toMs + 1}), 'proposal-datum'],
	['that needs fewer votes', proposed({quorum: 1n}), 'proposal-datum'],
	['under another number', proposed({id: 8}), 'proposal-datum'],
	['with a datum field more', longerIn(1), 'proposal-datum'],
];
for (const [how, change, trace] of PROPOSE_BAD)
	test(`nothing is proposed ${how}`, t => refuses(t, world => propose(world, change), trace));

// Closing

const FAILED: Partial<ProposalDatum> = {yes: 2n * MUCH, no: 2n * MUCH};
const close = (
	world: GovernanceWorld,
	change: Change = same,
	datum: Partial<ProposalDatum> = FAILED,
): JudgedTransaction => {
	const proposal = passedState(world, datum);
	const governor = governorState(world);
	const plan = closePlan(world.deployment, {
		proposal: proposal.plan,
		governor: governor.plan,
		fromMs: NOW_MS,
	});
	const others = [stakeState(world), moneyState(world, ADA, 15)];
	return {
		plan: change(plan, world),
		utxos: [proposal.utxo, governor.utxo, ...others.map(({utxo}) => utxo), ...publishedUtxos(world)],
	};
};

const MISSED: Partial<ProposalDatum> = {yes: 5_000_000n * TOKENS - 1n, no: 0n, abstain: 0n};
const EXPIRED: Partial<ProposalDatum> = {expiresAtMs: NOW_MS};

test('the deposit of a lost or expired proposal goes back, and to the treasury when the quorum was missed', async t => {
	await accepts(t, world => close(world));
	await accepts(t, world => close(world, same, EXPIRED));
	await accepts(t, world => close(world, same, MISSED));
	await accepts(t, world => close(world, same, {...MISSED, closesAtMs: NOW_MS}));
});

const CLOSE_BAD: readonly (readonly [string, Change, Partial<ProposalDatum>, string | undefined])[] = [
	['while it can be executed', same, {}, 'close-passed'],
	['while it is voted on', same, {closesAtMs: NOW_MS + 1}, 'close-early'],
	['without burning its NFT', without('mint'), FAILED, undefined],
	['while another NFT is made', mintMore(1n), FAILED, 'close-mint'],
	['together with a stake', alsoSpending(13), FAILED, 'close-touches'],
	[
		'so that the deposit goes elsewhere',
		plan => changeOutput(plan, 0, {address: walletAddress}),
		FAILED,
		'refund',
	],
	['so that the deposit is less', adaLess(0), FAILED, 'refund'],
	[
		'so that the treasury goes without',
		plan => changeOutput(plan, 0, {address: walletAddress}),
		MISSED,
		'forfeit-address',
	],
	['so that the treasury gets less', adaLess(0), MISSED, 'forfeit-value'],
	['so that the treasury gets junk', junkIn(0), MISSED, 'forfeit-value'],
	['so that the treasury bears a script', scriptOn(0), MISSED, 'forfeit-script'],
	[
		'so that the treasury counts it as change',
		plan => changeOutput(plan, 0, {datum: dataConstructor(1)}),
		MISSED,
		'forfeit-datum',
	],
	['without the rule', without('judge'), FAILED, 'not-judged'],
];
for (const [how, change, datum, trace] of CLOSE_BAD)
	test(`no proposal is closed ${how}`, t => refuses(t, world => close(world, change, datum), trace));

test('nobody closes what was enacted', async t => {
	const enacted: Make = world => {
		const transaction = close(world);
		const datum = enactedDatum.toData({
			id: 6,
			effect: grantOf(ADA),
			anchorHash: hashOf(9),
			enactedByMs: NOW_MS,
		});
		const utxos = transaction.utxos.map(utxo =>
			toHex(utxo.ref.txId) === toHex(refOf(12).txId) ? {...utxo, output: {...utxo.output, datum}} : utxo,
		);
		return {...transaction, utxos};
	};
	await refuses(t, enacted, undefined);
});

test('the script runs no other action, and for no certificate', async t => {
	const unknown: Change = (plan: TransactionPlan, {deployment}) => ({
		...plan,
		judge: [{script: deployment.governance.hash, redeemer: dataConstructor(6)}],
	});
	await refuses(t, world => close(world, unknown), undefined);
	const {deployment} = tracedGovernance;
	const info = dataConstructor(3, dataInteger(0), dataConstructor(0));
	const redeemer = voteAction.toData({proposal: 6, vote: VOTE.yes});
	t.false(runScript(deployment.governance, close(tracedGovernance), {redeemer, info}).accepted);
});
