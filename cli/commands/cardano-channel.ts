import type {Command} from 'commander';
import type {Voucher} from '#crypto/vouchers/voucher';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {
	type ChannelContracts,
	channelDeployment,
	createChannelContracts,
} from '#node/adapters/lucid/channel-contracts';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {findDerivedKey} from '#node/adapters/payment-key';
import {readKeyFile} from '#node/adapters/text-envelope';
import {channelEndMs} from '#onchain/plans/channel-plans';
import {accountOf} from '../account-id.ts';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {
	openKupo,
	orResumed,
	walletAccount,
	walletKey,
	walletOptions,
	walletVerificationKey,
	withCardano,
} from '../cardano-access.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {facts} from '../table.ts';
import {parseAmount, parseId} from '../wallet.ts';
import {readVoucher} from './channel-pay.ts';

const HOUR_MS = 3_600_000;
const HOURS_MAX = 1_000_000;
const LANE_MAX = 2 ** 32 - 1;

const open = async (options: Options): Promise<ChannelContracts> => {
	const crypto = await createNativeCrypto();
	const {kupoUrl, deployment} = await openKupo(options);
	const {network} = deployment;
	const {ogmiosUrl = kupoUrl} = options as {readonly ogmiosUrl?: string};
	const place = {kupoUrl, ogmiosUrl: ogmiosUrl.replace(/\/$/, ''), network};
	const access = {...place, walletKey: await walletKey(options)};
	const wallet = walletOptions(options, network.magic);
	return createChannelContracts(crypto, access, await channelDeployment(crypto, network), wallet);
};

const channelIdFrom = (text: string | undefined): Hash32 => Hash32(parseId(text ?? '', 32, 'A channel id'));

const done = (id: Hash32, transaction: ExecutedTransaction, what: string): Answer => {
	const {txId, fee} = transaction;
	return orResumed(transaction, {
		data: {channelId: toHex(id), txId, fee},
		text: `${what}: transaction ${toHex(txId)}, fee ${ada(fee)}`,
	});
};

/** A wallet's own key signs on Cardano only, no vouchers. */
const voucherKey = async (wallet: string): Promise<Uint8Array> => {
	if ((await findDerivedKey(wallet)) === undefined) return walletVerificationKey(wallet);
	throw new NodeError({
		code: 'ACCOUNT_NOT_NAMED',
		message:
			'A key that a wallet has derived from its words signs no vouchers: give with --payer the verification key that does.',
	});
};

export const openCardanoChannel: Verb = async (_words, options, signal) => {
	const hours = countOption(options, 'hours', HOURS_MAX) ?? 0;
	const {payer} = options;
	const deposit = parseAmount(textOption(options, 'deposit'));
	const request = {
		payerVk:
			typeof payer === 'string'
				? await readKeyFile(payer, 'PaymentVerificationKeyShelley_ed25519')
				: await voucherKey(textOption(options, 'wallet')),
		payee: Hash28(fromHex(await accountOf(textOption(options, 'payee')))),
		lane: countOption(options, 'lane', LANE_MAX) ?? 0,
		deposit,
		expiryMs: Date.now() + hours * HOUR_MS,
	};
	const {channelId, expiryMs, transaction} = await (await open(options)).open(request, {signal});
	const until = new Date(expiryMs).toISOString();
	const answer = done(
		channelId,
		transaction,
		`channel ${toHex(channelId)} holds ${ada(deposit)} until ${until}`,
	);
	return {...answer, data: {...(answer.data as object), expiryMs}};
};

export const showCardanoChannel: Verb = async ([id], options, signal) => {
	const {datum, lovelace} = await (await open(options)).read(channelIdFrom(id), {signal});
	const {funder, payee, payerVk, paid, closesAtMs} = datum;
	const endsAt = new Date(channelEndMs(datum)).toISOString();
	return {
		data: {funder, payee, payerVk, paid, lovelace, closing: closesAtMs !== 0, endsAt},
		text: facts([
			['opened by', `${toHex(funder)}, who gets the rest`],
			['paid to', toHex(payee)],
			['vouchers by', `the key ${toHex(payerVk)}`],
			['settled', ada(paid)],
			['left', ada(lovelace)],
			['status', closesAtMs === 0 ? 'open' : 'closing'],
			['ends', endsAt],
		]),
	};
};

