import test from 'ava';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import type {Channel} from '#ledger/channels/channel';
import {isVoucherDue, settleSlotsOf, voucherWorth} from '#ledger/channels/voucher-due';
import {party} from '../../support/ledger-chain.ts';
import {testGenesis} from '../../support/ledger-genesis.ts';

const channel: Channel = {
	funder: party('funder').account,
	payerVk: party('payer').verificationKey,
	payee: party('payee').account,
	lane: 0,
	expiry: Slot(1000),
	deposit: Lovelace(100_000n),
	paid: Lovelace(20_000n),
	closesAt: null,
};
const policy = {fee: 10_000n, settleFrom: 50_000n, settleSlots: 50};
const of = (cumulative: bigint): {readonly channelId: Hash32; readonly cumulative: bigint} => ({
	channelId: party('channel').verificationKey as Hash32,
	cumulative,
});
const due = (cumulative: bigint, slot: number, change: Partial<Channel> = {}): boolean =>
	isVoucherDue({...channel, ...change}, of(cumulative), Slot(slot), policy);

test('a voucher is worth what it says beyond what was paid, up to the deposit', t => {
	t.is(voucherWorth(channel, of(50_000n)), 30_000n);
	t.is(voucherWorth(channel, of(20_000n)), 0n);
	t.is(voucherWorth(channel, of(1n)), 0n);
	t.is(voucherWorth(channel, of(2n ** 64n - 1n)), 80_000n);
});

test('settles at once what is much, and near the end what is left', t => {
	t.true(due(70_000n, 1));
	t.false(due(69_999n, 1));
	t.false(due(69_999n, 949));
	t.true(due(69_999n, 950));
	t.true(due(69_999n, 999));
});

test('settles on a closing channel without waiting, and never after its end', t => {
	const closing = {closesAt: Slot(500)};
	t.true(due(31_000n, 1, closing));
	t.true(due(31_000n, 499, closing));
	t.false(due(31_000n, 500, closing));
	t.false(due(90_000n, 1000));
});

test('does not pay more to settle than it brings', t => {
	t.false(due(30_000n, 999));
	t.true(due(30_001n, 999));
});

test('half a dispute window is kept to settle in', t => {
	const genesis = testGenesis();
	t.is(settleSlotsOf({genesis, parameters: genesis.parameters}), 50);
});
