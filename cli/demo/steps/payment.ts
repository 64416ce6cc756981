/** Part of step 8: a provider that charges for downloads is paid by voucher, over a channel, and settles. */

import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {ledgerChannelId} from '#ledger/channels/channel';
import {encodeTransaction, signedTransaction} from '#ledger/tx/transaction';
import {EGRESS_PRICE, PAID_PROVIDER} from '../../devnet/layout.ts';
import {ada, short} from '../../format.ts';
import {draftTransaction, submitAction, submitWire, waitForTransaction, witnessOf} from '../../wallet.ts';
import {check, type NetworkStage} from '../stage.ts';

const DEPOSIT = Lovelace(5_000_000n);
const EPOCHS = 10;
const SETTLED_MS_MAX = 150_000;

/** The customer puts a deposit aside for the provider that charges. Returns the channel's id in hexadecimal. */
export const openPaymentChannel = async (stage: NetworkStage): Promise<string> => {
	const {account, network, people, relay, signal} = stage;
	const payee = people.providers.find(({name}) => name === PAID_PROVIDER)?.owner;
	check(payee !== undefined, 'there is a provider that charges');
	const {customer} = people;
	const {currentSlot} = await relay.client.status();
	const terms = {
		payerVk: customer.verificationKey,
		payee: payee.account,
		lane: 0,
		expiry: Slot(currentSlot + EPOCHS * network.genesis.epochLength),
	};
	const unsigned = await draftTransaction(relay.client, network, {
		sender: customer.account,
		action: {kind: 'channel-open', ...terms, deposit: DEPOSIT},
		witnesses: 1,
	});
	const channelId = toHex(ledgerChannelId(network, unsigned.body.sequence, terms));
	const signed = signedTransaction(unsigned, [await witnessOf(unsigned.id, customer.seed)]);
	const txId = await submitWire(relay.client, encodeTransaction(signed));
	const {blockNo} = await waitForTransaction(relay.client, txId, {signal});
	account.tell(
		'channel',
		`${PAID_PROVIDER} charges ${EGRESS_PRICE} for a GiB that is downloaded: the customer opens channel ${short(channelId)} with ${ada(DEPOSIT)} in block ${blockNo}`,
		{channelId, deposit: DEPOSIT, blockNo},
	);
	return channelId;
};

/** The customer closes; the provider's watchtower settles the newest voucher within the dispute window. */
export const closePaymentChannel = async (stage: NetworkStage, channelId: string): Promise<void> => {
	const {account, network, people, relay, events, signal} = stage;
	const action = {kind: 'channel-close', channelId: Hash32(fromHex(channelId))} as const;
	const txId = await submitAction(relay.client, network, {sender: people.customer.seed, action});
	await waitForTransaction(relay.client, txId, {signal});
	const settled = await events.waitFor(
		'the settlement of the newest voucher',
		({event}) => event.kind === 'channel-settled' && event['channelId'] === channelId,
		SETTLED_MS_MAX,
	);
	const paid = BigInt(String(settled.event['amount']));
	account.tell(
		'settled',
		`the customer closes the channel; ${PAID_PROVIDER}'s watchtower settles its newest voucher in block ${settled.blockNo}: ${ada(paid)} for what it sent`,
		{...settled.event, blockNo: settled.blockNo},
	);
	check(paid > 0n && paid < DEPOSIT, 'the provider was paid for what it sent, and no more');
	stage.figures.push(['paid by voucher', `${ada(paid)} to ${PAID_PROVIDER}`]);
};
