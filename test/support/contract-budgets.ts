import {assert, defined} from '#kernel/assert';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {enterpriseAddress} from '#onchain/cardano/address';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {committeeRecoveryEffect, grantEffect} from '#onchain/data/governance-effect';
import {comparePayoutLeaves, PAYOUT_TAG, type PayoutLeaf, payoutProof, payoutRoot} from '#onchain/payout';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {BOND_SLOTS, liveBonds} from './bond-devnet.ts';
import {liveChannels} from './channel-devnet.ts';
import {type ContractDevnet, contractDevnet} from './contract-devnet.ts';
import {crypto} from './crypto.ts';
import {ALLOCATIONS, governanceDevnet, TOKENS} from './governance-devnet.ts';
import {hashOf, signCheckpoint, testCommittee} from './side-chain.ts';
import type {Teardown} from './temporary-folder.ts';

export type Budget = {
	readonly transaction: string;
	/** Execution steps and memory units of all its scripts. */
	readonly cpu: number;
	readonly memory: number;
	readonly bytes: number;
	/** Lovelace. */
	readonly fee: number;
};

const ADA = 1_000_000n;
const HOUR_MS = 3_600_000n;
/** A thousand claims: a proof of ten hashes. */
const OTHER_LEAVES = 1_022;

const budgetOf = (transaction: string, {size, fee, executionUnits}: ExecutedTransaction): Budget => ({
	transaction,
	cpu: Number(executionUnits.cpu),
	memory: Number(executionUnits.memory),
	bytes: size,
	fee: Number(fee),
});

const leavesFor = (claimIds: readonly PayoutLeaf['claimId'][]): readonly PayoutLeaf[] => {
	const others = Array.from({length: OTHER_LEAVES}, (_, index) =>
		crypto.blake2b256(Uint8Array.of(index >> 8, index & 255)),
	);
	return [...claimIds, ...others]
		.map(claimId => ({tag: PAYOUT_TAG.withdrawal, claimId, cumulative: Lovelace(20n * ADA)}))
		.sort(comparePayoutLeaves);
};

const proofIn = (leaves: readonly PayoutLeaf[], claimId: PayoutLeaf['claimId']) => {
	const proof = payoutProof(crypto, leaves, {tag: PAYOUT_TAG.withdrawal, claimId});
	if (proof === undefined) throw new TypeError('no such leaf');
	return proof;
};

/** Everything that a month brings, once: deployment, claim, deposit, checkpoint, withdrawal, treasury's share. */
const monthBudgets = async (t: Teardown): Promise<readonly Budget[]> => {
	const committee = testCommittee(Array.from({length: 3}, () => 1_000n));
	const {contracts, deployment, deployed} = await contractDevnet(t, {committee, traced: false});
	const deposited = await contracts.depositToBridge({
		account: Hash28(new Uint8Array(28)),
		amount: Lovelace(50n * ADA),
	});
	const opened = await contracts.openClaim({
		kind: 'provider',
		operatorVk: new Uint8Array(32),
		collateral: Lovelace(0n),
	});
	const leaves = leavesFor([opened.claimId, deployment.treasuryClaimId]);
	const next = {
		period: 1,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: payoutRoot(crypto, leaves),
		nextCommitteeHash: committee.hash,
	};
	const signatures = signCheckpoint(committee, deployment, next);
	const advanced = await contracts.advanceCheckpoint({next, committee: committee.members, signatures});
	const withdrawn = await contracts.claimWithdrawal({proof: proofIn(leaves, opened.claimId)});
	const shared = await contracts.claimTreasuryShare({proof: proofIn(leaves, deployment.treasuryClaimId)});
	return [
		budgetOf('deploy', deployed),
		budgetOf('deposit', deposited),
		budgetOf('open-claim', opened.transaction),
		budgetOf('advance-checkpoint-3', advanced),
		budgetOf('claim-withdrawal-1024', withdrawn),
		budgetOf('claim-treasury-share-1024', shared),
	];
};

const PAYEE = new Uint8Array(32).fill(0x72);

/** Everything that happens to providers' bonds and to payment channels; what happens twice is counted once. */
const bondAndChannelBudgets = async (t: Teardown): Promise<readonly Budget[]> => {
	const committee = testCommittee(Array.from({length: 3}, () => 1_000n));
	const devnet = await contractDevnet(t, {committee, traced: false, slots: BOND_SLOTS, wallets: [PAYEE]});
	const life = [...(await liveBonds(devnet, committee))];
	// Of the bond that nobody answered for: what was put up and added, and the deposit that an answer had left there.
	assert(
		Number(await devnet.contracts.treasuryBalance()) === 67_000_000,
		'the treasury has what was slashed',
	);
	life.push(...(await liveChannels(devnet, PAYEE)));
	return life
		.filter(({step}) => !/another|again/.test(step))
		.map(({step, transaction}) => budgetOf(step, transaction));
};

