/** What a transaction does. The numbers on the wire are fixed for ever: only ever append. */
import {type AccountPolicy, policyCodec} from '#crypto/account-policy';
import {
	bool,
	bytes,
	bytesBetween,
	type Codec,
	list,
	lovelace,
	nullable,
	uint,
	variant,
} from '#kernel/cbor/codec';
import type {AccountId, Hash32, PoolId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Epoch, Slot} from '#kernel/slot';
import {type StandingOrder, standingOrderCodec} from '../agreements/agreement.ts';
import {type SignedRevision, signedRevisionCodec} from '../agreements/revision.ts';
import {writersCodec} from '../heads/head.ts';
import {
	EPOCH_MAX,
	LANE_MAX,
	LEAVES_MAX,
	NOTICE_AGREEMENTS_MAX,
	SETTLE_AGREEMENTS_MAX,
	TRANSACTION_BYTES_MAX,
} from '../limits.ts';
import {type PoolParameters, poolParametersCodec} from '../pools/pool.ts';
import {type ServiceClass, serviceClassCodec} from '../service/service-class.ts';
import {type CloseMode, closeMode, type NoticePurpose, noticePurpose} from './action-words.ts';
import {type CardanoStakeAction, cardanoStakeActions} from './cardano-stake-actions.ts';
import {type PayerAction, payerActions} from './payer-actions.ts';

