import type {Command} from 'commander';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {answers, type Verb} from '../answer.ts';
import {ada} from '../format.ts';
import {withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {parseAmount} from '../wallet.ts';
import {openChannel} from './channel-open.ts';
import {pay, settle} from './channel-pay.ts';
import {findChannelView, listChannels, showChannel} from './channel-views.ts';

const topUp: Verb = ([id = ''], options, signal) =>
	send(options, signal, async ({node}) => {
		const channel = await findChannelView(node, id, signal);
		const amount = parseAmount(textOption(options, 'amount'));
		return {
			action: {kind: 'channel-top-up', channelId: Hash32(fromHex(channel.id)), amount},
			say: `${ada(amount)} more in the channel ${channel.id}`,
		};
	});

/** By whoever opened it or is paid; of a channel that is over, by anyone: the rest goes back. */
const close: Verb = ([id = ''], options, signal) =>
	send(options, signal, async ({node}) => {
		const channel = await findChannelView(node, id, signal);
		const channelId = Hash32(fromHex(channel.id));
		if (channel.status === 'ended')
			return {action: {kind: 'channel-refund', channelId}, say: `the rest of ${channel.id} goes back`};
		return {action: {kind: 'channel-close', channelId}, say: `the channel ${channel.id} closes`};
	});

const withId = (command: Command): Command => command.argument('<id>', 'id of the channel, or how it begins');

const registerPayer = (noun: Command): void => {
	answers(
		withSender(noun.command('open').description('put credits aside for a payee, to be paid by voucher'))
			.requiredOption('--payee <account>', 'id or key file of the account that is paid')
			.requiredOption('--deposit <amount>', 'lovelace (2500000) or ADA (2.5)')
			.option('--epochs <n>', 'how long the payee can settle', '30')
			.option('--lane <n>', 'tells channels with one payee apart', '0')
			.option('--payer <file>', 'verification key that signs vouchers, when that is not --key'),
		openChannel,
	);
	answers(
		withId(withSender(noun.command('top-up').description('add to the deposit'))).requiredOption(
			'--amount <amount>',
			'lovelace or ADA',
		),
		topUp,
	);
	answers(
		withId(withNode(noun.command('pay').description('sign a voucher; nothing is sent anywhere')))
			.requiredOption('--key <file>', "signing key of the channel's payer")
			.requiredOption('--total <amount>', 'all that is paid on the channel so far, this voucher included')
			.option('--out <file>', 'write the voucher there instead of printing it'),
		pay,
	);
};

export const register = (noun: Command): void => {
	registerPayer(noun);
	answers(
		withNode(noun.command('list').description('channels and what is left in them'))
			.option('--funder <account>', 'only those that this account opened')
			.option('--payee <account>', 'only those that pay this account'),
		listChannels,
	);
	answers(withId(withNode(noun.command('show').description('one channel'))), showChannel);
	answers(
		withSender(noun.command('settle').description('have a voucher paid out to the payee')).argument(
			'<voucher>',
			'what "dcloud channel pay" printed, or its file',
		),
		settle,
	);
	answers(
		withId(
			withSender(
				noun
					.command('close')
					.description(
						'payee: at once; whoever opened it: after the dispute window; when it is over: anyone',
					),
			),
		),
		close,
	);
};
