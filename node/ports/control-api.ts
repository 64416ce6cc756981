/**
 * What the control API says, as JSON: amounts are decimal strings, bytes are lower-case hex, ratios are `1/2`.
 * The server writes these types and the client reads them.
 */

import type {AccountAccessView} from './access-api.ts';
import type {BondQuestions} from './bond-api.ts';
import type {CardanoView} from './cardano-api.ts';
import type {EpochName, ForgingView, LeadershipView, ScheduleView} from './forging-api.ts';
import type {GovernanceView} from './governance-api.ts';
import type {HeadView} from './head-api.ts';
import type {AgreementFilter, AllowanceView} from './payer-api.ts';
import type {PoolView} from './pool-api.ts';
import type {OwnProviderView, ProviderView, ReputationView} from './provider-api.ts';

export type Hex = string;
/** Lovelace (credits) in decimal. */
export type Amount = string;
/** Any JSON, where the shape is the ledger's own. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [name: string]: Json};

/** Why a request was refused: `code` is `SUBJECT_PROBLEM`, the rest says more. */
export type ApiFailure = {
	readonly code: string;
	readonly message?: string;
	readonly [field: string]: unknown;
};

/** DATA/control.json, mode 0600: how the CLI finds a running node. */
export type ControlFile = {
	readonly url: string;
	/** Sent as `authorization: Bearer …` with every request. */
	readonly token: string;
	readonly pid: number;
	readonly p2pHost: string;
	readonly p2pPort: number;
	readonly metricsUrl: string | null;
	readonly genesisHash: Hex;
	readonly name: string;
};

export type TipView = {readonly slot: number; readonly hash: Hex; readonly blockNo: number};

export type PeerView = {
	readonly address: string;
	readonly direction: 'inbound' | 'outbound';
	readonly rttMs: number | null;
	readonly tip: TipView | null;
	/** Headers of its chain whose bodies have not come. */
	readonly headersAhead: number;
	/** How fast it has brought bodies; an estimate. */
	readonly bytesPerSecond: number;
};

/** A peer that was left because of `code`, for the `times`th time in a row, and is not used again before. */
export type ShunnedPeerView = {
	readonly peer: string;
	readonly code: string;
	readonly times: number;
	readonly untilMs: number;
};

export type StatusView = {
	readonly name: string;
	readonly version: string;
	readonly networkMagic: number;
	readonly genesisHash: Hex;
	readonly profile: string;
	readonly systemStartMs: number;
	readonly slotMs: number;
	readonly epochLength: number;
	readonly tip: TipView | null;
	readonly immutableTip: TipView | null;
	readonly currentSlot: number;
	/** Epoch of the current slot. */
	readonly epoch: number;
	readonly slotInEpoch: number;
	/** Of the tip's epoch. */
	readonly epochNonce: Hex | null;
	readonly synced: boolean;
	readonly peers: readonly PeerView[];
	readonly shunned: readonly ShunnedPeerView[];
	readonly mempool: {readonly count: number; readonly bytes: number};
	readonly forging: ForgingView;
	readonly cardano: CardanoView;
	readonly memory: {readonly residentBytes: number; readonly heapUsedBytes: number};
	readonly startedAtMs: number;
};

/** One ledger event; `kind` and fields are those of `LedgerEvent`. */
export type EventView = {readonly kind: string} & {readonly [field: string]: Json};

export type TransactionView = {
	readonly txId: Hex;
	readonly sender: Hex | null;
	readonly sequence: string;
	readonly fee: Amount;
	readonly validFrom: number | null;
	readonly validUntil: number | null;
	readonly action: {readonly kind: string} & {readonly [field: string]: Json};
	readonly sizeBytes: number;
};

export type BlockView = {
	readonly hash: Hex;
	readonly prevHash: Hex | null;
	readonly blockNo: number;
	readonly slot: number;
	readonly epoch: number;
	readonly issuer: Hex;
	readonly vrfVk: Hex;
	readonly bodyHash: Hex;
	readonly bodySizeBytes: number;
	readonly operationalCertificate: {
		readonly hotVk: Hex;
		readonly counter: string;
		readonly startPeriod: string;
	};
	readonly protocolVersion: {readonly major: number; readonly minor: number};
	/** null while the block is not on the selected chain; 0 for the tip. */
	readonly depth: number | null;
	readonly mainChainReference: Json;
	readonly mainChainEvents: readonly Json[];
	readonly transactions: readonly TransactionView[];
	/** Sizes of the storage-proof witnesses of segment 4. */
	readonly proofSizesBytes: readonly number[];
	readonly events: readonly EventView[];
};

export type ChainLine = {
	readonly blockNo: number;
	readonly slot: number;
	readonly hash: Hex;
	readonly issuer: Hex;
	readonly transactions: number;
	readonly sizeBytes: number;
};