/** A checkpoint of the largest committee, signed by the fewest that are enough. */
const largestCheckpointBudget = async (t: Teardown): Promise<Budget> => {
	const committee = testCommittee(Array.from({length: 100}, () => 1_000n));
	const {contracts, deployment}: ContractDevnet = await contractDevnet(t, {committee, traced: false});
	const next = {
		period: 1,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: hashOf(3),
		nextCommitteeHash: committee.hash,
	};
	const signatures = signCheckpoint(committee, deployment, next);
	const advanced = await contracts.advanceCheckpoint({next, committee: committee.members, signatures});
	return budgetOf('advance-checkpoint-100', advanced);
};

const effectOf = (recipient: Hash28, lovelace: bigint, tokens: bigint) =>
	grantEffect.toData({
		address: defined(
			addressToData(enterpriseAddress('testnet', {kind: 'key', hash: recipient})),
			'an address',
		),
		lovelace: Lovelace(lovelace),
		tokens,
		datum: dataConstructor(0),
	});

/** What governance costs: from the founding over a grant of money and tokens to a committee that is replaced. */
const governanceBudgets = async (t: Teardown): Promise<readonly Budget[]> => {
	const world = await governanceDevnet(t, {traced: false});
	const {devnet, operator, holders, pass} = world;
	const [first, second, third] = holders;
	const [founded, published, contracts] = devnet.founding as readonly [
		ExecutedTransaction,
		ExecutedTransaction,
		ExecutedTransaction,
	];
	const claimed = await first.governance.claimTokens(ALLOCATIONS);
	for (const {governance} of [second, third]) await governance.claimTokens(ALLOCATIONS);
	const locked = await first.governance.lockStake({tokens: 4_000_000n * TOKENS});
	await second.governance.lockStake({tokens: 3_000_000n * TOKENS});
	await third.governance.lockStake({tokens: 2_000_000n * TOKENS});
	const {keyHash} = second.contracts.wallet;
	const delegated = await third.governance.delegate({delegate: keyHash});
	const provenance = {source: 3, amount: 5_000n * ADA, rate: 1_000_000n, reference: new Uint8Array(32)};
	await operator.contracts.depositToTreasury({amount: Lovelace(5_000n * ADA), provenance});

	const anchor = {anchorHash: hashOf(1), anchorUrl: new Uint8Array(64)};
	const grant = effectOf(keyHash, 400n * ADA, 10n * TOKENS);
	const proposed = await operator.governance.propose({...anchor, effect: grant});
	const recovery = committeeRecoveryEffect.toData({period: 0, committeeHash: hashOf(5)});
	const {id} = await operator.governance.propose({...anchor, effect: recovery});
	const lost = await operator.governance.propose({...anchor, effect: grant});
	const proposal = proposed.id;
	const voted = await first.governance.vote({proposal, vote: 'yes'});
	await second.governance.vote({proposal, vote: 'yes'});
	for (const {governance} of [first, second]) await governance.vote({proposal: id, vote: 'yes'});
	const {voteMs, timelockMs, recoveryVoteMs} = DEFAULT_SETTINGS;
	await pass(voteMs + timelockMs + HOUR_MS);
	const executed = await operator.governance.execute({proposal});
	const closed = await operator.governance.close({proposal: lost.id});
	await pass(recoveryVoteMs - voteMs + HOUR_MS);
	const enacted = await operator.governance.execute({proposal: id});
	const recovered = await operator.governance.recover({proposal: id});
	const withdrawn = await first.governance.withdrawStake();
	await pass(CLAIM_TIME_MS.usual);
	const swept = await operator.governance.sweepUnclaimed();
	return [
		budgetOf('deploy-governed', devnet.deployed),
		budgetOf('found-governance', founded),
		budgetOf('publish-governance', published),
		budgetOf('publish-contracts', contracts),
		budgetOf('claim-tokens-1024', claimed),
		budgetOf('lock-stake', locked),
		budgetOf('delegate-stake', delegated.transaction),
		budgetOf('propose', proposed.transaction),
		budgetOf('vote', voted.transaction),
		budgetOf('execute-grant', executed),
		budgetOf('execute-recovery', enacted),
		budgetOf('recover-committee', recovered),
		budgetOf('close-proposal', closed),
		budgetOf('withdraw-stake', withdrawn.transaction),
		budgetOf('sweep-unclaimed', swept),
	];
};

/** Of every transaction, in the order of the table. */
export const allBudgets = async (t: Teardown): Promise<readonly Budget[]> => [
	...(await monthBudgets(t)),
	await largestCheckpointBudget(t),
	...(await governanceBudgets(t)),
	...(await bondAndChannelBudgets(t)),
];
