import {NodeError} from '#kernel/node-error';
import type {ChannelView, ControlClient} from '#node/ports/control-api';
import {accountOf} from '../account-id.ts';
import type {Answer, Options, Verb} from '../answer.ts';
import {ada, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

/** The channel whose id begins so. Throws CHANNEL_UNKNOWN, CHANNEL_AMBIGUOUS. */
export const findChannelView = async (
	node: ControlClient,
	id: string,
	signal: AbortSignal,
): Promise<ChannelView> => {
	const wanted = id.toLowerCase();
	const matching = (await node.channels({}, {signal})).filter(channel => channel.id.startsWith(wanted));
	const [channel] = matching;
	if (channel !== undefined && matching.length === 1) return channel;
	throw new NodeError({
		code: channel === undefined ? 'CHANNEL_UNKNOWN' : 'CHANNEL_AMBIGUOUS',
		message: `${matching.length} channels have an id that starts with ${id}: "dcloud channel list" shows them.`,
	});
};

const partyOption = async (options: Options, name: 'funder' | 'payee'): Promise<Record<string, string>> => {
	const who = options[name];
	return typeof who === 'string' ? {[name]: await accountOf(who)} : {};
};

export const listChannels: Verb = async (_words, options, signal): Promise<Answer> => {
	const filter = {...(await partyOption(options, 'funder')), ...(await partyOption(options, 'payee'))};
	const channels = await (await openNode(options)).channels(filter, {signal});
	const rows = channels.map(channel => [
		short(channel.id),
		short(channel.funder),
		short(channel.payee),
		String(channel.lane),
		channel.status,
		ada(BigInt(channel.paid)),
		ada(BigInt(channel.deposit)),
		String(channel.endsAtSlot),
	]);
	return {
		data: channels,
		text: table(['channel', 'funder', 'payee', '>lane', 'status', '>settled', '>of', '>ends at slot'], rows),
	};
};

export const showChannel: Verb = async ([id = ''], options, signal): Promise<Answer> => {
	const channel = await findChannelView(await openNode(options), id, signal);
	return {
		data: channel,
		text: facts([
			['channel', channel.id],
			['status', channel.status],
			['opened by', `${channel.funder}, who gets the rest`],
			['paid to', channel.payee],
			['vouchers by', `the key ${channel.payerVk}`],
			['lane', String(channel.lane)],
			['deposit', ada(BigInt(channel.deposit))],
			['settled', ada(BigInt(channel.paid))],
			['rest', ada(BigInt(channel.rest))],
			['ends at slot', String(channel.endsAtSlot)],
		]),
	};
};
