import type {CborFailure} from '#kernel/cbor/failure';
import type {AccountId, Hash28, Hash32, PoolId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';
import type {Epoch, Slot} from '#kernel/slot';
import type {ForestInclusionError} from '#storage-proofs/forest-piece';
import type {PieceProofError} from '#storage-proofs/piece-proof';
import type {AbsenceError} from '#storage-proofs/trie/trie-path';
import type {ForestProofError} from '#storage-proofs/verify-forest-proof';
import type {RevisionForged} from '../agreements/revision.ts';
import type {ProofWitnessFailure} from '../proofs/proof-witness.ts';
import type {ActionKind} from './action.ts';
import type {TransactionMalformed} from './transaction.ts';

/** Why a transaction is refused. */
export type TxError =
	| TransactionMalformed
	| FormError
	| SignatureError
	| AccountError
	| PoolError
	| CardanoStakeError
	| ProviderError
	| AgreementError
	| RepairError
	| ProofError
	| PeriodError
	| ChannelError
	| HeadError
	| SubsidyError
	| MultisigError
	| AccessError
	| DisputeError
	| ServiceError;

type DisputeError =
	/** The two revisions have different numbers, or are of different agreements, or are the same. */
	| {readonly code: 'REVISIONS_AGREE'; readonly agreementId: Hash32; readonly revisionNo: number}
	/** The agreement or the revision does not count in that epoch. */
	| {
			readonly code: 'OMISSION_NOT_DUE';
			readonly agreementId: Hash32;
			readonly epoch: Epoch;
			readonly validFrom: Epoch;
	  }
	/** Nothing was proven for that epoch, or it is too long ago. */
	| {readonly code: 'OMISSION_NOT_COMMITTED'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'OMISSION_CLAIMED'; readonly agreementId: Hash32; readonly epoch: Epoch}
	| {readonly code: 'OMISSION_UNKNOWN'; readonly agreementId: Hash32; readonly epoch: Epoch}
	| {
			readonly code: 'OMISSION_ANSWER_LATE';
			readonly agreementId: Hash32;
			readonly epoch: Epoch;
			readonly answerBy: Slot;
			readonly slot: Slot;
	  }
	| {readonly code: 'OMISSION_ANSWER_INVALID'; readonly error: CborFailure | ForestInclusionError}
	/** What was committed to is neither what was claimed nor a later revision that both have signed. */
	| {
			readonly code: 'OMISSION_REVISION_WRONG';
			readonly agreementId: Hash32;
			readonly revisionNo: bigint;
			readonly claimed: number;
	  };

type FormError =
	/** An action that costs a fee has no sender. */
	| {readonly code: 'TX_SENDER_MISSING'; readonly action: ActionKind}
	/** An action that is free of charge names a sender, a sequence number or a fee. */
	| {readonly code: 'TX_SENDER_SURPLUS'; readonly action: ActionKind}
	| {readonly code: 'TX_FEE_TOO_SMALL'; readonly fee: Lovelace; readonly feeMin: Lovelace}
	| {readonly code: 'TX_NOT_YET_VALID'; readonly validFrom: Slot; readonly slot: Slot}
	| {readonly code: 'TX_EXPIRED'; readonly validUntil: Slot; readonly slot: Slot}
	| {readonly code: 'TX_PROOF_MISSING'}
	| {readonly code: 'TX_PROOF_SURPLUS'; readonly action: ActionKind}
	| {readonly code: 'TX_AMOUNT_ZERO'; readonly action: ActionKind};

type SignatureError =
	| {readonly code: 'TX_SIGNATURE_INVALID'; readonly verificationKey: Uint8Array}
	/** `signer`: an account id (28 bytes) or a verification key (32 bytes). */
	| {readonly code: 'TX_SIGNATURE_MISSING'; readonly signer: Uint8Array}
	| {readonly code: 'TX_SIGNATURE_SURPLUS'; readonly verificationKey: Uint8Array};

type AccountError =
	| {readonly code: 'TX_SENDER_UNKNOWN'; readonly sender: AccountId}
	| {readonly code: 'TX_SEQUENCE_WRONG'; readonly sequence: number; readonly expected: number}
	| {
			readonly code: 'TX_OVERSPENDS';
			readonly account: AccountId;
			readonly balance: Lovelace;
			readonly needed: Lovelace;
	  }
	| {readonly code: 'PAYER_OVERSPENDS'; readonly free: Lovelace; readonly needed: Lovelace};

type CardanoStakeError =
	/** A newer statement of this Cardano pool counts. */
	| {
			readonly code: 'CARDANO_POOL_COUNTER_OLD';
			readonly cardanoPool: Hash28;
			readonly counter: number;
			readonly last: number;
	  }
	| {readonly code: 'CARDANO_POOL_SIGNATURE_INVALID'; readonly cardanoPool: Hash28}
	/** Nothing was asked in that epoch, or it is answered. */
	| {readonly code: 'CARDANO_STAKE_NOT_ASKED'; readonly epoch: Epoch}
	| {
			readonly code: 'CARDANO_STAKE_ALREADY_SIGNED';
			readonly epoch: Epoch;
			readonly memberVk: Uint8Array;
	  }
	| {
			readonly code: 'CARDANO_STAKE_SIGNATURE_INVALID';
			readonly epoch: Epoch;
			readonly memberVk: Uint8Array;
	  }
	/** Another member has brought that list: name its hash alone. */
	| {readonly code: 'CARDANO_STAKE_LIST_KNOWN'; readonly answer: Hash32}
	| {readonly code: 'CARDANO_STAKE_LIST_UNKNOWN'; readonly answer: Hash32}
	/** Out of order, of a pool that has not bound itself, or with another hash. */
	| {readonly code: 'CARDANO_STAKE_LIST_WRONG'; readonly answer: Hash32};

type PoolError =
	| {readonly code: 'POOL_UNKNOWN'; readonly pool: PoolId}
	| {readonly code: 'POOL_MARGIN_TOO_LARGE'; readonly margin: Ratio}
	| {readonly code: 'POOL_RETIRES_TOO_EARLY'; readonly epoch: Epoch; readonly epochMin: Epoch};

type ProviderError =
	| {readonly code: 'CLAIM_UNKNOWN'; readonly claimId: Hash32}
	| {
			readonly code: 'PROVIDER_OPERATOR_WRONG';
			readonly operatorVk: Uint8Array;
			readonly expected: Uint8Array;
	  }
	| {readonly code: 'PROVIDER_EXISTS'; readonly provider: Hash32}
	| {readonly code: 'PROVIDER_UNKNOWN'; readonly provider: Hash32}
	| {readonly code: 'PROVIDER_EXITING'; readonly provider: Hash32}
	| {readonly code: 'PROVIDER_BOND_TOO_SMALL'; readonly bond: Lovelace; readonly bondMin: Lovelace}
	| {readonly code: 'PROVIDER_NOT_ACCEPTING'; readonly provider: Hash32}
	| {readonly code: 'PROVIDER_FULL'; readonly freeLeaves: number; readonly wantedLeaves: number}
	| {readonly code: 'PROVIDER_AGREEMENTS_TOO_MANY'; readonly agreementsMax: number}
	| {readonly code: 'PROVIDER_COLLATERAL_TOO_SMALL'; readonly free: Lovelace; readonly needed: bigint};

type AgreementError =
	| {readonly code: 'AGREEMENT_UNKNOWN'; readonly agreementId: Hash32}
	| {readonly code: 'AGREEMENT_EXISTS'; readonly agreementId: Hash32}
	| {readonly code: 'AGREEMENT_CAPACITY_ZERO'}
	| {readonly code: 'AGREEMENT_RATE_TOO_LOW'; readonly rate: Lovelace; readonly rateMin: Lovelace}
	/** Too far from the rates of the provider's other agreements. */
	| {
			readonly code: 'AGREEMENT_RATE_APART';
			readonly rate: Lovelace;
			readonly rateMin: bigint;
			readonly rateMax: bigint;
	  }
	| {
			readonly code: 'AGREEMENT_TERM_TOO_SHORT';
			readonly startEpoch: Epoch;
			readonly endEpoch: Epoch;
			readonly minTermEpochs: number;
	  }
	| {readonly code: 'PAYER_FUNDS_TOO_SMALL'; readonly funds: Lovelace; readonly needed: bigint}
	/** It allows the client nothing (any more). */
	| {readonly code: 'PAYER_ALLOWANCE_NONE'; readonly payer: AccountId; readonly client: AccountId}
	/** `rate`: what all agreements of that client that it pays would cost an epoch. */
	| {
			readonly code: 'PAYER_ALLOWANCE_EXCEEDED';
			readonly payer: AccountId;
			readonly client: AccountId;
			readonly rate: bigint;
			readonly rateMax: Lovelace;
	  }
	| {
			readonly code: 'PAYER_ALLOWANCE_ENDS';
			readonly payer: AccountId;
			readonly client: AccountId;
			readonly endEpoch: Epoch;
			readonly until: Epoch;
	  }
	/** An account needs no leave of its own. */
	| {readonly code: 'PAYER_ALLOWS_ITSELF'; readonly account: AccountId}
	/** A successor is paid by whoever paid the agreement that it takes over from: it names nobody. */
	| {readonly code: 'REPAIR_PAYER_SURPLUS'; readonly payer: AccountId}
	/** Of none of them is anything to be settled: `judgedUntil` is the first epoch that is not judged yet. */
	| {readonly code: 'SETTLEMENT_NOTHING_DUE'; readonly agreements: number; readonly judgedUntil: Epoch}
	| {readonly code: 'AGREEMENT_VACATED'; readonly agreementId: Hash32}
	| {readonly code: 'AGREEMENT_CLOSED'; readonly agreementId: Hash32}
	| {readonly code: 'AGREEMENT_CLIENT_WRONG'; readonly client: AccountId; readonly sender: AccountId}
	| {readonly code: 'AGREEMENT_ENDING'; readonly endEpoch: Epoch}
	| {readonly code: 'AGREEMENT_CLOSING'; readonly endEpoch: Epoch}
	/** Objects in it are not to be taken out before that epoch. */
	| {readonly code: 'AGREEMENT_LOCKED'; readonly agreementId: Hash32; readonly lockedUntil: Epoch}
	| {readonly code: 'AGREEMENT_LOCK_TOO_LONG'; readonly lockedUntil: Epoch; readonly endEpoch: Epoch}
	| {
			readonly code: 'RENEWAL_SHRINKS';
			readonly capacityMin: number;
			readonly endEpochMin: Epoch;
			readonly lockedUntilMin: Epoch;
	  }
	/** The provider asks for more than the client has ordered it to go on for. */
	| {readonly code: 'RENEWAL_TOO_DEAR'; readonly rate: Lovelace; readonly rateMax: Lovelace}
	| {readonly code: 'REVISION_STALE'; readonly revisionNo: number; readonly current: number}
	| {readonly code: 'REVISION_TOO_LARGE'; readonly leaves: number; readonly capacityLeaves: number}
	| {
			readonly code: 'REVISION_CLIENT_WRONG';
			readonly agreementId: Hash32;
			readonly clientVk: Uint8Array;
	  }
	| RevisionForged;

type RepairError =
	| {readonly code: 'AGREEMENT_NOT_VACATED'; readonly agreementId: Hash32}
	| {readonly code: 'REPAIR_SAME_PROVIDER'; readonly provider: Hash32}
	| {readonly code: 'REPAIR_RATE_TOO_HIGH'; readonly rate: Lovelace; readonly rateMax: Lovelace}
	| {
			readonly code: 'REPAIR_CAPACITY_EXCEEDED';
			readonly capacityLeaves: number;
			readonly unrepairedLeaves: number;
	  }
	| {readonly code: 'REPAIR_END_TOO_LATE'; readonly endEpoch: Epoch; readonly endEpochMax: Epoch}
	| {
			readonly code: 'REPAIR_REPAIRER_WRONG';
			readonly repairerVk: Uint8Array;
			readonly expected: Uint8Array;
	  }
	| {readonly code: 'REPAIR_SUCCESSOR_WRONG'; readonly successor: Hash32; readonly vacated: Hash32}
	| {readonly code: 'REPAIR_NOT_PROVEN'; readonly successor: Hash32; readonly epoch: Epoch}
	| {readonly code: 'REPAIR_ALREADY_PAID'; readonly vacated: Hash32; readonly pieceId: Hash32}
	| {
			readonly code: 'REPAIR_PROOF_INVALID';
			readonly of: 'vacated' | 'successor';
			readonly error: CborFailure | PieceProofError | ForestInclusionError;
	  };

type ProofError =
	/** `open`: the epoch that this slot belongs to the window of, if any. */
	| {
			readonly code: 'COMMITMENT_OUT_OF_WINDOW';
			readonly epoch: Epoch;
			readonly slot: Slot;
			readonly open: Epoch | null;
	  }
	| {readonly code: 'COMMITMENT_EXISTS'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'COMMITMENT_IN_MAINTENANCE'; readonly provider: Hash32; readonly epoch: Epoch}
	/** `open`: the epoch of which the commit window is open, if any. */
	| {
			readonly code: 'NOTICE_OUT_OF_WINDOW';
			readonly epoch: Epoch;
			readonly slot: Slot;
			readonly open: Epoch | null;
	  }
	| {readonly code: 'NOTICE_AFTER_COMMITMENT'; readonly provider: Hash32; readonly epoch: Epoch}
	/** No agreement is named, or one is with a purpose that has none. */
	| {readonly code: 'NOTICE_AGREEMENTS_WRONG'; readonly agreements: number}
	| {readonly code: 'NOTICE_AGREEMENT_NOT_DUE'; readonly agreementId: Hash32}
	| {readonly code: 'MAINTENANCE_ANNOUNCED'; readonly provider: Hash32; readonly epoch: Epoch}
	| {
			readonly code: 'MAINTENANCE_TOO_OFTEN';
			readonly epoch: Epoch;
			readonly epochsMax: number;
			readonly windowEpochs: number;
	  }
	| {readonly code: 'COMMITMENT_NOT_DUE'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'COMMITMENT_TOO_LARGE'; readonly totalLeaves: number; readonly capacityLeaves: number}
	| {
			readonly code: 'PROOF_OUT_OF_WINDOW';
			readonly epoch: Epoch;
			readonly slot: Slot;
			readonly open: Epoch | null;
	  }
	| {readonly code: 'PROOF_COMMITMENT_MISSING'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'PROOF_EXISTS'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'PROOF_WITNESS_WRONG'; readonly witnessHash: Hash32; readonly found: Hash32}
	| {readonly code: 'PROOF_INVALID'; readonly error: ProofWitnessFailure | ForestProofError}
	/** A challenged leaf belongs to an agreement that does not count for that provider and epoch. */
	| {readonly code: 'PROOF_AGREEMENT_FOREIGN'; readonly agreementId: Hash32}
	/** The chain has not seen the revision that was committed to, and the proof does not bring it. */
	| {readonly code: 'PROOF_REVISION_MISSING'; readonly agreementId: Hash32; readonly revisionNo: bigint}
	/** The signed revision says something else than the forest. */
	| {readonly code: 'PROOF_REVISION_WRONG'; readonly agreementId: Hash32; readonly revisionNo: bigint}
	| {readonly code: 'PROOF_REVISION_SURPLUS'; readonly agreementId: Hash32}
	/** `known`: leaves of its agreements that the chain has seen revisions of. */
	| {
			readonly code: 'PROOF_LEAVES_TOO_FEW';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly totalLeaves: number;
			readonly known: number;
	  }
	| {
			readonly code: 'PROOF_REVISION_STALE';
			readonly agreementId: Hash32;
			readonly revisionNo: bigint;
			readonly current: number;
	  };

type PeriodError =
	| {readonly code: 'CHECKPOINT_NOT_PENDING'; readonly period: number}
	| {readonly code: 'CHECKPOINT_MEMBER_UNKNOWN'; readonly memberVk: Uint8Array}
	| {readonly code: 'CHECKPOINT_ALREADY_SIGNED'; readonly period: number; readonly memberVk: Uint8Array}
	| {readonly code: 'CHECKPOINT_SIGNATURE_INVALID'; readonly period: number; readonly memberVk: Uint8Array};

type ChannelError =
	| {readonly code: 'CHANNEL_UNKNOWN'; readonly channelId: Hash32}
	/** Another sender opened one with the same key, payee, lane and expiry, by chance at the same sequence number. */
	| {readonly code: 'CHANNEL_EXISTS'; readonly channelId: Hash32}
	| {readonly code: 'CHANNEL_EXPIRY_TOO_EARLY'; readonly expiry: Slot; readonly expiryMin: Slot}
	| {readonly code: 'CHANNEL_EXPIRED'; readonly channelId: Hash32; readonly expiry: number}
	/** Its dispute window is open, or over. */
	| {readonly code: 'CHANNEL_CLOSING'; readonly channelId: Hash32; readonly closesAt: Slot}
	| {readonly code: 'CHANNEL_NOT_ENDED'; readonly endsAt: Slot; readonly slot: Slot}
	| {readonly code: 'CHANNEL_PARTY_WRONG'; readonly channelId: Hash32; readonly sender: AccountId}
	| {readonly code: 'VOUCHER_STALE'; readonly cumulative: bigint; readonly paid: bigint}
	| {readonly code: 'VOUCHER_SIGNATURE_INVALID'; readonly channelId: Hash32; readonly cumulative: bigint};

type HeadError =
	| {readonly code: 'HEAD_UNKNOWN'; readonly owner: AccountId; readonly bucket: Hash32}
	/** Another writer was faster. `current` 0 and `root` null: there is none. */
	| {
			readonly code: 'HEAD_VERSION_STALE';
			readonly version: number;
			readonly current: number;
			readonly root: Hash32 | null;
	  }
	| {readonly code: 'HEAD_OWNER_WRONG'; readonly owner: AccountId; readonly sender: AccountId}
	| {readonly code: 'HEAD_WRITER_UNKNOWN'; readonly bucket: Hash32; readonly writer: Uint8Array}
	| {readonly code: 'HEAD_WRITERS_NOT_OWNERS'; readonly owner: AccountId}
	| {readonly code: 'HEAD_WRITERS_UNSORTED'};

type MultisigError =
	| {
			readonly code: 'MULTISIG_POLICY_BAD';
			readonly problem: 'keys-too-few' | 'keys-unsorted' | 'threshold';
	  }
	| {readonly code: 'MULTISIG_EXISTS'; readonly account: AccountId};

type AccessError =
	| {readonly code: 'ACCESS_EPOCH_STALE'; readonly epoch: number; readonly current: number}
	/** A series needs a slot that is still to come, the account none. */
	| {readonly code: 'ACCESS_UNTIL_WRONG'; readonly until: Slot | null; readonly slot: Slot};

type ServiceError =
	| {readonly code: 'SERVICE_CLASS_NONE'; readonly agreementId: Hash32}
	| {readonly code: 'RETRIEVAL_DEMAND_OPEN'; readonly agreementId: Hash32}
	| {readonly code: 'RETRIEVAL_DEMAND_NONE'; readonly agreementId: Hash32}
	| {readonly code: 'RETRIEVAL_REVISION_FOREIGN'; readonly agreementId: Hash32}
	| {readonly code: 'RETRIEVAL_TOO_EARLY'; readonly startEpoch: Epoch}
	/** An answer would be due after the agreement's end. */
	| {readonly code: 'RETRIEVAL_TOO_LATE'; readonly deadline: Slot; readonly endsAt: Slot}
	| {readonly code: 'RETRIEVAL_IN_MAINTENANCE'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly code: 'RETRIEVAL_LEAF_OUTSIDE'; readonly leafIndex: number; readonly pieceLeaves: number}
	/** The piece is not in the revision that the chain knows. */
	| {readonly code: 'RETRIEVAL_PIECE_INVALID'; readonly error: CborFailure | PieceProofError}
	| {readonly code: 'RETRIEVAL_ANSWER_LATE'; readonly deadline: Slot; readonly slot: Slot}
	| {readonly code: 'RETRIEVAL_LEAF_WRONG'; readonly pieceId: Hash32; readonly leafIndex: number}
	| {readonly code: 'RETRIEVAL_PROOF_INVALID'; readonly error: CborFailure | AbsenceError};

type SubsidyError =
	/** Another provider's. */
	| {readonly code: 'SUBSIDY_CLAIM_TAKEN'; readonly claimId: Hash32}
	/** Claims that the side-chain knows are of the kinds that the bridge pays. */
	| {readonly code: 'SUBSIDY_CLAIM_KIND_WRONG'; readonly claimId: Hash32}
	/** Another claim would be paid once more for what this one was paid. */
	| {readonly code: 'SUBSIDY_CLAIM_NAMED'; readonly claimId: Hash32};
