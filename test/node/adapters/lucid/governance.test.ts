/** Governance on the devnet: what plu-ts's machine refuses, aiken's evaluator and Scalus refuse too. */
import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS, settingsList, settingsOf} from '#onchain/data/governance-data';
import {
	committeeRecoveryEffect,
	grantEffect,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '#onchain/data/governance-effect';
import {governanceOf} from '#onchain/governance-deployment';
import {executeProposalPlan} from '#onchain/plans/execute-proposal-plan';
import {
	closePlan,
	type Proposal,
	proposePlan,
	votePlan,
	withdrawStakePlan,
} from '#onchain/plans/governance-plans';
import {moveTreasuryPlan} from '#onchain/plans/move-treasury-plan';
import {rangeFrom, slotStart} from '#onchain/plans/time-range';
import {changeOutput, walletAddress, withStake} from '../../../support/contract-world.ts';
import {ADA, ALLOCATIONS, governanceDevnet, TOKENS} from '../../../support/governance-devnet.ts';
import {refusedOnDevnet} from '../../../support/refused-on-devnet.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';

const HOUR_MS = 3_600_000n;
const ANCHOR = {anchorHash: hashOf(1), anchorUrl: new Uint8Array(30)};
const GIFT = {source: 3, amount: 5_000n * ADA, rate: 1_000_000n, reference: new Uint8Array(32)};

test('three holders claim, lock and vote; a grant is paid, a lost proposal pays the treasury, a dead committee and a treasury are replaced', async t => {
	const {devnet, operator, holders, pass} = await governanceDevnet(t, {traced: true});
	const [first, second, third] = holders;
	const deployment = governanceOf(devnet.deployment);
	if (deployment === undefined) return t.fail('nobody governs');
	const {reader} = operator.governance;
	const {network} = deployment;
	const now = async () => ({...(await reader.state()), slot: await reader.slot()});
	const rangeAt = (slot: number, lastMs?: number) => {
		const range = rangeFrom(network, slot, {phaseMs: 1e9, ...(lastMs !== undefined && {lastMs})});
		if (range === undefined) throw new TypeError('no range');
		return range;
	};

	for (const {governance} of holders) await governance.claimTokens(ALLOCATIONS);
	await t.throwsAsync(first.governance.claimTokens(ALLOCATIONS), {code: 'ALLOCATION_MISSING'});
	await t.throwsAsync(operator.governance.claimTokens(ALLOCATIONS), {code: 'ALLOCATION_MISSING'});
	await first.governance.lockStake({tokens: 4_000_000n * TOKENS});
	await second.governance.lockStake({tokens: 3_000_000n * TOKENS});
	await third.governance.lockStake({tokens: 2_000_000n * TOKENS});
	await third.governance.delegate({delegate: second.contracts.wallet.keyHash});
	await operator.contracts.depositToTreasury({amount: Lovelace(GIFT.amount), provenance: GIFT});

	const signer = first.contracts.wallet.keyHash;
	const recipient = addressToData(walletAddress);
	if (recipient === undefined) return t.fail('no address');
	const grant = grantEffect.toData({
		address: recipient,
		lovelace: Lovelace(300n * ADA),
		tokens: 0n,
		datum: dataConstructor(0),
	});
	const effects = [
		grant,
		committeeRecoveryEffect.toData({period: 0, committeeHash: testCommittee([9n]).hash}),
		settingsEffect.toData({settings: settingsList({...DEFAULT_SETTINGS, quorum: 1n})}),
		sideChainParametersEffect.toData({change: Uint8Array.of(1)}),
		scriptReplacementEffect.toData({contract: 0, hash: signer}),
	];
	const before = await now();
	const proposing = proposePlan(deployment, {
		...ANCHOR,
		governor: before.governor,
		effect: grant,
		proposer: operator.contracts.wallet.keyHash,
		range: rangeAt(before.slot),
	});
	const proposalAddress = proposing.outputs[1]?.address ?? new Uint8Array(0);
	const hijacked = changeOutput(proposing, 1, {address: withStake(proposalAddress)});
	await refusedOnDevnet(t, operator, hijacked, 'proposal-address');
	await refusedOnDevnet(t, operator, {...proposing, judge: []}, 'not-judged');
	for (const effect of effects) await operator.governance.propose({...ANCHOR, effect});
	const {proposals} = await now();
	t.deepEqual(
		proposals.map(({datum: {id, effect}}) => [id, effect]),
		effects.map((effect, id) => [id, effect]),
	);

	const open = await now();
	const asked = open.proposals[0] as Proposal;
	const stake = open.stakes.find(({tokens}) => tokens === 4_000_000n * TOKENS);
	if (stake === undefined) return t.fail('the stake is locked');
	const range = rangeAt(open.slot);
	const voting = votePlan(deployment, {proposal: asked, stake, vote: 'yes', signer, range});
	await refusedOnDevnet(t, first, {...voting, signers: []}, 'vote-signer');
	const counted = votePlan(deployment, {
		proposal: asked,
		stake: {...stake, tokens: stake.tokens + 1n},
		vote: 'yes',
		signer,
		range,
	});
	const tally = {...voting, outputs: [...counted.outputs.slice(0, 1), ...voting.outputs.slice(1)]};
	await refusedOnDevnet(t, first, tally, 'tally-datum');
	for (const proposal of [0, 1, 2, 4]) {
		await first.governance.vote({proposal, vote: 'yes'});
		await second.governance.vote({proposal, vote: proposal === 2 ? 'abstain' : 'yes'});
	}
	// The stake of the third, whose delegate the second is.
	await second.governance.vote({proposal: 0, vote: 'no'});
	await t.throwsAsync(second.governance.vote({proposal: 0, vote: 'no'}), {code: 'STAKE_MISSING'});
	await t.throwsAsync(first.governance.withdrawStake({}), {code: 'STAKE_BOUND'});
	const voted = await now();
	t.like(voted.proposals.find(({datum}) => datum.id === 0)?.datum, {
		yes: 7_000_000n * TOKENS,
		no: 2_000_000n * TOKENS,
		abstain: 0n,
	});
	const bound = voted.stakes.find(({tokens}) => tokens === stake.tokens);
	if (bound === undefined) return t.fail('the stake is there');
	const leaving = withdrawStakePlan(deployment, {stake: bound, fromMs: slotStart(network, voted.slot)});
	await refusedOnDevnet(t, first, leaving, 'withdraw-bound');
	await t.throwsAsync(operator.governance.execute({proposal: 0}), {code: 'PROPOSAL_NOT_EXECUTABLE'});
	await t.throwsAsync(operator.governance.close({proposal: 3}), {code: 'PROPOSAL_NOT_OVER'});

	const {voteMs, timelockMs, recoveryVoteMs} = DEFAULT_SETTINGS;
	await pass(voteMs + HOUR_MS);
	await t.throwsAsync(first.governance.vote({proposal: 3, vote: 'yes'}), {code: 'PROPOSAL_VOTE_OVER'});
	const locked = await now();
	const passed = locked.proposals.find(({datum}) => datum.id === 0) as Proposal;
	const sources = {
		money: await devnet.reader.treasuryMoney(),
		treasuryReference: devnet.deployment.scripts.treasury.reference,
	};
	const executing = (datum: Partial<Proposal['datum']>, slot: number, governor = locked.governor) => {
		const proposal = {...passed, datum: {...passed.datum, ...datum}};
		const plan = executeProposalPlan(deployment, {governor, proposal, range: rangeAt(slot), sources});
		if (!plan.ok) throw new TypeError(plan.error.code);
		return plan.value;
	};
	await refusedOnDevnet(t, operator, executing({executableAtMs: 0}, locked.slot), 'execute-early');
	const closing = closePlan(deployment, {
		proposal: passed,
		governor: locked.governor,
		fromMs: slotStart(network, locked.slot),
	});
	await refusedOnDevnet(t, operator, closing, 'close-passed');
	const treasuryBefore = await operator.contracts.treasuryBalance();
	await operator.governance.close({proposal: 3});
	t.is(await operator.contracts.treasuryBalance(), Lovelace(treasuryBefore + DEFAULT_SETTINGS.deposit));

	await pass(timelockMs);
	const ripe = await now();
	const granting = executing({}, ripe.slot);
	const paid = granting.outputs[3];
	const change = granting.outputs[4];
	if (paid === undefined || change === undefined) return t.fail('a grant is paid and leaves change');
	const elsewhere = changeOutput(granting, 3, {address: withStake(walletAddress)});
	await refusedOnDevnet(t, operator, elsewhere, 'grant-address');
	const more = changeOutput(granting, 4, {lovelace: change.lovelace - 1n});
	await refusedOnDevnet(t, operator, more, 'grant-overpaid');
	await refusedOnDevnet(t, operator, {...granting, judge: granting.judge.slice(0, 1)}, 'not-judged');
	await operator.governance.execute({proposal: 0});
	t.is(
		await operator.contracts.treasuryBalance(),
		Lovelace(treasuryBefore + DEFAULT_SETTINGS.deposit - 300n * ADA),
	);
	await operator.governance.execute({proposal: 2});
	t.is(settingsOf((await now()).governor.datum.settings).quorum, 1n);

	await pass(recoveryVoteMs - voteMs);
	await t.throwsAsync(operator.governance.recover({proposal: 1}), {code: 'PROPOSAL_NOT_ENACTED'});
	await operator.governance.execute({proposal: 1});
	await operator.governance.recover({proposal: 1});
	t.deepEqual((await operator.contracts.readCheckpoint()).committeeHash, testCommittee([9n]).hash);
	const committee = testCommittee([9n]);
	const next = {
		period: 1,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: hashOf(3),
		nextCommitteeHash: committee.hash,
	};
	const signatures = signCheckpoint(committee, devnet.deployment, next);
	await operator.contracts.advanceCheckpoint({next, committee: committee.members, signatures});
	await t.throwsAsync(operator.governance.moveTreasury(), {code: 'TREASURY_NOT_REPLACED'});
	await operator.governance.execute({proposal: 4});
	const replaced = await operator.contracts.treasuryBalance();
	const moving = moveTreasuryPlan(
		devnet.deployment,
		(await now()).governor,
		await devnet.reader.treasuryMoney(),
	);
	if (!moving.ok) return t.fail(moving.error.code);
	await refusedOnDevnet(t, operator, changeOutput(moving.value, 0, {lovelace: replaced - 1n}), 'move-whole');
	await third.governance.moveTreasury();
	t.is(await operator.contracts.treasuryBalance(), Lovelace(0n));
	await first.governance.withdrawStake();
	await third.governance.withdrawStake();
	const over = await now();
	t.deepEqual(
		over.enacted.map(({id}) => id),
		[0, 2, 1, 4],
	);
	t.is(over.stakes.length, 1);
	t.deepEqual(over.proposals, []);
});