export type TransactionStatus =
	/** `removed`: why this node's mempool let it go, while that is remembered. */
	| {readonly status: 'unknown'; readonly removed?: string}
	| {readonly status: 'mempool'}
	| {
			readonly status: 'block';
			readonly blockHash: Hex;
			readonly blockNo: number;
			readonly slot: number;
			/** Blocks above it. */
			readonly depth: number;
	  };

/** An account that nobody has used yet has balance 0 and sequence 0 and `known` false. */
export type AccountView = AccountAccessView & {
	readonly id: Hex;
	readonly known: boolean;
	readonly balance: Amount;
	/** The sequence that its next transaction must carry. */
	readonly sequence: string;
	/** The same, counting transactions of this node's mempool. */
	readonly nextSequence: string;
	readonly pool: Hex | null;
	readonly payer: {readonly [field: string]: Json} | null;
	/** What it lets others have it pay for, and what others let it have them pay for. */
	readonly allowances: readonly AllowanceView[];
	/** Claims on Cardano whose owner key hash is this account. */
	readonly claims: readonly {
		readonly claimId: Hex;
		readonly operatorVk: Hex;
		/** Burnt for this claim so far. */
		readonly withdrawn: Amount;
	}[];
};

export type HistoryLine = {
	readonly blockNo: number;
	readonly slot: number;
	readonly blockHash: Hex;
	readonly balanceBefore: Amount;
	readonly balanceAfter: Amount;
	readonly txIds: readonly Hex[];
	/** Events of that block that name the account. */
	readonly events: readonly EventView[];
};

export type AgreementView = {
	readonly id: Hex;
	readonly client: Hex;
	/** Whose payer account pays. */
	readonly payer: Hex;
	readonly provider: Hex;
	readonly status: string;
	readonly capacityLeaves: string;
	readonly rate: Amount;
	readonly startEpoch: number;
	readonly endEpoch: number;
	readonly revisionNo: string;
	readonly root: Hex;
	readonly leaves: string;
	readonly repairerVk: Hex;
	readonly repairOf: Hex | null;
	/** What is promised about giving pieces back; null: nothing. */
	readonly service: ServiceView | null;
	readonly details: {readonly [field: string]: Json};
};

export type ServiceView = {
	readonly serviceClass: string;
	/** Since the promise or the last refund. */
	readonly paid: Amount;
	readonly refunded: Amount;
	/** Demands that were answered, and those that were not. */
	readonly answered: number;
	readonly missed: number;
	/** What the client waits for. */
	readonly demand: {
		readonly pieceId: Hex;
		readonly leafIndex: number;
		readonly deadlineSlot: number;
	} | null;
};

/** A payment channel of the ledger. */
export type ChannelView = {
	readonly id: Hex;
	readonly funder: Hex;
	readonly payerVk: Hex;
	readonly payee: Hex;
	readonly lane: number;
	readonly deposit: Amount;
	/** Settled so far. */
	readonly paid: Amount;
	readonly rest: Amount;
	/** closing: its dispute window is open; ended: nobody can settle any more, the rest may go back. */
	readonly status: 'open' | 'closing' | 'ended';
	readonly expirySlot: number;
	/** The first slot in which nobody can settle. */
	readonly endsAtSlot: number;
};

export type CheckpointView = {
	readonly period: number;
	readonly blockHash: Hex;
	readonly stateRoot: Hex;
	readonly payoutRoot: Hex;
	readonly committee: readonly {readonly vk: Hex; readonly weight: Amount}[];
	readonly nextCommittee: readonly {readonly vk: Hex; readonly weight: Amount}[];
	/** What members sign (32 bytes). */
	readonly message: Hex;
	readonly signatures: readonly {readonly vk: Hex; readonly signature: Hex}[];
	readonly signedWeight: Amount;
	readonly totalWeight: Amount;
	/** Signed weight is more than two thirds. */
	readonly certified: boolean;
	/** Signatures are due before this slot, at the end of the next period. */
	readonly dueSlot: number;
};

export type CheckpointsView = {
	/** Closed and not confirmed on Cardano, oldest first. */
	readonly pending: readonly CheckpointView[];
	/** Period 0 is the one minted with the genesis committee. */
	readonly confirmed: {
		readonly period: number;
		readonly blockHash: Hex;
		readonly committee: readonly {readonly vk: Hex; readonly weight: Amount}[];
	};
};

export type PayoutProofView = {
	readonly period: number;
	readonly claimId: Hex;
	readonly tag: number;
	readonly cumulative: Amount;
	readonly index: number;
	readonly path: readonly Hex[];
	readonly payoutRoot: Hex;
};

export type MoneyView = {
	/** Every credit held anywhere on the side-chain. */
	readonly credits: Amount;
	/** Burnt for claims and the treasury, cumulative. */
	readonly withdrawn: Amount;
	readonly deposited: Amount;
	readonly treasury: Amount;
	readonly feePot: Amount;
	/** Credits of the genesis. */
	readonly genesis: Amount;
	/** Where the credits are: accounts, payers, bonds, bounties, channels, fees, treasury. */
	readonly parts: {readonly [field: string]: Json};
};

