/** What the owner of a share pays for its downloads with: capped channels whose vouchers the share's key signs. */
import {toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Slot} from '#kernel/slot';
import type {Action} from '#ledger/tx/action';
import type {ChannelView} from '#node/ports/control-api';
import {type ChainClient, hexField} from '../storage-client/chain-client.ts';
import {sendAll} from '../storage-client/send-all.ts';

type Call = {readonly signal?: AbortSignal};

/** One channel to each of these providers, each with `cap`; nobody can draw more than that from it. */
export const openShareChannels = async (
	chain: ChainClient,
	{
		providers,
		payerVk,
		cap,
		expiry,
	}: {
		/** In hexadecimal. */
		readonly providers: ReadonlySet<string>;
		readonly payerVk: Uint8Array;
		readonly cap: Lovelace;
		readonly expiry: Slot;
	},
	call: Call,
): Promise<number> => {
	const views = (await chain.control.providers(call)).filter(({id}) => providers.has(id));
	const payees = [...new Set(views.map(({payoutAccount}) => payoutAccount))];
	const actions = payees.map(
		(payee): Action => ({
			kind: 'channel-open',
			payerVk,
			payee: Hash28(hexField(payee, 'payout account', 28)),
			lane: 0,
			expiry,
			deposit: cap,
		}),
	);
	await sendAll(chain, actions, call);
	return actions.length;
};

/** Closes what a share can still draw on: providers settle what they have, the rest comes back. */
export const closeShareChannels = async (
	chain: ChainClient,
	channels: readonly ChannelView[],
	payerVk: Uint8Array,
	call: Call,
): Promise<number> => {
	const own = channels.filter(
		({funder, payerVk: vk, status}) =>
			funder === toHex(chain.account) && vk === toHex(payerVk) && status === 'open',
	);
	const actions = own.map(
		({id}): Action => ({kind: 'channel-close', channelId: Hash32(hexField(id, 'channel id', 32))}),
	);
	await sendAll(chain, actions, call);
	return actions.length;
};
