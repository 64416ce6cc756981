import type {BondAnswers} from './bond-api.ts';
import type {
	AccountView,
	AgreementView,
	AnnouncementView,
	ApiFailure,
	BlockView,
	ChainLine,
	ChannelView,
	CheckpointsView,
	EventLine,
	Hex,
	HistoryLine,
	Json,
	MoneyView,
	PayoutProofView,
	StatusView,
	Submission,
	TransactionStatus,
} from './control-api.ts';
import type {EpochName, ForgingView, LeadershipView, ScheduleView} from './forging-api.ts';
import type {GovernanceView} from './governance-api.ts';
import type {HeadView} from './head-api.ts';
import type {AgreementFilter} from './payer-api.ts';
import type {PoolView} from './pool-api.ts';
import type {OwnProviderView, ProviderView, ReputationView} from './provider-api.ts';

type Answer<T> = T | Promise<T>;

/** What answers the control API: the node's side of `ControlClient`, with arguments already checked. */
export type ControlBackend = BondAnswers & {
	status(): Answer<StatusView>;
	block(key: {readonly hash: Uint8Array} | {readonly blockNo: number}): Answer<BlockView | undefined>;
	chain(range: {readonly from: number; readonly limit: number}): Answer<readonly ChainLine[]>;
	submit(bytes: Uint8Array): Answer<Submission>;
	transaction(txId: Hex): Answer<TransactionStatus>;
	account(id: Hex): Answer<AccountView>;
	history(id: Hex, range: {readonly limit: number; readonly before?: number}): Answer<readonly HistoryLine[]>;
	pools(): Answer<readonly PoolView[]>;
	pool(id: Hex): Answer<PoolView | undefined>;
	leadership(id: Hex, epoch: EpochName): Answer<LeadershipView | ApiFailure>;
	schedule(epoch: EpochName): Answer<ScheduleView | ApiFailure>;
	promote(): Answer<ForgingView | ApiFailure>;
	demote(): Answer<ForgingView | ApiFailure>;
	providers(): Answer<readonly ProviderView[]>;
	provider(id: Hex): Answer<ProviderView | undefined>;
	/** Undefined: no provider runs in this node. */
	ownProvider(): Answer<OwnProviderView | undefined>;
	reputation(id: Hex): Answer<ReputationView | undefined>;
	agreements(filter: AgreementFilter): Answer<readonly AgreementView[]>;
	agreement(id: Hex): Answer<AgreementView | undefined>;
	heads(owner: Hex): Answer<readonly HeadView[]>;
	head(owner: Hex, bucket: Hex): Answer<HeadView | undefined>;
	channels(filter: {readonly funder?: Hex; readonly payee?: Hex}): Answer<readonly ChannelView[]>;
	channel(id: Hex): Answer<ChannelView | undefined>;
	parameters(): Answer<{readonly [name: string]: Json}>;
	governance(): Answer<GovernanceView>;
	genesis(): Answer<string>;
	checkpoints(): Answer<CheckpointsView>;
	payoutProof(query: {
		readonly period: number;
		readonly claimId: Hex;
		readonly tag: number;
	}): Answer<PayoutProofView | undefined>;
	money(): Answer<MoneyView>;
	announcements(): Answer<readonly AnnouncementView[]>;
	/** undefined when it was kept. */
	announce(bytes: Uint8Array): Answer<ApiFailure | undefined>;
	events(options: {
		readonly from: number | undefined;
		readonly signal: AbortSignal;
	}): AsyncIterable<EventLine>;
	snapshot(options: {readonly period: number | undefined}): Promise<AsyncIterable<Uint8Array>>;
};
