import {type AccountPolicy, policyCodec} from '#crypto/account-policy';
import {type Codec, uint} from '#kernel/cbor/codec';
import {type AccessEpoch, accessEpochCodec} from '../access/access-epoch.ts';
import {type Account, accountCodec} from '../accounts.ts';
import {type Agreement, agreementCodec} from '../agreements/agreement.ts';
import {type PayerAllowance, payerAllowanceCodec} from '../agreements/allowance.ts';
import {type PaidRepair, type PayerAccount, paidRepairCodec, payerCodec} from '../agreements/payer.ts';
import {type Channel, channelCodec} from '../channels/channel.ts';
import {type Omission, omissionCodec} from '../disputes/omission.ts';
import {type Governance, governanceCodec} from '../governance/governance.ts';
import {type Head, headCodec} from '../heads/head.ts';
import {
	type CheckpointSignature,
	type ConfirmedCheckpoint,
	checkpointSignatureCodec,
	confirmedCheckpointCodec,
	type Payout,
	type PendingCheckpoint,
	payoutCodec,
	pendingCheckpointCodec,
} from '../main-chain/checkpoint.ts';
import {type Claim, claimCodec, type Withdrawal, withdrawalCodec} from '../main-chain/claim.ts';
import {
	type AttestedStake,
	attestedStakeCodec,
	type CardanoPool,
	type CardanoWeights,
	cardanoPoolCodec,
	cardanoWeightsCodec,
	type StakeList,
	type StakeQuestion,
	type StakeVote,
	stakeListCodec,
	stakeQuestionCodec,
	stakeVoteCodec,
} from '../pools/cardano-stake.ts';
import {type Pool, poolCodec} from '../pools/pool.ts';
import {type Snapshot, snapshotCodec} from '../pools/snapshot.ts';
import {type Commitment, commitmentCodec} from '../proofs/commitment.ts';
import {type ForestRoot, forestRootCodec} from '../proofs/forest-root.ts';
import {type Maintenance, maintenanceCodec} from '../providers/maintenance.ts';
import {
	type Provider,
	type ProviderAgreements,
	providerAgreementsCodec,
	providerCodec,
	type Slashed,
	slashedCodec,
} from '../providers/provider.ts';
import {type TrackRecord, trackRecordCodec} from '../reputation/track-record.ts';
import {
	type RetrievalDemand,
	retrievalDemandCodec,
	type ServiceTerms,
	serviceTermsCodec,
} from '../service/service-terms.ts';
import {type Subsidy, subsidyCodec} from '../subsidies/subsidy.ts';
import {
	type ChainPosition,
	type ChallengeWindow,
	chainPositionCodec,
	challengeWindowCodec,
	type Pots,
	potsCodec,
} from './singles.ts';

