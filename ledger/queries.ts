/** What a node tells its users of a state. Nothing here decides. */
import {equalBytes, fromHex, u64be} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32, type PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McRef} from '#kernel/main-chain-event';
import type {Epoch, Slot} from '#kernel/slot';
import {challengeIndexes} from '#storage-proofs/challenge';
import {type ProofTimetable, proofTimetable} from '#storage-proofs/window';
import type {Account} from './accounts.ts';
import {type Agreement, epochRevenue} from './agreements/agreement.ts';
import type {PaidFor, PayerAllowance} from './agreements/allowance.ts';
import {freeFunds, fundedUntil, owedFunds} from './agreements/payer.ts';
import {judgedUntil, unsettledEpochs} from './agreements/settle-agreement.ts';
import {type Channel, channelEnd, channelRest} from './channels/channel.ts';
import {epochOf, type LedgerEnv} from './environment.ts';
import {goSnapshot, markSnapshot, setSnapshot, setWeights} from './epoch/snapshots.ts';
import {parametersAt} from './governance/rules-at.ts';
import {type Head, headKey} from './heads/head.ts';
import {
	type ConfirmedCheckpoint,
	PAYOUT_WITHDRAWAL,
	type PendingCheckpoint,
} from './main-chain/checkpoint.ts';
import type {Claim} from './main-chain/claim.ts';
import {type PayoutProof, payoutProofOf} from './main-chain/payout-tree.ts';
import {weightOf} from './pools/cardano-weights.ts';
import type {Pool} from './pools/pool.ts';
import {boundPools, type ToldStake, toldStakeOf} from './pools/stake-question.ts';
import type {Commitment} from './proofs/commitment.ts';
import {type DueAgreement, dueAgreements} from './proofs/due-agreements.ts';
import {type ForestRoot, forestRootKey} from './proofs/forest-root.ts';
import type {Provider} from './providers/provider.ts';
import type {RetrievalDemand, ServiceTerms} from './service/service-terms.ts';
import {keyOf, numberKey, numberOfKey} from './state/keys.ts';
import {type LedgerReader, rowsOf, single} from './state/reader.ts';
import {type LedgerState, readerOf} from './state/state.ts';
import {pendingCheckpointMessage} from './tx/rules/checkpoint-sign.ts';

/** The Cardano block that the chain has seen. */
export const mcRefOf = (state: LedgerState): McRef => single(readerOf(state), 'chain').mcRef;

/** The epoch of the last block. */
export const epochOfState = ({genesis}: LedgerEnv, state: LedgerState): Epoch =>
	epochOf(genesis, single(readerOf(state), 'chain').slot);

export type PayerView = {
	readonly funds: Lovelace;
	/** What all its agreements together cost an epoch. */
	readonly lockRate: Lovelace;
	/** At most so much is owed for epochs that were judged and not settled. */
	readonly owed: Lovelace;
	/** What may be withdrawn. */
	readonly free: Lovelace;
	/** Since the end of that epoch what is locked pays; null: the lock is whole. */
	readonly insolventFrom: Epoch | null;
	/** The first epoch that it cannot pay for all its agreements, as things stand; null: it has none. */
	readonly fundedUntil: Epoch | null;
};

export const accountOf = (state: LedgerState, account: AccountId): Account | undefined =>
	state.accounts.get(keyOf(account));

export const payerOf = (env: LedgerEnv, state: LedgerState, account: AccountId): PayerView | undefined => {
	const payer = state.payers.get(keyOf(account));
	if (payer === undefined) return undefined;
	const until = judgedUntil(readerOf(state));
	const {funds, lockRate, insolventFrom} = payer;
	return {
		funds,
		lockRate,
		owed: Lovelace(owedFunds(payer, until)),
		free: freeFunds(parametersAt(env, readerOf(state)), payer, until),
		insolventFrom,
		fundedUntil: fundedUntil(payer, until),
	};
};

export type AllowanceView = PayerAllowance & PaidFor;

const ACCOUNT_HEX = 56;

