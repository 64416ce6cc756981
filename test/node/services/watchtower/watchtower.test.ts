import test from 'ava';
import {signVoucher, type Voucher} from '#crypto/vouchers/voucher';
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {channelOf} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import type {VoucherJournal} from '#node/ports/voucher-journal';
import {startWatchtower, type Watchtower} from '#node/services/watchtower/watchtower';
import {crypto} from '../../../support/crypto.ts';
import {type Party, party} from '../../../support/ledger-chain.ts';
import {ada, alice, bob, carol, dave} from '../../../support/ledger-genesis.ts';
import {createMemoryVoucherJournal} from '../../../support/memory-voucher-journal.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {StorageWorld, settled} from '../support/storage-world.ts';

const payer = party('payer');

/** Watches for bob, who is paid; carol's account pays the fees. */
const watch = (world: StorageWorld, journal: VoucherJournal, sender: Party = carol): Watchtower =>
	startWatchtower(
		{
			chain: {
				...world.chain,
				nextSequence: account =>
					(world.ledger.state.accounts.get(keyOf(account))?.sequence ?? 0) +
					world.mempool.filter(({body}) => body.sender !== null && keyOf(body.sender) === keyOf(account))
						.length,
			},
			journal,
			crypto,
			log: silentLog,
		},
		{seed: sender.seed, payee: () => bob.account},
	);

const openChannel = (world: StorageWorld, payee: Party = bob, expiry = 700): Hash32 => {
	world.ledger.send(alice, {
		kind: 'channel-open',
		payerVk: payer.verificationKey,
		payee: payee.account,
		lane: 0,
		expiry: Slot(expiry),
		deposit: ada(10),
	});
	return defined(world.ledger.eventsOf('channel-opened').at(-1), 'opened').channelId;
};

const voucherOf = (channelId: Hash32, cumulative: bigint, signer: Party = payer): Voucher =>
	signVoucher(crypto, signer.seed, {channelId, cumulative});

const paidOf = (world: StorageWorld, channelId: Hash32): bigint | undefined =>
	channelOf(world.ledger.state, channelId)?.paid;

/** A voucher that is too small to be settled before it has to be. */
const SMALL = 400_000n;

test('settles the newest voucher when the funder closes, before the dispute window ends', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const watchtower = watch(world, createMemoryVoucherJournal());
	t.true((await watchtower.take(voucherOf(channelId, SMALL - 1n))).ok);
	t.true((await watchtower.take(voucherOf(channelId, SMALL))).ok);
	await world.advanceTo(Slot(50));
	t.is(paidOf(world, channelId), 0n, 'there is no hurry');
	world.ledger.send(alice, {kind: 'channel-close', channelId});
	await world.changed();
	await world.forge();
	t.is(paidOf(world, channelId), SMALL);
	t.is(world.balance(bob) - ada(1_000_000), SMALL);
	t.deepEqual(world.refused, []);
	await watchtower.stop();
});

test('settles at once what is much, and what is left near the end of a channel', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const watchtower = watch(world, createMemoryVoucherJournal());
	await watchtower.take(voucherOf(channelId, 2_000_000n));
	await settled();
	await world.forge();
	t.is(paidOf(world, channelId), 2_000_000n);
	await watchtower.take(voucherOf(channelId, 2_000_000n + SMALL));
	await world.advanceTo(Slot(645));
	t.is(paidOf(world, channelId), 2_000_000n);
	await world.advanceTo(Slot(655));
	t.is(paidOf(world, channelId), 2_000_000n + SMALL);
	t.is(world.ledger.eventsOf('channel-settled').length, 2, 'and pays no fee twice');
	await watchtower.stop();
});

test('a watchtower that starts again settles what its journal kept', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const journal = createMemoryVoucherJournal();
	const first = watch(world, journal);
	await first.take(voucherOf(channelId, SMALL));
	await first.stop();
	world.ledger.send(alice, {kind: 'channel-close', channelId});
	const second = watch(world, journal);
	await settled();
	await world.forge();
	t.is(paidOf(world, channelId), SMALL);
	await second.stop();
});

test('settles again when a rollback took the settlement away', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const watchtower = watch(world, createMemoryVoucherJournal());
	await watchtower.take(voucherOf(channelId, 3_000_000n));
	await settled();
	await world.forge();
	t.is(paidOf(world, channelId), 3_000_000n);
	await world.rollback(1);
	world.mempool = [];
	await world.advanceTo(Slot(world.ledger.slot + 14));
	t.is(paidOf(world, channelId), 3_000_000n);
	await watchtower.stop();
});

test('keeps trying while its account cannot pay the fee, and forgets channels that are gone for good', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const journal = createMemoryVoucherJournal();
	const poor = party('poor');
	const watchtower = watch(world, journal, poor);
	await watchtower.take(voucherOf(channelId, 3_000_000n));
	await settled();
	await world.forge();
	t.deepEqual(world.refused, ['TX_SENDER_UNKNOWN']);
	world.ledger.send(dave, {kind: 'transfer', to: poor.account, amount: ada(1)});
	await world.advanceTo(Slot(world.ledger.slot + 14));
	t.is(paidOf(world, channelId), 3_000_000n);
	world.ledger.send(bob, {kind: 'channel-close', channelId});
	await world.changed();
	t.is(journal.all().length, 1);
	await world.advanceTo(Slot(world.ledger.slot + 40));
	t.is(journal.all().length, 0);
	await watchtower.stop();
});

test('takes no voucher that is forged, stale, too large, for somebody else, or of no channel', async t => {
	const world = new StorageWorld();
	const channelId = openChannel(world);
	const journal = createMemoryVoucherJournal();
	const watchtower = watch(world, journal);
	const refusal = async (voucher: Voucher): Promise<unknown> => {
		const taken = await watchtower.take(voucher);
		return taken.ok ? undefined : taken.error;
	};
	t.is(await refusal(voucherOf(channelId, 100n)), undefined);
	t.like((await refusal(voucherOf(channelId, 200n, carol))) as object, {code: 'VOUCHER_SIGNATURE_INVALID'});
	t.like((await refusal(voucherOf(channelId, 99n))) as object, {code: 'VOUCHER_STALE', paid: 100n});
	t.like((await refusal(voucherOf(channelId, 10_000_001n))) as object, {code: 'VOUCHER_OVER_DEPOSIT'});
	const others = openChannel(world, dave);
	t.deepEqual(await refusal(voucherOf(others, 5n)), {
		code: 'CHANNEL_PAYEE_WRONG',
		channelId: others,
		payee: dave.account,
	});
	const none = crypto.blake2b256(channelId);
	t.deepEqual(await refusal(voucherOf(none, 5n)), {code: 'CHANNEL_UNKNOWN', channelId: none});
	t.deepEqual(journal.all(), [voucherOf(channelId, 100n)]);
	await watchtower.stop();
});