/** The state: rows by lower-case hexadecimal key (`keys.ts`). A row is replaced, never changed. */
export type Tables = {
	/** By account id. */
	readonly accounts: Account;
	/** By pool id. */
	readonly pools: Pool;
	/** Blocks of the running epoch, by pool id. */
	readonly blocksMade: number;
	/** By the epoch at whose start they were taken. */
	readonly snapshots: Snapshot;
	/** By account. */
	readonly payers: PayerAccount;
	/** By claim id. */
	readonly providers: Provider;
	/** By claim id. */
	readonly providerAgreements: ProviderAgreements;
	/** By agreement id. */
	readonly agreements: Agreement;
	/** By vacated agreement and piece. */
	readonly repairs: PaidRepair;
	/** By claim id; of the epoch whose window is open. */
	readonly commitments: Commitment;
	/** By claim id. */
	readonly claims: Claim;
	/** By claim id. */
	readonly withdrawals: Withdrawal;
	/** By claim id. */
	readonly slashes: Slashed;
	/** By period. */
	readonly pendingCheckpoints: PendingCheckpoint;
	/** By period and member. */
	readonly checkpointSignatures: CheckpointSignature;
	/** By period: of pending periods and of the confirmed one. */
	readonly payouts: Payout;
	readonly confirmedCheckpoint: ConfirmedCheckpoint;
	readonly chain: ChainPosition;
	readonly pots: Pots;
	readonly challenge: ChallengeWindow;
	/** Payment channels, by channel id. */
	readonly channels: Channel;
	/** By owner and bucket. */
	readonly heads: Head;
	/** Of accounts that several keys own, by account id. */
	readonly multisigs: AccountPolicy;
	/** What was revoked, by owner, or by owner and series. */
	readonly accessEpochs: AccessEpoch;
	/** By claim id; kept after a provider has left. */
	readonly trackRecords: TrackRecord;
	/** By claim id; kept after a provider has left. */
	readonly subsidies: Subsidy;
	/** Epochs in which a provider needs not prove, by claim id. */
	readonly maintenance: Maintenance;
	/** By epoch and provider. */
	readonly forestRoots: ForestRoot;
	/** Claims that wait for their answer, by agreement and epoch. */
	readonly omissions: Omission;
	/** By agreement id. */
	readonly serviceClasses: ServiceTerms;
	/** By agreement id. */
	readonly retrievalDemands: RetrievalDemand;
	/** What governance has made of the rules. */
	readonly governance: Governance;
	/** By the Cardano pool's id. */
	readonly cardanoPools: CardanoPool;
	/** One row while the committee is asked for stake on Cardano. */
	readonly stakeQuestion: StakeQuestion;
	/** By their hash. */
	readonly stakeAnswers: StakeList;
	/** By member. */
	readonly stakeVotes: StakeVote;
	/** One row, once there was an answer. */
	readonly attestedStake: AttestedStake;
	/** By the epoch of the snapshot; a row only where Cardano's stake adds something. */
	readonly cardanoWeights: CardanoWeights;
	/** By payer and client. */
	readonly payerAllowances: PayerAllowance;
};

export type TableName = keyof Tables;

/** In the order of snapshots and diffs. A table's place in it is its number in state-root leaves: only ever append. */
export const tableCodecs: {readonly [T in TableName]: Codec<Tables[T]>} = {
	accounts: accountCodec,
	pools: poolCodec,
	blocksMade: uint(),
	snapshots: snapshotCodec,
	payers: payerCodec,
	providers: providerCodec,
	providerAgreements: providerAgreementsCodec,
	agreements: agreementCodec,
	repairs: paidRepairCodec,
	commitments: commitmentCodec,
	claims: claimCodec,
	withdrawals: withdrawalCodec,
	slashes: slashedCodec,
	pendingCheckpoints: pendingCheckpointCodec,
	checkpointSignatures: checkpointSignatureCodec,
	payouts: payoutCodec,
	confirmedCheckpoint: confirmedCheckpointCodec,
	chain: chainPositionCodec,
	pots: potsCodec,
	challenge: challengeWindowCodec,
	channels: channelCodec,
	heads: headCodec,
	multisigs: policyCodec,
	accessEpochs: accessEpochCodec,
	trackRecords: trackRecordCodec,
	subsidies: subsidyCodec,
	maintenance: maintenanceCodec,
	forestRoots: forestRootCodec,
	omissions: omissionCodec,
	serviceClasses: serviceTermsCodec,
	retrievalDemands: retrievalDemandCodec,
	governance: governanceCodec,
	cardanoPools: cardanoPoolCodec,
	stakeQuestion: stakeQuestionCodec,
	stakeAnswers: stakeListCodec,
	stakeVotes: stakeVoteCodec,
	attestedStake: attestedStakeCodec,
	cardanoWeights: cardanoWeightsCodec,
	payerAllowances: payerAllowanceCodec,
};

export const tableNames: readonly TableName[] = Object.keys(tableCodecs) as TableName[];
