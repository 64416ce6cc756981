import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {Voucher} from '#crypto/vouchers/voucher';
import {toHex} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {ChannelDeployment} from '#onchain/channel-deployment';
import {channelDatum} from '#onchain/data/channel-data';
import type {CardanoNetwork} from '#onchain/deployment';
import {
	type CardanoChannel,
	cardanoChannelId,
	channelEndMs,
	closeChannelPlan,
	endChannelPlan,
	openChannelPlan,
	refundChannelPlan,
	settleChannelPlan,
	topUpChannelPlan,
} from '#onchain/plans/channel-plans';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {rangeFrom, slotStart} from '#onchain/plans/time-range';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import type {KupoClient} from '../kupo-client.ts';
import {walletOutput} from './deploy-contracts.ts';
import type {ExecutedTransaction} from './execute-plan.ts';
import type {CardanoAccess, WatchedAccess} from './lucid-session.ts';
import {PlanRunner, planned, resumedFailure, type WalletOptions} from './plan-runner.ts';
import {walletOf} from './wallet-of.ts';

/** The dispute window of channels on Cardano: a day of slots, and so less on a devnet whose slots are short. */
const WINDOW_SLOTS = 86_400;

/** The script of channels on a network. It is compiled here, which takes a moment. */
export const channelDeployment = async (
	crypto: Crypto,
	network: CardanoNetwork,
): Promise<ChannelDeployment> => {
	const {buildChannel} = await import('#onchain/plutus/build-channel');
	const networkId = networkIdOf(network.magic) === 'mainnet' ? 1 : 0;
	const params = {networkId, windowMs: WINDOW_SLOTS * network.slotLengthMs};
	return {network, params, channel: buildChannel(crypto, params)};
};

export type OpenedChannel = {
	readonly channelId: Hash32;
	/** POSIX milliseconds. */
	readonly expiryMs: number;
	readonly transaction: ExecutedTransaction;
};

export type NewChannel = {
	/** Signs vouchers. */
	readonly payerVk: Uint8Array;
	/** Payment key hash. */
	readonly payee: Hash28;
	readonly lane: number;
	readonly deposit: Lovelace;
	readonly expiryMs: number;
};

type Options = {readonly signal?: AbortSignal};

/**
 * What one wallet can do with payment channels on Cardano: as funder open, top up, close and refund, as payee settle and end.
 * Fails as the verbs of `CardanoContracts` do, and with CHANNEL_UNKNOWN and what the plans say.
 */
export type ChannelContracts = {
	/** Throws CHANNEL_UNKNOWN. */
	read(id: Hash32, options?: Options): Promise<CardanoChannel>;
	open(request: NewChannel, options?: Options): Promise<OpenedChannel>;
	topUp(id: Hash32, amount: Lovelace, options?: Options): Promise<ExecutedTransaction>;
	settle(voucher: Voucher, options?: Options): Promise<ExecutedTransaction>;
	/** By the payee, with its last voucher if there is one. */
	end(id: Hash32, voucher: Voucher | null, options?: Options): Promise<ExecutedTransaction>;
	/** By the funder: the window begins. */
	close(id: Hash32, options?: Options): Promise<ExecutedTransaction>;
	/** By the funder, once the channel is over. */
	refund(id: Hash32, options?: Options): Promise<ExecutedTransaction>;
};

class LucidChannels implements ChannelContracts {
	readonly #crypto: Crypto & SecretCrypto;
	readonly #access: CardanoAccess | WatchedAccess;
	readonly #deployment: ChannelDeployment;
	readonly #kupo: KupoClient;
	readonly #runner: PlanRunner;

	constructor(
		crypto: Crypto & SecretCrypto,
		access: CardanoAccess | WatchedAccess,
		deployment: ChannelDeployment,
		options: WalletOptions,
	) {
		this.#crypto = crypto;
		this.#access = access;
		this.#deployment = deployment;
		this.#kupo = openCardanoIndex(access.kupoUrl);
		this.#runner = new PlanRunner(access, options);
	}

