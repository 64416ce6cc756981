/** Rows of the ledger as the control API tells them. */
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32} from '#kernel/hash';
import {accessEpochOf, revocationsOf} from '#ledger/access/access-epoch';
import type {LedgerEnv} from '#ledger/environment';
import {setSnapshot, setWeights} from '#ledger/epoch/snapshots';
import {circulation, creditsInCirculation, depositedTotal, withdrawnTotal} from '#ledger/money';
import {sumOfWeights} from '#ledger/pools/cardano-weights';
import {
	type AgreementView as AgreementRow,
	type AllowanceView as AllowanceRow,
	accountOf,
	allowancesOf,
	type ChannelView as ChannelRow,
	checkpointsOf,
	claimOf,
	epochOfState,
	type HeadView as HeadRow,
	type PendingView,
	type PoolView as PoolRow,
	type ProviderView as ProviderRow,
	payerOf,
	payoutProof,
} from '#ledger/queries';
import type {Reputation} from '#ledger/reputation/reputation';
import {keyOf} from '#ledger/state/keys';
import {type LedgerState, readerOf} from '#ledger/state/state';
import type {AccountAccessView} from '#node/ports/access-api';
import type {Announcement} from '#node/ports/announcements';
import type {
	AccountView,
	AgreementView,
	ChannelView,
	CheckpointsView,
	CheckpointView,
	Json,
	MoneyView,
	PayoutProofView,
	ServiceView,
} from '#node/ports/control-api';
import type {HeadView} from '#node/ports/head-api';
import type {AllowanceView} from '#node/ports/payer-api';
import type {PoolView} from '#node/ports/pool-api';
import type {ProviderView} from '#node/ports/provider-api';
import {jsonView} from '../json-view.ts';
import {standingView} from './reputation-view.ts';

type Fields = {readonly [field: string]: Json};

/** Who signs for an account, and what it has revoked. */
export const accountAccess = (state: LedgerState, account: AccountId): AccountAccessView => {
	const policy = state.multisigs.get(keyOf(account));
	const reader = readerOf(state);
	return {
		multisig: policy === undefined ? null : {threshold: policy.threshold, keys: policy.keys.map(toHex)},
		access: {
			epoch: accessEpochOf(reader, account, null),
			revoked: revocationsOf(reader, account).flatMap(({series, epoch, until}) =>
				series === null ? [] : {series: toHex(series), epoch, untilSlot: until},
			),
		},
	};
};

export const allowanceView = ({payer, client, rateMax, lockRate, until}: AllowanceRow): AllowanceView => ({
	payer: toHex(payer),
	client: toHex(client),
	rateMax: String(rateMax),
	used: String(lockRate),
	until,
});

export const accountView = (
	env: LedgerEnv,
	state: LedgerState,
	id: string,
	nextSequence: number,
): AccountView => {
	const accountId = Hash28(fromHex(id));
	const account = accountOf(state, accountId);
	const payer = payerOf(env, state, accountId);
	const claims = [...state.claims].filter(([, {ownerKeyHash}]) => equalBytes(ownerKeyHash, accountId));
	return {
		id,
		known: account !== undefined,
		balance: String(account?.balance ?? 0n),
		sequence: String(account?.sequence ?? 0),
		nextSequence: String(nextSequence),
		pool: account?.pool ? toHex(account.pool) : null,
		payer: payer === undefined ? null : (jsonView(payer) as Fields),
		allowances: allowancesOf(state, accountId).map(allowanceView),
		...accountAccess(state, accountId),
		claims: claims.map(([claimId, {operatorVk}]) => ({
			claimId,
			operatorVk: toHex(operatorVk),
			withdrawn: String(claimOf(state, Hash32(fromHex(claimId)))?.withdrawn ?? 0n),
		})),
	};
};

