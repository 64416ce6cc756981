import test from 'ava';
import {costOf} from '#crypto/vouchers/voucher-step';
import {NodeError} from '#kernel/node-error';
import {channelsOf} from '#ledger/queries';
import {payingTransport} from '#node/services/storage-client/paying-transport';
import {decodeReply, encodeRequest} from '#transport/protocols/messages';
import type {Session, Transport} from '#transport/transport';
import {crypto} from '../../../support/crypto.ts';
import {type ada, bob} from '../../../support/ledger-genesis.ts';
import {openShop, payer, price, type Shop} from '../support/paid-provider.ts';

type Purse = {readonly priceMax?: bigint; readonly hasChannel?: boolean};

/** Bob's transport, which pays with the key of the channel. */
const payingIn = ({world}: Shop, {priceMax = price, hasChannel = true}: Purse = {}): Transport =>
	payingTransport(
		world.network.transport(bob.verificationKey),
		{
			crypto,
			genesisHash: world.ledger.env.genesisHash,
			channelTo: async () => {
				const [channel] = channelsOf(world.ledger.state, {});
				return channel && hasChannel ? {...channel, settled: channel.paid} : undefined;
			},
		},
		{payerSeed: payer.seed, priceMax},
	);

const dial = ({provider}: Shop, transport: Transport): Promise<Session> =>
	transport.connect({endpoint: provider.service.endpoint, key: provider.operator.verificationKey});

const fetched = async ({get}: Shop, session: Session, length: number): Promise<Uint8Array | string> => {
	const response = await session.request({head: encodeRequest(get(length))}, {bodyBytesMax: length});
	const reply = decodeReply(response.head);
	if (!reply.ok) return reply.error.code;
	return reply.value.kind === 'refused' ? reply.value.reason : response.body;
};

const paidIn = ({watchtower, channelId}: Shop): bigint => watchtower.newest(channelId)?.cumulative ?? 0n;

test('a download larger than any step comes whole, and is paid to the byte', async t => {
	const shop = await openShop();
	const session = await dial(shop, payingIn(shop));
	const bytes = await fetched(shop, session, 1_000_000);
	t.true(typeof bytes !== 'string' && Buffer.compare(bytes, shop.piece.bytes) === 0);
	t.is(paidIn(shop), costOf(1_000_000, price));
	session.close();
	await shop.stop();
});

test('reads at the same time are all served and all paid', async t => {
	const shop = await openShop();
	const session = await dial(shop, payingIn(shop));
	const lengths = [300_000, 1, 700_000, 0, 250_000];
	const all = await Promise.all(lengths.map(length => fetched(shop, session, length)));
	t.deepEqual(
		all.map(bytes => bytes.length),
		lengths,
	);
	t.is(paidIn(shop), costOf(1_250_001, price));
	session.close();
	await shop.stop();
});

test('a payer that forgot everything goes on where it was, and pays the step that it owed', async t => {
	const shop = await openShop();
	const first = await dial(shop, payingIn(shop));
	await fetched(shop, first, 1_000_000);
	first.close();
	// What another program of the same payer took and did not pay.
	t.is(await shop.client.outcome(shop.get(200_000)), 'piece');
	const second = await dial(shop, payingIn(shop));
	const bytes = await fetched(shop, second, 1_000_000);
	t.is(bytes.length, 1_000_000);
	const owed = costOf(2_200_000, price);
	t.true(paidIn(shop) >= owed - 2n && paidIn(shop) <= owed + 2n, `${paidIn(shop)} of ${owed}`);
	second.close();
	await shop.stop();
});

test('pays no price above its own, and nothing without a channel', async t => {
	const shop = await openShop();
	const poor = await dial(shop, payingIn(shop, {hasChannel: false}));
	t.is(await fetched(shop, poor, 10), 'PAYMENT_NEEDED');
	const dear = await dial(shop, payingIn(shop, {priceMax: price - 1n}));
	const error = await t.throwsAsync(fetched(shop, dear, 10), {instanceOf: NodeError});
	t.like(error?.detail, {code: 'PAYMENT_PRICE_TOO_HIGH', price, priceMax: price - 1n});
	t.is(paidIn(shop), 0n);
	await shop.stop();
});

test('when the deposit is used up the provider’s refusal comes through', async t => {
	const shop = await openShop(costOf(600_000, price) as ReturnType<typeof ada>);
	const session = await dial(shop, payingIn(shop));
	t.is((await fetched(shop, session, 600_000)).length, 600_000);
	t.is(await fetched(shop, session, 300_000), 'PAYMENT_NEEDED');
	t.is(paidIn(shop), costOf(600_000, price));
	session.close();
	await shop.stop();
});