/** What an account allows others, and others allow it, by payer and client. O(allowances). */
export const allowancesOf = (state: LedgerState, account: AccountId): readonly AllowanceView[] => {
	const of = keyOf(account);
	const fits = (key: string): boolean => key.startsWith(of) || key.slice(ACCOUNT_HEX) === of;
	return [...rowsOf(readerOf(state), 'payerAllowances')].flatMap(([key, row]) =>
		fits(key)
			? {
					payer: Hash28(fromHex(key.slice(0, ACCOUNT_HEX))),
					client: Hash28(fromHex(key.slice(ACCOUNT_HEX))),
					...row,
				}
			: [],
	);
};

export const claimOf = (
	state: LedgerState,
	claimId: Hash32,
): (Claim & {readonly withdrawn: Lovelace}) | undefined => {
	const claim = state.claims.get(keyOf(claimId));
	const withdrawn = state.withdrawals.get(keyOf(claimId))?.cumulative ?? Lovelace(0n);
	return claim && {...claim, withdrawn};
};

export type PoolView = Pool & {
	readonly pool: PoolId;
	readonly blocksMade: number;
	readonly stake: {readonly mark: Lovelace; readonly set: Lovelace; readonly go: Lovelace};
	/** What stake on Cardano adds to `set`. */
	readonly cardanoWeight: Lovelace;
	/** Ids of the Cardano pools whose stake counts for it. */
	readonly cardanoPools: readonly Hash28[];
	/** What they have staked there; null where nobody has told. */
	readonly cardanoStake: ToldStake | null;
};

/** All pools, by id. O(pools x snapshots). */
export const poolsOf = (env: LedgerEnv, state: LedgerState): readonly PoolView[] => {
	const reader = readerOf(state);
	const epoch = epochOfState(env, state);
	const stakes = [markSnapshot, setSnapshot, goSnapshot].map(
		snapshot => new Map(snapshot(reader, epoch).pools.map(({pool, stake}) => [keyOf(pool), stake])),
	);
	const weights = setWeights(reader, epoch);
	const bound = boundPools(reader);
	const stakeOf = (at: number, key: string): Lovelace => stakes[at]?.get(key) ?? Lovelace(0n);
	return [...rowsOf(reader, 'pools')].map(([key, pool]) => ({
		...pool,
		pool: Hash28(fromHex(key)),
		blocksMade: state.blocksMade.get(key) ?? 0,
		stake: {mark: stakeOf(0, key), set: stakeOf(1, key), go: stakeOf(2, key)},
		cardanoWeight: Lovelace(weightOf(weights, Hash28(fromHex(key)))),
		cardanoPools: bound.get(key) ?? [],
		cardanoStake: toldStakeOf(reader, bound.get(key) ?? []),
	}));
};

export type ProviderView = Provider & {
	readonly provider: Hash32;
	readonly agreements: number;
	/** Everything ever taken from its bond. */
	readonly slashed: Lovelace;
	/** The newest two that it has proven. */
	readonly forests: readonly (Pick<ForestRoot, 'root' | 'totalLeaves'> & {readonly epoch: Epoch})[];
	/** closed: it takes no new agreements, by its own will or after a miss vacated its agreements. */
	readonly status: 'accepting' | 'closed' | 'exiting';
};

const statusOf = ({accepting, exitFrom}: Provider): ProviderView['status'] => {
	if (exitFrom !== null) return 'exiting';
	return accepting ? 'accepting' : 'closed';
};

const forestsOf = (reader: LedgerReader, key: string): ProviderView['forests'] => {
	const until = reader.get('trackRecords', key)?.proven.at(-1)?.until ?? 0;
	return [until - 1, until - 2].flatMap(number => {
		if (number < 0) return [];
		const epoch = number as Epoch;
		const row = reader.get('forestRoots', forestRootKey(epoch, Hash32(fromHex(key))));
		return row === undefined ? [] : {root: row.root, totalLeaves: row.totalLeaves, epoch};
	});
};

const providerView = (reader: LedgerReader, key: string, row: Provider): ProviderView => ({
	...row,
	provider: Hash32(fromHex(key)),
	agreements: reader.get('providerAgreements', key)?.length ?? 0,
	slashed: reader.get('slashes', key)?.cumulative ?? Lovelace(0n),
	forests: forestsOf(reader, key),
	status: statusOf(row),
});