export const poolView = (env: LedgerEnv, state: LedgerState, pool: PoolRow): PoolView => {
	const [reader, epoch] = [readerOf(state), epochOfState(env, state)];
	const weightTotal = setSnapshot(reader, epoch).totalStake + sumOfWeights(setWeights(reader, epoch));
	return {
		id: toHex(pool.pool),
		coldVk: toHex(pool.coldVk),
		vrfKeyHash: toHex(pool.vrfKeyHash),
		checkpointVk: toHex(pool.checkpointVk),
		rewardAccount: toHex(pool.rewardAccount),
		cost: String(pool.cost),
		margin: `${pool.margin.numerator}/${pool.margin.denominator}`,
		retiresAtEpoch: pool.retiresAt,
		stake: {mark: String(pool.stake.mark), set: String(pool.stake.set), go: String(pool.stake.go)},
		setShare: `${pool.stake.set + pool.cardanoWeight}/${weightTotal}`,
		cardanoWeight: String(pool.cardanoWeight),
		cardanoPools: pool.cardanoPools.map(toHex),
		cardanoStake: pool.cardanoStake && {...pool.cardanoStake, stake: String(pool.cardanoStake.stake)},
		blocksThisEpoch: pool.blocksMade,
	};
};

export type ProviderContext = {
	readonly reputation: Reputation;
	/** Its announcement, if this node has one. */
	readonly announced: Pick<Announcement, 'attributes' | 'endpoint' | 'routes'> | undefined;
};

/** `hashOf` gives the hash of a block of the selected chain by its number. */
export const providerView = async (
	provider: ProviderRow,
	{reputation, announced}: ProviderContext,
	hashOf: (blockNo: number) => Promise<string | null>,
): Promise<ProviderView> => ({
	id: toHex(provider.provider),
	operatorVk: toHex(provider.operatorVk),
	payoutAccount: toHex(provider.payoutAccount),
	bond: String(provider.bond),
	bondFree: String(provider.bond - provider.collateral),
	storePrice: String(provider.storePrice),
	minTermEpochs: provider.minTermEpochs,
	capacityLeaves: String(provider.capacityLeaves),
	usedLeaves: String(provider.usedLeaves),
	accepting: provider.accepting,
	forests: provider.forests.map(({epoch, root, totalLeaves}) => ({epoch, root: toHex(root), totalLeaves})),
	earned: String(provider.earned),
	misses: provider.misses.length,
	penalties: await Promise.all(
		provider.penalties.map(async ({epoch, slot, blockNo, reason, slashed, vacated}) => ({
			epoch,
			slot,
			blockHash: await hashOf(blockNo),
			reason,
			amount: String(slashed),
			vacated,
		})),
	),
	details: jsonView({
		status: provider.status,
		agreements: provider.agreements,
		slashed: provider.slashed,
		exitFrom: provider.exitFrom,
		registeredAt: provider.registeredAt,
		provenEpochs: provider.provenEpochs,
		lastProvenEpoch: provider.lastProvenEpoch,
	}) as Fields,
	reputation: standingView(reputation),
	endpoint: announced?.endpoint ?? null,
	routes: announced?.routes ?? [],
	attributes: announced?.attributes ?? [],
});

const agreementStatus = ({vacancy, startEpoch, endEpoch}: AgreementRow, epoch: number): string => {
	if (vacancy !== null) return 'vacated';
	if (epoch >= endEpoch) return 'ended';
	return epoch < startEpoch ? 'opening' : 'active';
};

export const serviceView = ({
	serviceClass,
	paid,
	refunded,
	answered,
	missed,
	demand,
}: NonNullable<AgreementRow['service']>): ServiceView => ({
	serviceClass,
	paid: String(paid),
	refunded: String(refunded),
	answered,
	missed,
	demand: demand && {
		pieceId: toHex(demand.pieceId),
		leafIndex: demand.leafIndex,
		deadlineSlot: demand.deadline,
	},
});

