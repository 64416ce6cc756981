/** Transactions with payment channels on Cardano: open, top up, settle, end, close, refund. */
import type {Crypto, Hasher} from '#crypto/crypto';
import {channelIdOf} from '#crypto/vouchers/channel-id';
import {type Voucher, verifyVoucher} from '#crypto/vouchers/voucher';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {enterpriseAddress} from '../cardano/address.ts';
import {dataBytes, type PlutusData} from '../cardano/plutus-data.ts';
import type {ChannelDeployment} from '../channel-deployment.ts';
import {
	burnChannelRedeemer,
	type ChannelDatum,
	channelDatum,
	closeChannelRedeemer,
	endChannelRedeemer,
	openChannelRedeemer,
	refundChannelRedeemer,
	settleChannelRedeemer,
	topUpChannelRedeemer,
} from '../data/channel-data.ts';
import {slotStartFrom} from './checkpoint-plan.ts';
import {networkIdOf, referenceLovelace, scriptAddress} from './deploy-plan.ts';
import type {TimeRange} from './governance-plans.ts';
import {referTo} from './token-plans.ts';
import {
	emptyPlan,
	OUTPUT_LOVELACE_MIN,
	type PlanOutput,
	type PlanUtxoWith,
	type TransactionPlan,
} from './transaction-plan.ts';

/** A channel as it stands. */
export type CardanoChannel = PlanUtxoWith<ChannelDatum> & {readonly id: Hash32};

const channelUnit = ({channel}: ChannelDeployment, id: Hash32): string => toHex(channel.hash) + toHex(id);

const channelAddress = ({network, channel}: ChannelDeployment): Uint8Array =>
	scriptAddress(networkIdOf(network.magic), channel.hash);

export const channelOutput = (
	deployment: ChannelDeployment,
	{id, lovelace, datum}: Omit<CardanoChannel, 'ref'>,
): PlanOutput => ({
	address: channelAddress(deployment),
	lovelace,
	assets: new Map([[channelUnit(deployment, id), 1n]]),
	datum: channelDatum.toData(datum),
});

/** Leaves the script where everybody can refer to it: at its own address without an NFT, where nothing can be spent. */
export const publishChannelPlan = (deployment: ChannelDeployment): TransactionPlan => {
	const {bytes, hash} = deployment.channel;
	const lovelace = referenceLovelace(bytes.length);
	return {...emptyPlan, outputs: [{address: channelAddress(deployment), lovelace, script: {bytes, hash}}]};
};

export type OpenChannelRequest = Pick<ChannelDatum, 'funder' | 'payerVk' | 'payee' | 'expiryMs'> & {
	/** An output of the wallet, which makes the channel's id one that never comes again. */
	readonly seed: McOutRef;
	readonly lane: number;
	readonly deposit: Lovelace;
};

/** The id that a channel will have. */
export const cardanoChannelId = (
	hasher: Hasher,
	{params, channel}: Pick<ChannelDeployment, 'params' | 'channel'>,
	{seed, payerVk, payee, lane, expiryMs}: Omit<OpenChannelRequest, 'deposit' | 'funder'>,
): Hash32 =>
	channelIdOf(
		hasher,
		{kind: 'cardano', networkId: params.networkId, scriptHash: channel.hash, seed},
		{payerVk, payee, lane, expiry: expiryMs},
	);

export const openChannelPlan = (
	hasher: Hasher,
	deployment: ChannelDeployment,
	request: OpenChannelRequest,
): TransactionPlan => {
	const {seed, funder, payerVk, payee, lane, expiryMs, deposit} = request;
	const id = cardanoChannelId(hasher, deployment, request);
	const datum = {funder, payerVk, payee, expiryMs, paid: Lovelace(0n), closesAtMs: 0};
	return {
		...emptyPlan,
		...referTo(deployment.channel),
		spend: [{ref: seed}],
		mint: [
			{
				unit: channelUnit(deployment, id),
				quantity: 1n,
				redeemer: openChannelRedeemer.toData({...seed, lane}),
			},
		],
		outputs: [channelOutput(deployment, {id, lovelace: deposit, datum})],
	};
};

/** The channel spent, and going on. */
const goOn = (
	deployment: ChannelDeployment,
	channel: CardanoChannel,
	redeemer: PlutusData,
	{lovelace = channel.lovelace, ...change}: {readonly lovelace?: bigint} & Partial<ChannelDatum>,
): TransactionPlan => ({
	...emptyPlan,
	...referTo(deployment.channel),
	spend: [{ref: channel.ref, redeemer}],
	outputs: [channelOutput(deployment, {id: channel.id, lovelace, datum: {...channel.datum, ...change}})],
});

export const topUpChannelPlan = (
	deployment: ChannelDeployment,
	channel: CardanoChannel,
	{amount}: {readonly amount: Lovelace},
): TransactionPlan => ({
	...goOn(deployment, channel, topUpChannelRedeemer.toData({}), {lovelace: channel.lovelace + amount}),
	signers: [channel.datum.funder],
});

/** From when on vouchers are worth nothing, in POSIX milliseconds. */
export const channelEndMs = ({
	expiryMs,
	closesAtMs,
}: Pick<ChannelDatum, 'expiryMs' | 'closesAtMs'>): number =>
	closesAtMs === 0 ? expiryMs : Math.min(expiryMs, closesAtMs);

export type ChannelVoucherFailure =
	| {readonly code: 'VOUCHER_CHANNEL_WRONG'; readonly channelId: Hash32}
	/** Settled already. */
	| {readonly code: 'VOUCHER_STALE'; readonly cumulative: bigint; readonly paid: bigint}
	| {readonly code: 'VOUCHER_OVER_DEPOSIT'; readonly cumulative: bigint; readonly deposit: bigint}
	| {readonly code: 'VOUCHER_SIGNATURE_INVALID'; readonly channelId: Hash32; readonly cumulative: bigint}
	/** The transaction would be valid until after the channel's end. */
	| {readonly code: 'CHANNEL_EXPIRED'; readonly channelId: Hash32; readonly expiry: number};