export const providerOf = (state: LedgerState, provider: Hash32): ProviderView | undefined => {
	const row = state.providers.get(keyOf(provider));
	return row && providerView(readerOf(state), keyOf(provider), row);
};

/** All providers, by id. */
export const providersOf = (state: LedgerState): readonly ProviderView[] => {
	const reader = readerOf(state);
	return [...rowsOf(reader, 'providers')].map(([key, row]) => providerView(reader, key, row));
};

export type AgreementView = Agreement & {
	readonly agreementId: Hash32;
	/** What it pays an epoch. */
	readonly revenue: bigint;
	/** Proven epochs that were not paid yet, and what its payer owes for them. */
	readonly unsettled: {readonly epochs: number; readonly amount: bigint};
	/** The first epoch that its payer cannot pay for all its agreements, as things stand. */
	readonly fundedUntil: Epoch | null;
	/** What is promised about giving pieces back. */
	readonly service: (ServiceTerms & {readonly demand: RetrievalDemand | null}) | null;
};

const agreementView = (reader: LedgerReader, key: string, agreement: Agreement): AgreementView => {
	const terms = reader.get('serviceClasses', key);
	const revenue = epochRevenue(agreement);
	const {epochs} = unsettledEpochs(reader, agreement);
	const payer = reader.get('payers', keyOf(agreement.payer));
	return {
		...agreement,
		agreementId: Hash32(fromHex(key)),
		revenue,
		unsettled: {epochs, amount: BigInt(epochs) * revenue},
		fundedUntil: payer === undefined ? null : fundedUntil(payer, judgedUntil(reader)),
		service: terms === undefined ? null : {...terms, demand: reader.get('retrievalDemands', key) ?? null},
	};
};

export const agreementOf = (state: LedgerState, agreementId: Hash32): AgreementView | undefined => {
	const agreement = state.agreements.get(keyOf(agreementId));
	return agreement && agreementView(readerOf(state), keyOf(agreementId), agreement);
};

/** Those of a client, of a payer, of a provider, of all that are given, or all, by id. Vacated ones are among them. O(agreements). */
export const agreementsOf = (
	state: LedgerState,
	{
		client,
		payer,
		provider,
	}: {readonly client?: AccountId; readonly payer?: AccountId; readonly provider?: Hash32},
): readonly AgreementView[] =>
	[...rowsOf(readerOf(state), 'agreements')]
		.filter(
			([, agreement]) =>
				(client === undefined || equalBytes(agreement.client, client)) &&
				(payer === undefined || equalBytes(agreement.payer, payer)) &&
				(provider === undefined || equalBytes(agreement.provider, provider)),
		)
		.map(([key, agreement]) => agreementView(readerOf(state), key, agreement));

export type ChannelView = Channel & {
	readonly channelId: Hash32;
	/** What is still in it. */
	readonly rest: Lovelace;
	/** The first slot in which nobody can settle any more. */
	readonly endsAt: Slot;
};

const channelView = (channelId: Hash32, channel: Channel): ChannelView => ({
	...channel,
	channelId,
	rest: channelRest(channel),
	endsAt: channelEnd(channel),
});

export const channelOf = (state: LedgerState, channelId: Hash32): ChannelView | undefined => {
	const channel = state.channels.get(keyOf(channelId));
	return channel && channelView(channelId, channel);
};

/** Those of a funder, of a payee, of both, or all, by id. O(channels). */
export const channelsOf = (
	state: LedgerState,
	{funder, payee}: {readonly funder?: AccountId; readonly payee?: AccountId},
): readonly ChannelView[] =>
	[...rowsOf(readerOf(state), 'channels')]
		.filter(
			([, channel]) =>
				(funder === undefined || equalBytes(channel.funder, funder)) &&
				(payee === undefined || equalBytes(channel.payee, payee)),
		)
		.map(([key, channel]) => channelView(Hash32(fromHex(key)), channel));

export type HeadView = Head & {readonly owner: AccountId; readonly bucket: Hash32};

export const headOf = (state: LedgerState, owner: AccountId, bucket: Hash32): HeadView | undefined => {
	const head = state.heads.get(headKey(owner, bucket));
	return head && {...head, owner, bucket};
};

