import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {comparePayoutLeaves, PAYOUT_TAG, type PayoutLeaf, payoutProof, payoutRoot} from '#onchain/payout';
import {type ContractDevnet, contractDevnet} from './contract-devnet.ts';
import {crypto} from './crypto.ts';
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
export const monthBudgets = async (t: Teardown): Promise<readonly Budget[]> => {
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

/** A checkpoint of the largest committee, signed by the fewest that are enough. */
export const largestCheckpointBudget = async (t: Teardown): Promise<Budget> => {
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