export const topUpCardanoChannel: Verb = async ([id], options, signal) => {
	const channelId = channelIdFrom(id);
	const amount = parseAmount(textOption(options, 'amount'));
	const transaction = await (await open(options)).topUp(channelId, amount, {signal});
	return done(channelId, transaction, `${ada(amount)} more in the channel`);
};

export const settleCardanoChannel: Verb = async ([given = ''], options, signal) => {
	const voucher = await readVoucher(given);
	const transaction = await (await open(options)).settle(voucher, {signal});
	return done(voucher.channelId, transaction, `${ada(voucher.cumulative)} in all settled`);
};

const ofChannel = (voucher: Voucher, id: Hash32): Voucher => {
	if (toHex(voucher.channelId) === toHex(id)) return voucher;
	throw new NodeError({
		code: 'VOUCHER_CHANNEL_WRONG',
		message: `The voucher is for the channel ${toHex(voucher.channelId)}.`,
	});
};

/** By the payee: at once, with its last voucher; by the funder: after the window, or when the channel is over. */
export const closeCardanoChannel: Verb = async ([id], options, signal) => {
	const channelId = channelIdFrom(id);
	const channels = await open(options);
	const {datum} = await channels.read(channelId, {signal});
	const crypto = await createNativeCrypto();
	const keyHash = crypto.blake2b224(
		await walletVerificationKey(textOption(options, 'wallet'), walletAccount(options)),
	);
	if (toHex(keyHash) === toHex(datum.payee)) {
		const {voucher: given} = options;
		const voucher = typeof given === 'string' ? ofChannel(await readVoucher(given), channelId) : null;
		return done(channelId, await channels.end(channelId, voucher, {signal}), 'the channel is over');
	}
	if (channelEndMs(datum) <= Date.now())
		return done(channelId, await channels.refund(channelId, {signal}), 'what was left is back');
	return done(
		channelId,
		await channels.close(channelId, {signal}),
		'the channel closes; its payee can still settle',
	);
};

const withId = (command: Command): Command => command.argument('<id>', 'id of the channel');

/** Payment channels in ADA, beside those in credits of `dcloud channel`. */
export const registerChannels = (noun: Command): void => {
	answers(
		withCardano(noun.command('channel-open').description('put ADA aside for a payee, to be paid by voucher'))
			.requiredOption('--payee <account>', "key hash or key file of the payee's wallet")
			.requiredOption('--deposit <amount>', 'lovelace (25000000) or ADA (25ADA)')
			.option('--hours <n>', 'how long the payee can settle', '720')
			.option('--lane <n>', 'tells channels with one payee apart', '0')
			.option('--payer <file>', 'verification key that signs vouchers, when that is not --wallet'),
		openCardanoChannel,
	);
	answers(
		withId(withCardano(noun.command('channel-show').description('one channel in ADA'))),
		showCardanoChannel,
	);
	answers(
		withId(withCardano(noun.command('channel-top-up').description('add to the deposit'))).requiredOption(
			'--amount <amount>',
			'lovelace or ADA',
		),
		topUpCardanoChannel,
	);
	answers(
		withCardano(noun.command('channel-settle').description('payee: take what a voucher says')).argument(
			'<voucher>',
			'216 digits, or a file with them',
		),
		settleCardanoChannel,
	);
	answers(
		withId(
			withCardano(
				noun
					.command('channel-close')
					.description('payee: at once; whoever opened it: after the dispute window, then once more'),
			),
		).option('--voucher <voucher>', 'the last one, when the payee closes'),
		closeCardanoChannel,
	);
};
