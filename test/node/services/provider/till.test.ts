import test from 'ava';
import {channelUseMessage} from '#crypto/vouchers/channel-use';
import {encodeVoucher, signVoucher} from '#crypto/vouchers/voucher';
import {costOf, STEP_BYTES_MIN} from '#crypto/vouchers/voucher-step';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {keyOf} from '#ledger/state/keys';
import type {PeerRequest} from '#transport/protocols/messages';
import {crypto} from '../../../support/crypto.ts';
import type {Party} from '../../../support/ledger-chain.ts';
import {ada, bob, carol} from '../../../support/ledger-genesis.ts';
import {openShop, payer, price, type Shop} from '../support/paid-provider.ts';
import {Peer} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const useOf = (
	{world, provider, channelId}: Shop,
	{signer = payer, downloader = bob}: {signer?: Party; downloader?: Party} = {},
): PeerRequest => {
	const {genesisHash} = world.ledger.env;
	const serverVk = provider.operator.verificationKey;
	const use = {genesisHash, channelId, downloaderVk: downloader.verificationKey, serverVk};
	return {
		kind: 'channel',
		channelId,
		signature: crypto.signEd25519(signer.seed, channelUseMessage(crypto, use)),
	};
};

const payment = ({channelId}: Shop, cumulative: bigint, signer: Party = payer): PeerRequest => ({
	kind: 'pay',
	voucher: encodeVoucher(signVoucher(crypto, signer.seed, {channelId, cumulative})),
});

test('serves one step before it is paid, and the next when the voucher for it has come', async t => {
	const shop = await openShop();
	const {client, get, watchtower, channelId} = shop;
	t.is(await client.outcome(get(1)), 'PAYMENT_NEEDED');
	const {reply} = await client.ask(useOf(shop));
	t.deepEqual(reply, {
		kind: 'till',
		price: Lovelace(price),
		paid: Lovelace(0n),
		owed: Lovelace(0n),
		allowance: STEP_BYTES_MIN,
		newest: new Uint8Array(0),
	});
	t.is(await client.outcome(get(STEP_BYTES_MIN + 1)), 'PAYMENT_NEEDED');
	const {body} = await client.ask(get(STEP_BYTES_MIN));
	t.is(body.length, STEP_BYTES_MIN);
	t.is(await client.outcome(get(1)), 'PAYMENT_NEEDED');
	const cost = costOf(STEP_BYTES_MIN, price);
	const {reply: paid} = await client.ask(payment(shop, cost));
	t.deepEqual(paid, {kind: 'paid', paid: Lovelace(cost), allowance: 393_216});
	t.is(watchtower.newest(channelId)?.cumulative, cost);
	t.is(await client.outcome(get(393_216)), 'piece');
	t.is(await client.outcome(get(1)), 'PAYMENT_NEEDED');
	await shop.stop();
});

test('a payer that connects again is no stranger: what it owes is still owed, and it is shown its voucher', async t => {
	const shop = await openShop();
	const {client, get, world, provider} = shop;
	await client.ask(useOf(shop));
	const cost = costOf(STEP_BYTES_MIN, price);
	await client.ask(get(STEP_BYTES_MIN));
	await client.ask(payment(shop, cost - 1n));
	const again = await Peer.dial(world, provider, bob);
	const {reply} = await again.ask(useOf(shop));
	t.like(reply, {kind: 'till', paid: Lovelace(cost - 1n), owed: Lovelace(cost)});
	const request = payment(shop, cost - 1n);
	t.deepEqual(
		reply.kind === 'till' && request.kind === 'pay' && reply.newest,
		request.kind === 'pay' && request.voucher,
	);
	await client.ask(payment(shop, cost));
	t.is(await again.outcome(get(393_216)), 'piece');
	t.is(await again.outcome(get(1)), 'PAYMENT_NEEDED');
	await shop.stop();
});

test('nobody is served on a channel without its payer’s word for just this peer', async t => {
	const shop = await openShop();
	const {client, world, provider, channelId} = shop;
	t.is(await client.outcome(useOf(shop, {signer: carol})), 'CHANNEL_USE_NOT_SIGNED');
	const thief = await Peer.dial(world, provider, carol);
	t.is(await thief.outcome(useOf(shop)), 'CHANNEL_USE_NOT_SIGNED');
	t.is(await thief.outcome(useOf(shop, {downloader: carol})), 'till');
	t.is(
		await client.outcome({kind: 'channel', channelId: hashless(channelId), signature: new Uint8Array(64)}),
		'CHANNEL_UNKNOWN',
	);
	await shop.stop();
});

const hashless = (id: Hash32): Hash32 => crypto.blake2b256(id);

test('takes no bad voucher, and serves nothing more on a channel that closes', async t => {
	const shop = await openShop();
	const {client, get, world, channelId} = shop;
	await client.ask(useOf(shop));
	t.is(await client.outcome(payment(shop, 5n, carol)), 'VOUCHER_SIGNATURE_INVALID');
	t.is(await client.outcome({kind: 'pay', voucher: new Uint8Array(108)}), 'VOUCHER_MALFORMED');
	t.is(await client.outcome(payment(shop, ada(2))), 'VOUCHER_OVER_DEPOSIT');
	t.is(await client.outcome(payment(shop, 50n)), 'paid');
	t.is(await client.outcome(payment(shop, 49n)), 'VOUCHER_STALE');
	t.is(await client.outcome(get(1000)), 'piece');
	world.ledger.send(bob, {kind: 'channel-close', channelId});
	t.is(await client.outcome(get(1000)), 'PAYMENT_NEEDED');
	await shop.stop();
});

test('serves no further than the deposit', async t => {
	const shop = await openShop(Lovelace(10n));
	const {client, get} = shop;
	await client.ask(useOf(shop));
	t.is(await client.outcome(get(40 * 1024 + 1)), 'PAYMENT_NEEDED');
	t.is(await client.outcome(get(40 * 1024)), 'piece');
	await shop.stop();
});

test('a provider without a till takes no payments and serves for nothing', async t => {
	const world = new StorageWorld();
	const provider = at(await world.addProviders(['east']), 0);
	const client = await Peer.dial(world, provider, bob);
	const voucher = new Uint8Array(108);
	t.is(await client.outcome({kind: 'pay', voucher}), 'PAYMENT_NOT_TAKEN');
	const channelId = crypto.blake2b256(voucher);
	const use = {kind: 'channel', channelId, signature: new Uint8Array(64)} as const;
	t.is(await client.outcome(use), 'PAYMENT_NOT_TAKEN');
	t.is(world.ledger.state.channels.get(keyOf(channelId)), undefined);
	await world.stop([provider]);
});