/** The heads of an owner, by bucket. O(heads). */
export const headsOf = (state: LedgerState, owner: AccountId): readonly HeadView[] => {
	const of = keyOf(owner);
	return [...rowsOf(readerOf(state), 'heads')].flatMap(([key, head]) =>
		key.startsWith(of) ? {...head, owner, bucket: Hash32(fromHex(key.slice(of.length)))} : [],
	);
};

export type PendingView = PendingCheckpoint & {
	readonly period: number;
	/** What members sign. */
	readonly message: Hash32;
	readonly signatures: readonly {readonly memberVk: Uint8Array; readonly signature: Uint8Array}[];
	readonly weightSigned: bigint;
	readonly weightTotal: bigint;
	/** More than two thirds have signed. */
	readonly complete: boolean;
	/** The end of the next period: after that its checkpoint does not come in time, and may be skipped. */
	readonly dueSlot: number;
};

export type CheckpointView = {
	readonly confirmed: ConfirmedCheckpoint;
	readonly pending: readonly PendingView[];
};

const pendingView = (
	env: LedgerEnv,
	reader: LedgerReader,
	period: number,
	pending: PendingCheckpoint,
): PendingView => {
	const {committee} = single(reader, 'confirmedCheckpoint');
	const signatures = committee.flatMap(({verificationKey, weight}) => {
		const row = reader.get('checkpointSignatures', keyOf(u64be(period), verificationKey));
		return row === undefined ? [] : [{memberVk: verificationKey, signature: row.signature, weight}];
	});
	const weightSigned = signatures.reduce((sum, {weight}) => sum + weight, 0n);
	const weightTotal = committee.reduce((sum, {weight}) => sum + weight, 0n);
	return {
		...pending,
		period,
		// Only those who sign or show it want it, and most looks are for neither.
		get message(): Hash32 {
			return pendingCheckpointMessage(env, period, pending);
		},
		signatures: signatures.map(({memberVk, signature}) => ({memberVk, signature})),
		weightSigned,
		weightTotal,
		complete: 3n * weightSigned > 2n * weightTotal,
		dueSlot: (period + 1) * env.genesis.checkpointEvery * env.genesis.epochLength,
	};
};

export const checkpointsOf = (env: LedgerEnv, state: LedgerState): CheckpointView => {
	const reader = readerOf(state);
	const pending = [...rowsOf(reader, 'pendingCheckpoints')].map(([key, row]) =>
		pendingView(env, reader, numberOfKey(key), row),
	);
	return {confirmed: single(reader, 'confirmedCheckpoint'), pending};
};

/** The claim's leaf in the payout tree of a pending or the last confirmed period. */
export const payoutProof = (
	{crypto}: LedgerEnv,
	state: LedgerState,
	period: number,
	claimId: Hash32,
	tag: number = PAYOUT_WITHDRAWAL,
): PayoutProof | undefined => {
	const payout = state.payouts.get(numberKey(period));
	return payout && payoutProofOf(crypto, payout, claimId, tag);
};

export type ChallengeView = {
	readonly timetable: ProofTimetable;
	/** What it has to commit to as things stand, in the newest revision of each. */
	readonly due: readonly DueAgreement[];
	readonly commitment: Commitment | undefined;
	/** Known while the proof window is open. */
	readonly seed: Hash32 | null;
	/** The leaves to show, when both commitment and seed are there. */
	readonly indexes: readonly bigint[] | undefined;
};

/** What an epoch asks of a provider. */
export const challengeOf = (
	{crypto, genesis, genesisHash}: LedgerEnv,
	state: LedgerState,
	provider: Hash32,
	epoch: Epoch,
): ChallengeView => {
	const reader = readerOf(state);
	const row = reader.get('commitments', keyOf(provider));
	const commitment = row?.epoch === epoch ? row : undefined;
	const {seed} = single(reader, 'challenge');
	const indexes =
		commitment === undefined || seed === null
			? undefined
			: challengeIndexes(crypto, {
					genesisHash,
					seed,
					providerId: provider,
					epoch,
					totalLeaves: BigInt(commitment.totalLeaves),
				});
	return {
		timetable: proofTimetable(genesis, epoch),
		due: dueAgreements(reader, provider, epoch),
		commitment,
		seed,
		indexes,
	};
};