const checkVoucher = (
	crypto: Crypto,
	{id, lovelace, datum}: CardanoChannel,
	voucher: Voucher,
	toMs: number,
): Result<void, ChannelVoucherFailure> => {
	const {channelId, cumulative} = voucher;
	const {paid} = datum;
	if (!equalBytes(channelId, id)) return err({code: 'VOUCHER_CHANNEL_WRONG', channelId});
	const expiry = channelEndMs(datum);
	if (toMs > expiry) return err({code: 'CHANNEL_EXPIRED', channelId, expiry});
	if (cumulative <= paid) return err({code: 'VOUCHER_STALE', cumulative, paid});
	const deposit = lovelace + paid;
	if (cumulative > deposit) return err({code: 'VOUCHER_OVER_DEPOSIT', cumulative, deposit});
	if (!verifyVoucher(crypto, datum.payerVk, voucher))
		return err({code: 'VOUCHER_SIGNATURE_INVALID', channelId, cumulative});
	return ok(undefined);
};

export type SettleFailure =
	| ChannelVoucherFailure
	/** What would be left is less than an output must hold: end the channel instead. */
	| {readonly code: 'CHANNEL_REST_TOO_SMALL'; readonly rest: bigint; readonly restMin: bigint};

/** The payee takes what the voucher says; the channel goes on. */
export const settleChannelPlan = (
	crypto: Crypto,
	deployment: ChannelDeployment,
	channel: CardanoChannel,
	{voucher, toMs}: {readonly voucher: Voucher} & Pick<TimeRange, 'toMs'>,
): Result<TransactionPlan, SettleFailure> => {
	const good = checkVoucher(crypto, channel, voucher, toMs);
	if (!good.ok) return good;
	const cumulative = Lovelace(voucher.cumulative);
	const {signature} = voucher;
	const rest = channel.lovelace - (cumulative - channel.datum.paid);
	if (rest < OUTPUT_LOVELACE_MIN)
		return err({code: 'CHANNEL_REST_TOO_SMALL', rest, restMin: OUTPUT_LOVELACE_MIN});
	const redeemer = settleChannelRedeemer.toData({cumulative, signature});
	return ok({
		...goOn(deployment, channel, redeemer, {lovelace: rest, paid: cumulative}),
		signers: [channel.datum.payee],
		validToMs: toMs,
	});
};

const over = (
	deployment: ChannelDeployment,
	{ref, id}: CardanoChannel,
	redeemer: PlutusData,
): TransactionPlan => ({
	...emptyPlan,
	...referTo(deployment.channel),
	spend: [{ref, redeemer}],
	mint: [{unit: channelUnit(deployment, id), quantity: -1n, redeemer: burnChannelRedeemer.toData({})}],
});

/** The payee ends the channel, with its last voucher if there is one; the rest goes to the funder. */
export const endChannelPlan = (
	crypto: Crypto,
	deployment: ChannelDeployment,
	channel: CardanoChannel,
	{voucher, toMs}: {readonly voucher: Voucher | null} & Pick<TimeRange, 'toMs'>,
): Result<TransactionPlan, ChannelVoucherFailure> => {
	const good = voucher === null ? ok(undefined) : checkVoucher(crypto, channel, voucher, toMs);
	if (!good.ok) return good;
	const {paid, funder, payee} = channel.datum;
	const cumulative = voucher === null ? paid : Lovelace(voucher.cumulative);
	const signature = voucher?.signature ?? new Uint8Array(0);
	const rest = channel.lovelace - (cumulative - paid);
	const network = networkIdOf(deployment.network.magic);
	const refund: PlanOutput = {
		address: enterpriseAddress(network, {kind: 'key', hash: funder}),
		// What is too little for an output the payee adds.
		lovelace: rest < OUTPUT_LOVELACE_MIN ? OUTPUT_LOVELACE_MIN : rest,
		datum: dataBytes(channel.id),
	};
	return ok({
		...over(deployment, channel, endChannelRedeemer.toData({cumulative, signature})),
		outputs: rest === 0n ? [] : [refund],
		signers: [payee],
		...(voucher === null ? {} : {validToMs: toMs}),
	});
};

export type CloseFailure = {
	readonly code: 'CHANNEL_CLOSING';
	readonly channelId: Hash32;
	readonly closesAt: number;
};

/** The funder wants the rest back: the payee has the window to settle in. */
export const closeChannelPlan = (
	deployment: ChannelDeployment,
	channel: CardanoChannel,
	{fromMs, toMs}: TimeRange,
): Result<TransactionPlan, CloseFailure> => {
	const {closesAtMs: closesAt, funder} = channel.datum;
	if (closesAt !== 0) return err({code: 'CHANNEL_CLOSING', channelId: channel.id, closesAt});
	const closesAtMs = toMs + deployment.params.windowMs;
	return ok({
		...goOn(deployment, channel, closeChannelRedeemer.toData({}), {closesAtMs}),
		signers: [funder],
		validFromMs: fromMs,
		validToMs: toMs,
	});
};

/** The funder takes what is left, once the channel is over. */
export const refundChannelPlan = (
	deployment: ChannelDeployment,
	channel: CardanoChannel,
): TransactionPlan => ({
	...over(deployment, channel, refundChannelRedeemer.toData({})),
	signers: [channel.datum.funder],
	validFromMs: slotStartFrom(deployment.network, channelEndMs(channel.datum)),
});