export type AnnouncementView = {
	readonly key: Hex;
	readonly sequence: string;
	readonly validUntilSlot: number;
	readonly endpoint: string | null;
	readonly routes: readonly string[];
	readonly attributes: readonly (readonly [string, string])[];
};

/** One line of `GET /events`. */
export type EventLine = {
	readonly slot: number;
	readonly blockNo: number;
	readonly blockHash: Hex;
	readonly event: EventView;
};

/**
 * A running node, as its CLI sees it. World failures throw `NodeError`: CONTROL_UNREACHABLE, CONTROL_REFUSED,
 * CONTROL_BAD_ANSWER, or the code that the node answered with. What is not found is undefined.
 */
export type ControlClient = BondQuestions & {
	status(options?: CallOptions): Promise<StatusView>;
	block(hashOrNumber: string | number, options?: CallOptions): Promise<BlockView | undefined>;
	chain(
		range: {readonly from: number; readonly limit: number},
		options?: CallOptions,
	): Promise<readonly ChainLine[]>;
	/** `bytes` is the wire form [body, witnesses, proof witness | null]. */
	submit(bytes: Uint8Array, options?: CallOptions): Promise<Submission>;
	transaction(txId: Hex, options?: CallOptions): Promise<TransactionStatus>;
	account(id: Hex, options?: CallOptions): Promise<AccountView>;
	history(
		id: Hex,
		range?: {readonly limit?: number; readonly before?: number},
		options?: CallOptions,
	): Promise<readonly HistoryLine[]>;
	pools(options?: CallOptions): Promise<readonly PoolView[]>;
	pool(id: Hex, options?: CallOptions): Promise<PoolView | undefined>;
	/** Rejects with SCHEDULE_NONCE_NOT_FROZEN, HEADER_POOL_UNKNOWN. */
	leadership(id: Hex, epoch: EpochName, options?: CallOptions): Promise<LeadershipView>;
	/** Of the keys that the node has. Rejects like `leadership`, and with FORGE_NO_KEYS. */
	schedule(epoch: EpochName, options?: CallOptions): Promise<ScheduleView>;
	/** Lets a standby forge; `FORGE_NO_KEYS` of a relay. */
	promote(options?: CallOptions): Promise<ForgingView>;
	/** Resolves when nothing is signed any more. */
	demote(options?: CallOptions): Promise<ForgingView>;
	providers(options?: CallOptions): Promise<readonly ProviderView[]>;
	provider(id: Hex, options?: CallOptions): Promise<ProviderView | undefined>;
	/** The provider that runs in that node. */
	ownProvider(options?: CallOptions): Promise<OwnProviderView | undefined>;
	/** What its track record is worth, and each event in it. */
	reputation(id: Hex, options?: CallOptions): Promise<ReputationView | undefined>;
	agreements(filter: AgreementFilter, options?: CallOptions): Promise<readonly AgreementView[]>;
	agreement(id: Hex, options?: CallOptions): Promise<AgreementView | undefined>;
	/** The buckets of an account. */
	heads(owner: Hex, options?: CallOptions): Promise<readonly HeadView[]>;
	head(owner: Hex, bucket: Hex, options?: CallOptions): Promise<HeadView | undefined>;
	channels(
		filter: {readonly funder?: Hex; readonly payee?: Hex},
		options?: CallOptions,
	): Promise<readonly ChannelView[]>;
	channel(id: Hex, options?: CallOptions): Promise<ChannelView | undefined>;
	parameters(options?: CallOptions): Promise<{readonly [name: string]: Json}>;
	governance(options?: CallOptions): Promise<GovernanceView>;
	/** The genesis in the JSON form that `parseGenesisJson` reads. */
	genesis(options?: CallOptions): Promise<string>;
	checkpoints(options?: CallOptions): Promise<CheckpointsView>;
	payoutProof(
		query: {readonly period: number; readonly claimId: Hex; readonly tag?: number},
		options?: CallOptions,
	): Promise<PayoutProofView | undefined>;
	money(options?: CallOptions): Promise<MoneyView>;
	announcements(options?: CallOptions): Promise<readonly AnnouncementView[]>;
	announce(bytes: Uint8Array, options?: CallOptions): Promise<void>;
	/** Events of the selected chain from block number `from` on (default: from now), for ever, until the signal aborts. */
	events(options: {readonly from?: number; readonly signal: AbortSignal}): AsyncIterable<EventLine>;
	/** A snapshot file, of the confirmed period unless given, with the blocks since that are final. */
	snapshot(options: {
		readonly period?: number | undefined;
		readonly signal: AbortSignal;
	}): AsyncIterable<Uint8Array>;
};

export type CallOptions = {readonly signal?: AbortSignal};

export type Submission =
	| {readonly ok: true; readonly value: {readonly txId: Hex}}
	| {readonly ok: false; readonly error: ApiFailure};