	async read(id: Hash32, {signal}: Options = {}): Promise<CardanoChannel> {
		const unit = `${toHex(this.#deployment.channel.hash)}.${toHex(id)}`;
		const [match] = await this.#kupo.matches(unit, 'unspent&resolve_hashes', signal);
		const datum = match?.datum === undefined ? undefined : channelDatum.decode(match.datum);
		if (match === undefined || !datum?.ok)
			throw new NodeError({
				code: 'CHANNEL_UNKNOWN',
				message: `No channel ${toHex(id)} is open on this Cardano network.`,
				channelId: toHex(id),
			});
		const {txId, index, lovelace} = match;
		return {id, ref: {txId, index}, lovelace, datum: datum.value};
	}

	async open(request: NewChannel, options: Options = {}): Promise<OpenedChannel> {
		const {address, keyHash: funder} = walletOf(this.#crypto, this.#access);
		let channelId: Hash32 | undefined;
		const {deposit, payee, payerVk, lane} = request;
		const plan = async (): Promise<TransactionPlan> => {
			const seed = await walletOutput(this.#access, address, options.signal);
			channelId = cardanoChannelId(this.#crypto, this.#deployment, {...request, seed});
			return openChannelPlan(this.#crypto, this.#deployment, {...request, seed, funder});
		};
		// The end is counted from now, so it is another one each time.
		const purpose = `channel ${lane} of ${deposit} lovelace for ${toHex(payee)} by vouchers of ${toHex(payerVk)}`;
		const transaction = await this.#runner.run(purpose, plan, options);
		if (channelId === undefined) throw resumedFailure(transaction);
		return {channelId, expiryMs: request.expiryMs, transaction};
	}

	topUp(id: Hash32, amount: Lovelace, options: Options = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(
			`top-up of channel ${toHex(id)} by ${amount} lovelace`,
			async () => topUpChannelPlan(this.#deployment, await this.read(id, options), {amount}),
			options,
		);
	}

	settle(voucher: Voucher, options: Options = {}): Promise<ExecutedTransaction> {
		const purpose = `settlement of channel ${toHex(voucher.channelId)} up to ${voucher.cumulative} lovelace`;
		return this.#runner.run(
			purpose,
			async () => {
				const channel = await this.read(voucher.channelId, options);
				const toMs = await this.#until(channel, options);
				return planned(settleChannelPlan(this.#crypto, this.#deployment, channel, {voucher, toMs}));
			},
			options,
		);
	}

	end(id: Hash32, voucher: Voucher | null, options: Options = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(
			`end of channel ${toHex(id)}`,
			async () => {
				const channel = await this.read(id, options);
				const toMs = voucher === null ? 0 : await this.#until(channel, options);
				return planned(endChannelPlan(this.#crypto, this.#deployment, channel, {voucher, toMs}));
			},
			options,
		);
	}

	close(id: Hash32, options: Options = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(
			`close of channel ${toHex(id)}`,
			async () => {
				const channel = await this.read(id, options);
				const {network, params} = this.#deployment;
				const slot = await this.#slot(options);
				const range = rangeFrom(network, slot, {phaseMs: params.windowMs}) ?? {fromMs: 0, toMs: 0};
				return planned(closeChannelPlan(this.#deployment, channel, range));
			},
			options,
		);
	}

	refund(id: Hash32, options: Options = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(
			`refund of channel ${toHex(id)}`,
			async () => refundChannelPlan(this.#deployment, await this.read(id, options)),
			options,
		);
	}

	async #slot({signal}: Options): Promise<number> {
		return (await this.#kupo.checkpoint(undefined, signal))?.slot ?? 0;
	}

	/** Until when a transaction with a voucher is valid: soon, and before the channel's end. */
	async #until({datum}: CardanoChannel, options: Options): Promise<number> {
		const {network, params} = this.#deployment;
		const slot = await this.#slot(options);
		const lastMs = channelEndMs(datum);
		// After the end there is no such time: the plan says so.
		return rangeFrom(network, slot, {phaseMs: params.windowMs, lastMs})?.toMs ?? slotStart(network, slot + 1);
	}
}

/** Works channels with a wallet; with `deliver` its transactions are handed over instead of submitted. */
export const createChannelContracts = (
	crypto: Crypto & SecretCrypto,
	access: CardanoAccess | WatchedAccess,
	deployment: ChannelDeployment,
	options: WalletOptions = {},
): ChannelContracts => new LucidChannels(crypto, access, deployment, options);