export const agreementView = (row: AgreementRow, epoch: number): AgreementView => ({
	id: toHex(row.agreementId),
	client: toHex(row.client),
	payer: toHex(row.payer),
	provider: toHex(row.provider),
	status: agreementStatus(row, epoch),
	capacityLeaves: String(row.capacityLeaves),
	rate: String(row.rate),
	startEpoch: row.startEpoch,
	endEpoch: row.endEpoch,
	revisionNo: String(row.revisionNo),
	root: toHex(row.root),
	leaves: String(row.leaves),
	repairerVk: toHex(row.repairerVk),
	repairOf: row.repairOf && toHex(row.repairOf),
	service: row.service && serviceView(row.service),
	details: jsonView({
		collateral: row.collateral,
		validFrom: row.validFrom,
		revisionHash: row.revisionHash,
		lockedUntil: row.lockedUntil,
		standing: row.standing,
		closing: row.closing,
		closedIn: row.closedIn,
		bounty: row.bounty,
		vacancy: row.vacancy,
		revenue: row.revenue,
		settledAt: row.settledAt,
		unsettled: row.unsettled,
		fundedUntil: row.fundedUntil,
	}) as Fields,
});

/** `slot` is the tip's. */
export const channelView = (row: ChannelRow, slot: number): ChannelView => ({
	id: toHex(row.channelId),
	funder: toHex(row.funder),
	payerVk: toHex(row.payerVk),
	payee: toHex(row.payee),
	lane: row.lane,
	deposit: String(row.deposit),
	paid: String(row.paid),
	rest: String(row.rest),
	status: slot >= row.endsAt ? 'ended' : row.closesAt === null ? 'open' : 'closing',
	expirySlot: row.expiry,
	endsAtSlot: row.endsAt,
});

const memberView = ({verificationKey, weight}: {verificationKey: Uint8Array; weight: bigint}) => ({
	vk: toHex(verificationKey),
	weight: String(weight),
});

const pendingView = (
	pending: PendingView,
	committee: Parameters<typeof memberView>[0][],
): CheckpointView => ({
	period: pending.period,
	blockHash: toHex(pending.blockHash),
	stateRoot: toHex(pending.stateRoot),
	payoutRoot: toHex(pending.payoutRoot),
	committee: committee.map(memberView),
	nextCommittee: pending.nextCommittee.map(memberView),
	message: toHex(pending.message),
	signatures: pending.signatures.map(({memberVk, signature}) => ({
		vk: toHex(memberVk),
		signature: toHex(signature),
	})),
	signedWeight: String(pending.weightSigned),
	totalWeight: String(pending.weightTotal),
	certified: pending.complete,
	dueSlot: pending.dueSlot,
});

export const checkpointsView = (env: LedgerEnv, state: LedgerState): CheckpointsView => {
	const {confirmed, pending} = checkpointsOf(env, state);
	return {
		pending: pending.map(each => pendingView(each, [...confirmed.committee])),
		confirmed: {
			period: confirmed.period,
			blockHash: toHex(confirmed.blockHash),
			committee: confirmed.committee.map(memberView),
		},
	};
};

export const payoutProofView = (
	env: LedgerEnv,
	state: LedgerState,
	{period, claimId, tag}: {readonly period: number; readonly claimId: string; readonly tag: number},
): PayoutProofView | undefined => {
	const proof = payoutProof(env, state, period, Hash32(fromHex(claimId)), tag);
	return (
		proof && {
			period,
			claimId,
			tag,
			cumulative: String(proof.leaf.cumulative),
			index: proof.index,
			path: proof.path.map(toHex),
			payoutRoot: toHex(proof.root),
		}
	);
};

export const moneyView = ({genesis}: LedgerEnv, state: LedgerState): MoneyView => {
	const parts = circulation(state);
	return {
		credits: String(creditsInCirculation(state)),
		withdrawn: String(withdrawnTotal(state)),
		deposited: String(depositedTotal(state)),
		treasury: String(parts.treasury),
		feePot: String(parts.fees),
		genesis: String(genesis.accounts.reduce((sum, {balance}) => sum + balance, 0n)),
		parts: jsonView(parts) as Fields,
	};
};

export const headView = ({owner, bucket, version, root, writers}: HeadRow): HeadView => ({
	owner: toHex(owner),
	bucket: toHex(bucket),
	version,
	root: toHex(root),
	writers: writers.map(toHex),
});