export type Action =
	/** The sender's credits go to another account, which begins to exist if it did not. */
	| {readonly kind: 'transfer'; readonly to: AccountId; readonly amount: Lovelace}
	/** Also changes a pool that is there, and takes back its retirement. Signed by the cold key. */
	| {readonly kind: 'pool-register'; readonly pool: PoolParameters}
	/** At the boundary to `epoch`. Signed by the cold key. */
	| {readonly kind: 'pool-retire'; readonly pool: PoolId; readonly epoch: Epoch}
	/** The sender's whole balance counts for the pool, or for none. */
	| {readonly kind: 'delegate'; readonly pool: PoolId | null}
	/** The bond comes from the sender's account. Signed by the operator key of the claim. */
	| {
			readonly kind: 'provider-register';
			/** Claim id on Cardano. */
			readonly provider: Hash32;
			readonly operatorVk: Uint8Array;
			readonly payoutAccount: AccountId;
			readonly bond: Lovelace;
			/** Lovelace per GiB (2^20 leaves) and epoch. */
			readonly storePrice: Lovelace;
			readonly minTermEpochs: number;
			readonly capacityLeaves: number;
	  }
	/** Signed by the operator; whoever sends it pays what is added to the bond. */
	| {
			readonly kind: 'provider-update';
			readonly provider: Hash32;
			readonly storePrice: Lovelace;
			readonly minTermEpochs: number;
			readonly capacityLeaves: number;
			readonly accepting: boolean;
			readonly bondAdded: Lovelace;
	  }
	/** Signed by the operator. The bond is free when no agreement is left, after lockEpochs. */
	| {readonly kind: 'provider-exit'; readonly provider: Hash32}
	/** Names the claim on Cardano, of status 3, that the provider's storage subsidy is paid to: once and for all. */
	| {readonly kind: 'provider-subsidy'; readonly provider: Hash32; readonly claimId: Hash32}
	/**
	 * Sent by the client; or, to take over pieces of a vacated agreement, by anyone with the signature of its repairer,
	 * and then whoever paid the vacated agreement pays. Signed by the operator.
	 */
	| {
			readonly kind: 'agreement-open';
			/** Makes the agreement's id unique among those of this client with this provider. */
			readonly nonce: number;
			readonly provider: Hash32;
			readonly capacityLeaves: number;
			/** Lovelace per GiB (2^20 leaves) and epoch. */
			readonly rate: Lovelace;
			/** Not before this epoch; the first one whose commit window is still to open if that is later. */
			readonly startEpoch: Epoch;
			/** The first epoch that is not paid. */
			readonly endEpoch: Epoch;
			/** Object lock: no piece is taken out before this epoch; 0: none is locked. */
			readonly lockedUntil: Epoch;
			readonly repairerVk: Uint8Array;
			readonly repairOf: Hash32 | null;
			/** Who has allowed the sender to have it pay; null: the client itself, and always with `repairOf`. */
			readonly payer: AccountId | null;
	  }
	/**
	 * Cooperative: sent by the client, signed by the operator. One side alone says with it that no revision is newer than
	 * the one on chain: post that first.
	 */
	| {readonly kind: 'agreement-close'; readonly agreementId: Hash32; readonly mode: CloseMode}
	/** Free of charge, signed by the operator. */
	| {
			readonly kind: 'commit';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly root: Hash32;
			readonly totalLeaves: number;
	  }
	/** Free of charge, signed by the operator. The proof itself goes in segment 4. */
	| {
			readonly kind: 'prove';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			/** blake2b-256 of the proof's bytes. */
			readonly witnessHash: Hash32;
	  }
	/** Free of charge, without witnesses: the signature is over the checkpoint message. */
	| {
			readonly kind: 'checkpoint-sign';
			readonly period: number;
			readonly memberVk: Uint8Array;
			readonly signature: Uint8Array;
	  }
	/** Burns credits; they can be claimed on Cardano when the period is checkpointed. */
	| {readonly kind: 'withdraw'; readonly claimId: Hash32; readonly amount: Lovelace}
	/** Signed by the repairer of the vacated agreement; the bounty goes to the sender. */
	| {
			readonly kind: 'repair-claim';
			readonly vacated: Hash32;
			readonly successor: Hash32;
			readonly pieceId: Hash32;
			readonly pieceLeaves: number;
			/** `#storage-proofs/piece-proof` in the last root of the vacated agreement. */
			readonly vacatedProof: Uint8Array;
			/** `#storage-proofs/forest-piece` in the forest that the successor's provider has proven. */
			readonly successorProof: Uint8Array;
			/** The epoch of that forest. */
			readonly epoch: Epoch;
	  }
	/** Shows the chain a newer revision than it has. Anyone may; for repairs and disputes, never for ordinary work. */
	| {readonly kind: 'revision-post'; readonly revision: SignedRevision}
	/** Sent by the client, signed by the operator. Nothing but the rate may become less. */
	| {
			readonly kind: 'agreement-renew';
			readonly agreementId: Hash32;
			readonly capacityLeaves: number;
			readonly rate: Lovelace;
			readonly endEpoch: Epoch;
			readonly lockedUntil: Epoch;
	  }
	/** Sent by the client: the agreement goes on by itself, within that; null: not any more. */
	| {
			readonly kind: 'agreement-standing';
			readonly agreementId: Hash32;
			readonly order: StandingOrder | null;
	  }
	/** Pays these agreements' providers for what they have proven. Anyone may. */
	| {readonly kind: 'agreement-settle'; readonly agreements: readonly Hash32[]}
	/** Two revisions of one number. Anyone may. */
	| {
			readonly kind: 'revision-equivocation';
			readonly first: SignedRevision;
			readonly second: SignedRevision;
	  }
	/** A provider has left out of its commitment for that epoch what both sides have signed. Anyone may, with a deposit. */
	| {readonly kind: 'omission-claim'; readonly epoch: Epoch; readonly revision: SignedRevision}
	/** Free of charge, signed by the operator. */
	| {
			readonly kind: 'omission-answer';
			readonly agreementId: Hash32;
			readonly epoch: Epoch;
			/** `#storage-proofs/forest-piece` in the forest of that epoch. */
			readonly inclusion: Uint8Array;
			/** What was committed to, when that is later than what was claimed. */
			readonly revision: SignedRevision | null;
	  }
	/** Puts a deposit aside for a payee. The sender funds it and gets the rest; vouchers are signed by `payerVk`. */
	| {
			readonly kind: 'channel-open';
			/** The sender's own key, or that of someone it lends a capped channel to. */
			readonly payerVk: Uint8Array;
			readonly payee: AccountId;
			/** Tells channels apart that pay several streams between the same two. */
			readonly lane: number;
			/** The first slot in which vouchers are worth nothing any more. */
			readonly expiry: Slot;
			readonly deposit: Lovelace;
	  }
	/** Anyone may; the rest still goes to whoever opened the channel. */
	| {readonly kind: 'channel-top-up'; readonly channelId: Hash32; readonly amount: Lovelace}
	/** The newest voucher. Anyone may send it: what it pays goes to the payee. */
	| {
			readonly kind: 'channel-settle';
			readonly channelId: Hash32;
			readonly cumulative: Lovelace;
			/** Of the voucher (`#crypto/vouchers/voucher`). */
			readonly signature: Uint8Array;
	  }
	/** By the payee: at once. By whoever opened it: after the dispute window, in which the payee may still settle. */
	| {readonly kind: 'channel-close'; readonly channelId: Hash32}
	/** By anyone, once the dispute window or the channel's time is over: the rest goes back. */
	| {readonly kind: 'channel-refund'; readonly channelId: Hash32}
	/** A bucket's new root. Sent by its owner; or, signed by a writer that the owner named, by anyone. */
	| {
			readonly kind: 'head-set';
			readonly owner: AccountId;
			/** Blinded: only the owner can tell which of its buckets it is. */
			readonly bucket: Hash32;
			/** One more than that of the head that the writer saw; 1 when there was none. */
			readonly version: number;
			/** The root of the head that the writer saw. */
			readonly seen: Hash32 | null;
			readonly root: Hash32;
			/** null: the owner. */
			readonly writer: Uint8Array | null;
			/** Hashes of the keys that may write besides the owner's, ascending; null leaves them as they are. */
			readonly writers: readonly AccountId[] | null;
	  }
	/** Sent by the owner. */
	| {
			readonly kind: 'head-remove';
			readonly bucket: Hash32;
			/** Of the head that the owner saw. */
			readonly version: number;
	  }
	/** Says which keys own an account together. Anyone may. */
	| {readonly kind: 'multisig-register'; readonly policy: AccountPolicy}
	/** Grants of the sender that name a lower epoch are worth nothing any more. */
	| {
			readonly kind: 'access-revoke';
			/** null: all grants of the account. */
			readonly series: Hash32 | null;
			/** One more than it was; it begins with 0. */
			readonly epoch: number;
			/** A slot after which no grant of the series is valid by itself; null for the whole account. */
			readonly until: Slot | null;
	  }
	/** Free of charge, signed by the operator, before it commits for that epoch. */
	| {
			readonly kind: 'provider-notice';
			readonly provider: Hash32;
			readonly epoch: Epoch;
			readonly purpose: NoticePurpose;
			/** With lost pieces; none for maintenance. */
			readonly agreements: readonly Hash32[];
	  }
	/** How soon pieces of an agreement are given back at the latest. Sent by the client, signed by the operator. */
	| {readonly kind: 'service-class'; readonly agreementId: Hash32; readonly serviceClass: ServiceClass}
	/** Sent by the client that is not given a piece; the provider has to show that leaf of it on the chain. */
	| {
			readonly kind: 'retrieval-demand';
			readonly agreementId: Hash32;
			/** The newest one, if the chain has not seen it. */
			readonly revision: SignedRevision | null;
			readonly pieceId: Hash32;
			readonly pieceLeaves: number;
			readonly leafIndex: number;
			/** `#storage-proofs/piece-proof` in that revision. */
			readonly pieceProof: Uint8Array;
	  }
	/** Free of charge, signed by the operator. */
	| {
			readonly kind: 'retrieval-answer';
			readonly agreementId: Hash32;
			/** The newest one, if the chain has not seen it and it has not the piece any more. */
			readonly revision: SignedRevision | null;
			/** `ledger/service/retrieval-proof`. */
			readonly proof: Uint8Array;
	  }
	| PayerAction
	| CardanoStakeAction;

