import type {AccountId, Hash28, Hash32, HeaderHash, PoolId, TxId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import type {Epoch, Slot} from '#kernel/slot';
import type {PayerEvent} from './agreements/payer-event.ts';
import type {GovernanceEvent} from './governance/governance-event.ts';
import type {MissReason} from './providers/miss-reason.ts';
import type {VoidReason} from './service/end-service.ts';
import type {RetrievalProof} from './service/retrieval-proof.ts';
import type {ServiceClass} from './service/service-class.ts';
import type {ActionKind} from './tx/action.ts';

/**
 * What a block did, in order: what was due before it, what Cardano reported, its transactions. Events after a
 * `transaction` belong to it until the next one.
 */
export type LedgerEvent =
	| {
			readonly kind: 'transaction';
			readonly txId: TxId;
			readonly sender: AccountId | null;
			readonly fee: Lovelace;
			readonly action: ActionKind;
	  }
	| TransactionEvent
	| StorageEvent
	| EpochEvent
	| MainChainReport
	| GovernanceEvent;

export type TransactionEvent =
	| {
			readonly kind: 'transferred';
			readonly from: AccountId;
			readonly to: AccountId;
			readonly amount: Lovelace;
	  }
	| {readonly kind: 'pool-registered'; readonly pool: PoolId}
	| {readonly kind: 'pool-retiring'; readonly pool: PoolId; readonly epoch: Epoch}
	| {readonly kind: 'cardano-pool-bound'; readonly cardanoPool: Hash28; readonly pool: PoolId | null}
	| {readonly kind: 'cardano-stake-signed'; readonly epoch: Epoch; readonly memberVk: Uint8Array}
	/** More than two thirds of the committee have told the stake of so many Cardano pools. */
	| {readonly kind: 'cardano-stake-attested'; readonly epoch: Epoch; readonly pools: number}
	| {readonly kind: 'delegated'; readonly account: AccountId; readonly pool: PoolId | null}
	| PayerEvent
	| {readonly kind: 'provider-registered'; readonly provider: Hash32; readonly bond: Lovelace}
	| {readonly kind: 'provider-updated'; readonly provider: Hash32; readonly bondAdded: Lovelace}
	| {readonly kind: 'provider-exiting'; readonly provider: Hash32}
	| {readonly kind: 'subsidy-claim-named'; readonly provider: Hash32; readonly claimId: Hash32}
	| {
			readonly kind: 'agreement-opened';
			readonly agreementId: Hash32;
			readonly client: AccountId;
			readonly payer: AccountId;
			readonly provider: Hash32;
			readonly capacityLeaves: number;
			readonly startEpoch: Epoch;
			readonly endEpoch: Epoch;
			readonly repairOf: Hash32 | null;
	  }
	/** With new terms, that both sides have signed or that its client has ordered. */
	| {
			readonly kind: 'agreement-renewed';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly rate: Lovelace;
			readonly capacityLeaves: number;
			readonly endEpoch: Epoch;
	  }
	/** Its client has said whether and how it is to go on by itself. */
	| {
			readonly kind: 'standing-order';
			readonly agreementId: Hash32;
			readonly order: {readonly rateMax: Lovelace; readonly until: Epoch} | null;
	  }
	/** It was to go on by itself, and could not; `reason` is the code of why. */
	| {
			readonly kind: 'renewal-failed';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly reason: string;
	  }
	/** The chain has seen a newer revision, in a proof or posted. */
	| {
			readonly kind: 'revision-seen';
			readonly agreementId: Hash32;
			readonly revisionNo: number;
			readonly root: Hash32;
			readonly leaves: number;
	  }
	/** One side closed it; it goes on until that epoch. */
	| {readonly kind: 'agreement-closing'; readonly agreementId: Hash32; readonly endEpoch: Epoch}
	| {
			readonly kind: 'committed';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly root: Hash32;
			readonly totalLeaves: number;
	  }
	| {readonly kind: 'proven'; readonly provider: Hash32; readonly epoch: Epoch}
	| {readonly kind: 'checkpoint-signed'; readonly period: number; readonly memberVk: Uint8Array}
	| {
			readonly kind: 'withdrawn';
			readonly account: AccountId;
			readonly claimId: Hash32;
			readonly amount: Lovelace;
			readonly cumulative: Lovelace;
	  }
	| {
			readonly kind: 'bounty-paid';
			readonly vacated: Hash32;
			readonly successor: Hash32;
			readonly pieceId: Hash32;
			readonly to: AccountId;
			readonly amount: Lovelace;
	  }
	| ChannelEvent
	| HeadEvent
	| AccessEvent
	| DisputeEvent
	| ServiceEvent;

export type HeadEvent =
	| {
			readonly kind: 'head-set';
			readonly owner: AccountId;
			readonly bucket: Hash32;
			readonly version: number;
			readonly root: Hash32;
	  }
	| {
			readonly kind: 'head-removed';
			readonly owner: AccountId;
			readonly bucket: Hash32;
			readonly version: number;
	  };

/** One side of an agreement signed one thing and said another. */
export type FraudEvent = {
	readonly kind: 'fraud-punished';
	readonly agreementId: Hash32;
	readonly provider: Hash32;
	/** Who pays. */
	readonly by: 'client' | 'provider';
	readonly fraud: 'stale-close' | 'equivocation' | 'omission';
	/** In which it was shown. */
	readonly epoch: Epoch;
	readonly slashed: Lovelace;
	readonly toBounties: Lovelace;
	readonly toTreasury: Lovelace;
};

export type DisputeEvent =
	| FraudEvent
	/** The provider has until that slot to show that its commitment has the agreement. */
	| {
			readonly kind: 'omission-claimed';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly revisionNo: number;
			readonly claimant: AccountId;
			readonly deposit: Lovelace;
			readonly answerBy: Slot;
	  }
	/** It had it, and gets the deposit. */
	| {
			readonly kind: 'omission-answered';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly deposit: Lovelace;
	  }
	/** The deposit goes back. */
	| {
			readonly kind: 'omission-unanswered';
			readonly agreementId: Hash32;
			readonly epoch: Epoch;
			readonly claimant: AccountId;
			readonly deposit: Lovelace;
	  };

export type ServiceEvent =
	| {
			readonly kind: 'service-class-agreed';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly serviceClass: ServiceClass;
	  }
	| {
			readonly kind: 'retrieval-demanded';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly pieceId: Hash32;
			readonly leafIndex: number;
			readonly deadline: Slot;
	  }
	/** leaf: it gave what was demanded; freed: the client had signed that the piece is out. */
	| {
			readonly kind: 'retrieval-answered';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly pieceId: Hash32;
			readonly how: RetrievalProof['kind'];
	  };

export type AccessEvent =
	| {
			readonly kind: 'multisig-registered';
			readonly account: AccountId;
			readonly threshold: number;
			/** How many there are. */
			readonly keys: number;
	  }
	/** `series` null: all grants of the account. */
	| {
			readonly kind: 'access-revoked';
			readonly owner: AccountId;
			readonly series: Hash32 | null;
			readonly epoch: number;
	  };

export type ChannelEvent =
	| {
			readonly kind: 'channel-opened';
			readonly channelId: Hash32;
			readonly funder: AccountId;
			readonly payee: AccountId;
			readonly deposit: Lovelace;
			readonly expiry: Slot;
	  }
	| {readonly kind: 'channel-topped-up'; readonly channelId: Hash32; readonly amount: Lovelace}
	| {
			readonly kind: 'channel-settled';
			readonly channelId: Hash32;
			readonly payee: AccountId;
			readonly amount: Lovelace;
			/** All that the payee ever got. */
			readonly paid: Lovelace;
	  }
	/** The dispute window is open until then. */
	| {readonly kind: 'channel-closing'; readonly channelId: Hash32; readonly closesAt: Slot}
	/** payee: it agreed; ended: its dispute window or its time is over. */
	| {
			readonly kind: 'channel-closed';
			readonly channelId: Hash32;
			readonly reason: 'payee' | 'ended';
			readonly to: AccountId;
			readonly refund: Lovelace;
	  };

/** cooperative: both sides; ended: its last epoch has passed; unfunded: its payer could not pay. */
export type CloseReason = 'cooperative' | 'ended' | 'unfunded';

export type StorageEvent =
	| {readonly kind: 'agreement-closed'; readonly agreementId: Hash32; readonly reason: CloseReason}
	| {
			readonly kind: 'agreement-vacated';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly bounty: Lovelace;
	  }
	/** The bounty of a vacated agreement that nobody earned goes to the treasury. */
	| {readonly kind: 'bounty-expired'; readonly agreementId: Hash32; readonly amount: Lovelace}
	| {readonly kind: 'challenge-drawn'; readonly epoch: Epoch; readonly seed: Hash32}
	| {
			readonly kind: 'storage-paid';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly client: AccountId;
			/** The newest of the epochs that were paid. */
			readonly epoch: Epoch;
			/** How many: since it was settled the last time, those that the provider has proven. */
			readonly epochs: number;
			/** What the payer paid; the provider received this less the fee. */
			readonly amount: Lovelace;
			readonly fee: Lovelace;
	  }
	| {
			readonly kind: 'missed';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly reason: MissReason;
			/** In the window of the penalty ladder, this one included. */
			readonly misses: number;
			readonly slashed: Lovelace;
			readonly toBounties: Lovelace;
			readonly toTreasury: Lovelace;
			readonly vacated: boolean;
	  }
	/** A provider said by itself that it has lost pieces of these agreements; they are vacated. */
	| {
			readonly kind: 'loss-reported';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly agreements: readonly Hash32[];
			readonly slashed: Lovelace;
			readonly toBounties: Lovelace;
			readonly toTreasury: Lovelace;
	  }
	/** A provider did not answer a demand: so much of what the client paid goes back to it. */
	| {
			readonly kind: 'retrieval-missed';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly client: AccountId;
			readonly epoch: Epoch;
			readonly refund: Lovelace;
	  }
	/** A demand that nobody is to blame for. */
	| {
			readonly kind: 'retrieval-void';
			readonly agreementId: Hash32;
			readonly provider: Hash32;
			readonly reason: VoidReason;
			readonly deposit: Lovelace;
	  }
	/** A payer's funds do not cover lockEpochs any more at the end of that epoch. What is locked pays on until `fundedUntil`. */
	| {
			readonly kind: 'payer-insolvent';
			readonly account: AccountId;
			readonly epoch: Epoch;
			/** The first epoch that it cannot pay for all its agreements, if all are proven. */
			readonly fundedUntil: Epoch;
	  }
	/** They do again. */
	| {readonly kind: 'payer-recovered'; readonly account: AccountId; readonly epoch: Epoch}
	| {readonly kind: 'maintenance-announced'; readonly provider: Hash32; readonly epoch: Epoch}
	/** An epoch in which it is not paid, and not to blame. */
	| {readonly kind: 'maintenance-kept'; readonly provider: Hash32; readonly epoch: Epoch}
	/** Fewer than k blocks were made in the window: nobody is to blame. */
	| {
			readonly kind: 'miss-excused';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly reason: MissReason;
			readonly blocks: number;
	  }
	/** Part of the bond of a provider that is leaving. */
	| {
			readonly kind: 'bond-released';
			readonly provider: Hash32;
			readonly to: AccountId;
			readonly released: Lovelace;
	  }
	/** `released`: the last part of the bond. */
	| {
			readonly kind: 'provider-exited';
			readonly provider: Hash32;
			readonly to: AccountId;
			readonly released: Lovelace;
	  };

export type EpochEvent =
	| {readonly kind: 'epoch-started'; readonly epoch: Epoch}
	/** `epoch` is the one whose blocks are rewarded. */
	| {
			readonly kind: 'rewarded';
			readonly account: AccountId;
			readonly pool: PoolId;
			readonly epoch: Epoch;
			readonly amount: Lovelace;
	  }
	| {readonly kind: 'treasury-credited'; readonly epoch: Epoch; readonly amount: Lovelace}
	| {readonly kind: 'pool-retired'; readonly pool: PoolId}
	/** The treasury on Cardano owes a provider so much more for a period's storage. */
	| {
			readonly kind: 'subsidised';
			readonly provider: Hash32;
			readonly amount: Lovelace;
			readonly cumulative: Lovelace;
	  }
	| {
			readonly kind: 'period-closed';
			readonly period: number;
			readonly blockHash: HeaderHash;
			readonly stateRoot: Hash32;
			readonly payoutRoot: Hash32;
	  };

export type MainChainReport =
	| {
			readonly kind: 'deposited';
			readonly account: AccountId;
			readonly amount: Lovelace;
			readonly outRef: McOutRef;
	  }
	| {readonly kind: 'claim-opened'; readonly claimId: Hash32}
	| {readonly kind: 'checkpoint-confirmed'; readonly period: number; readonly blockHash: HeaderHash}
	/** `isKnown`: it is the committee that some closed period ended with, and signs from now on. */
	| {
			readonly kind: 'committee-recovered';
			readonly period: number;
			readonly committeeHash: Hash32;
			readonly isKnown: boolean;
	  };
