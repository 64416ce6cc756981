/** Payment channels on the devnet: one is topped up, settled, closed and ended by its payee; of another the rest goes back. */
import {signVoucher} from '#crypto/vouchers/voucher';
import {defined} from '#kernel/assert';
import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {walletOutput} from '#node/adapters/lucid/deploy-contracts';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {ChannelDeployment} from '#onchain/channel-deployment';
import {channelDatum} from '#onchain/data/channel-data';
import {
	type CardanoChannel,
	cardanoChannelId,
	closeChannelPlan,
	endChannelPlan,
	openChannelPlan,
	publishChannelPlan,
	refundChannelPlan,
	settleChannelPlan,
	topUpChannelPlan,
} from '#onchain/plans/channel-plans';
import {slotStart} from '#onchain/plans/time-range';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {buildChannel} from '#onchain/plutus/build-channel';
import type {BondLife} from './bond-devnet.ts';
import {type ContractDevnet, passSlots, slotNow} from './contract-devnet.ts';
import {crypto} from './crypto.ts';
import {must} from './must.ts';

const ADA = 1_000_000n;
const DAY_MS = 86_400_000;
const PAYER_SEED = new Uint8Array(32).fill(0x71);

/** All transactions of channels, once. `payeeSeed` is that of another wallet of the devnet. */
export const liveChannels = async (
	devnet: ContractDevnet,
	payeeSeed: Uint8Array,
): Promise<readonly BondLife[]> => {
	const {url, deployment, execute, contracts, walletOf} = devnet;
	const {network} = deployment;
	const life: BondLife[] = [];
	const step = async (name: string, running: Promise<ExecutedTransaction>): Promise<ExecutedTransaction> => {
		const transaction = await running;
		life.push({step: name, transaction});
		return transaction;
	};
	const params = {networkId: 0, windowMs: DAY_MS};
	const compiled: ChannelDeployment = {network, params, channel: buildChannel(crypto, params)};
	const published = await step('publish-channel', execute(publishChannelPlan(compiled)));
	const reference = {txId: published.txId, index: 0};
	const channels: ChannelDeployment = {...compiled, channel: {...compiled.channel, reference}};
	const payee = await walletOf(payeeSeed);
	const now = async (): Promise<number> => slotStart(network, await slotNow(url));
	const soon = async (): Promise<number> => (await now()) + 3 * network.slotLengthMs;

	/** The channel as a transaction leaves it in its first output. */
	const after = (
		id: CardanoChannel['id'],
		plan: TransactionPlan,
		{txId}: ExecutedTransaction,
	): CardanoChannel => {
		const {lovelace, datum} = defined(plan.outputs[0], 'the channel goes on');
		const read = must(channelDatum.fromData(defined(datum, 'a channel has a datum')));
		return {id, ref: {txId, index: 0}, lovelace, datum: read};
	};
	const open = async (name: string, expiryMs: number): Promise<CardanoChannel> => {
		const seed = await walletOutput({kupoUrl: url}, contracts.wallet.address);
		const request = {
			seed,
			funder: contracts.wallet.keyHash,
			payerVk: crypto.ed25519VerificationKey(PAYER_SEED),
			payee: payee.contracts.wallet.keyHash as Hash28,
			lane: 0,
			expiryMs,
			deposit: Lovelace(40n * ADA),
		};
		const plan = openChannelPlan(crypto, channels, request);
		return after(cardanoChannelId(crypto, channels, request), plan, await step(name, execute(plan)));
	};
	const voucherOf = ({id: channelId}: CardanoChannel, cumulative: bigint) =>
		signVoucher(crypto, PAYER_SEED, {channelId, cumulative});

	const start = await now();
	const used = await open('open-channel', start + 30 * DAY_MS);
	const unused = await open('open-another-channel', start + DAY_MS);
	const topUp = topUpChannelPlan(channels, used, {amount: Lovelace(10n * ADA)});
	const topped = after(used.id, topUp, await step('top-up-channel', execute(topUp)));
	const settle = must(
		settleChannelPlan(crypto, channels, topped, {voucher: voucherOf(topped, 20n * ADA), toMs: await soon()}),
	);
	const settled = after(used.id, settle, await step('settle-channel', payee.execute(settle)));
	const range = {fromMs: await now(), toMs: await soon()};
	const close = must(closeChannelPlan(channels, settled, range));
	const closing = after(used.id, close, await step('close-channel', execute(close)));
	const end = must(
		endChannelPlan(crypto, channels, closing, {voucher: voucherOf(closing, 35n * ADA), toMs: await soon()}),
	);
	await step('end-channel', payee.execute(end));
	await passSlots(url, Math.ceil((2 * DAY_MS) / network.slotLengthMs));
	await step('refund-channel', execute(refundChannelPlan(channels, unused)));
	return life;
};