export type ActionKind = Action['kind'];
export type ActionOf<K extends ActionKind> = Extract<Action, {readonly kind: K}>;

const hash: Codec<Hash32> = bytes<Hash32>(32);
const account: Codec<AccountId> = bytes<AccountId>(28);
const epoch: Codec<Epoch> = uint<Epoch>(EPOCH_MAX);
const leaves: Codec<number> = uint(LEAVES_MAX);
const pieceProof: Codec<Uint8Array> = bytesBetween(0, TRANSACTION_BYTES_MAX);
const terms = {storePrice: lovelace, minTermEpochs: uint(EPOCH_MAX), capacityLeaves: leaves};

export const actionCodec: Codec<Action> = variant({
	transfer: [0, {to: account, amount: lovelace}],
	'pool-register': [1, {pool: poolParametersCodec}],
	'pool-retire': [2, {pool: bytes<PoolId>(28), epoch}],
	delegate: [3, {pool: nullable(bytes<PoolId>(28))}],
	'provider-register': [
		6,
		{provider: hash, operatorVk: bytes(32), payoutAccount: account, bond: lovelace, ...terms},
	],
	'provider-update': [7, {provider: hash, ...terms, accepting: bool, bondAdded: lovelace}],
	'provider-exit': [8, {provider: hash}],
	'agreement-open': [
		9,
		{
			nonce: uint(),
			provider: hash,
			capacityLeaves: leaves,
			rate: lovelace,
			startEpoch: epoch,
			endEpoch: epoch,
			lockedUntil: epoch,
			repairerVk: bytes(32),
			repairOf: nullable(hash),
			payer: nullable(account),
		},
	],
	// 10 was a revision on chain.
	'agreement-close': [11, {agreementId: hash, mode: closeMode}],
	commit: [12, {provider: hash, epoch, root: hash, totalLeaves: uint()}],
	prove: [13, {provider: hash, epoch, witnessHash: hash}],
	'checkpoint-sign': [14, {period: uint(), memberVk: bytes(32), signature: bytes(64)}],
	withdraw: [15, {claimId: hash, amount: lovelace}],
	'repair-claim': [
		16,
		{
			vacated: hash,
			successor: hash,
			pieceId: hash,
			pieceLeaves: leaves,
			vacatedProof: pieceProof,
			successorProof: pieceProof,
			epoch,
		},
	],
	'revision-post': [17, {revision: signedRevisionCodec}],
	'revision-equivocation': [18, {first: signedRevisionCodec, second: signedRevisionCodec}],
	'agreement-renew': [
		19,
		{agreementId: hash, capacityLeaves: leaves, rate: lovelace, endEpoch: epoch, lockedUntil: epoch},
	],
	'agreement-standing': [20, {agreementId: hash, order: nullable(standingOrderCodec)}],
	'agreement-settle': [21, {agreements: list(hash, SETTLE_AGREEMENTS_MAX)}],
	'omission-claim': [22, {epoch, revision: signedRevisionCodec}],
	'omission-answer': [
		23,
		{agreementId: hash, epoch, inclusion: pieceProof, revision: nullable(signedRevisionCodec)},
	],
	'channel-open': [
		25,
		{
			payerVk: bytes(32),
			payee: account,
			lane: uint(LANE_MAX),
			expiry: uint<Slot>(),
			deposit: lovelace,
		},
	],
	'channel-top-up': [26, {channelId: hash, amount: lovelace}],
	'channel-settle': [27, {channelId: hash, cumulative: lovelace, signature: bytes(64)}],
	'channel-close': [28, {channelId: hash}],
	'channel-refund': [29, {channelId: hash}],
	'head-set': [
		30,
		{
			owner: account,
			bucket: hash,
			version: uint(),
			seen: nullable(hash),
			root: hash,
			writer: nullable(bytes(32)),
			writers: nullable(writersCodec),
		},
	],
	'head-remove': [31, {bucket: hash, version: uint()}],
	'multisig-register': [32, {policy: policyCodec}],
	'access-revoke': [33, {series: nullable(hash), epoch: uint(), until: nullable(uint<Slot>())}],
	'provider-subsidy': [35, {provider: hash, claimId: hash}],
	'provider-notice': [
		34,
		{provider: hash, epoch, purpose: noticePurpose, agreements: list(hash, NOTICE_AGREEMENTS_MAX)},
	],
	'service-class': [36, {agreementId: hash, serviceClass: serviceClassCodec}],
	'retrieval-demand': [
		37,
		{
			agreementId: hash,
			revision: nullable(signedRevisionCodec),
			pieceId: hash,
			pieceLeaves: leaves,
			leafIndex: leaves,
			pieceProof,
		},
	],
	'retrieval-answer': [38, {agreementId: hash, revision: nullable(signedRevisionCodec), proof: pieceProof}],
	...payerActions,
	...cardanoStakeActions,
});

const FEE_FREE: ReadonlySet<ActionKind> = new Set([
	'commit',
	'prove',
	'checkpoint-sign',
	'cardano-stake-sign',
	'provider-notice',
	'omission-answer',
	'retrieval-answer',
]);

/** Actions that pay no fee and have no sender: block space is reserved for them, and their rules let each come once. */
export const isFeeFree = (kind: ActionKind): boolean => FEE_FREE.has(kind);
