import test from 'ava';
import fc from 'fast-check';
import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {channelIdOf} from '#crypto/vouchers/channel-id';
import {signVoucher} from '#crypto/vouchers/voucher';
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {stateRootOf} from '#ledger/main-chain/state-root';
import {circulation, creditsInCirculation} from '#ledger/money';
import {accountOf, channelOf, channelsOf} from '#ledger/queries';
import {readerOf} from '#ledger/state/state';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, dave, testGenesis} from '../../support/ledger-genesis.ts';

/** Not an account: it only signs vouchers. */
const link = party('share link');

const opening = (change: Partial<ActionOf<'channel-open'>> = {}): ActionOf<'channel-open'> => ({
	kind: 'channel-open',
	payerVk: link.verificationKey,
	payee: bob.account,
	lane: 0,
	expiry: Slot(500),
	deposit: ada(10),
	...change,
});

/** Alice has put 10 ADA aside for bob; the link signs. */
const openedChain = (
	change: Partial<ActionOf<'channel-open'>> = {},
): {readonly chain: LedgerChain; readonly channelId: Hash32} => {
	const chain = new LedgerChain(testGenesis());
	chain.send(alice, opening(change));
	const {channelId} = defined(chain.eventsOf('channel-opened')[0], 'opened');
	return {chain, channelId};
};

const settling = (
	channelId: Hash32,
	cumulative: bigint,
	signer: Party = link,
): ActionOf<'channel-settle'> => {
	const {signature} = signVoucher(crypto, signer.seed, {channelId, cumulative});
	return {kind: 'channel-settle', channelId, cumulative: Lovelace(cumulative), signature};
};

const close = (channelId: Hash32): ActionOf<'channel-close'> => ({kind: 'channel-close', channelId});
const refund = (channelId: Hash32): ActionOf<'channel-refund'> => ({kind: 'channel-refund', channelId});
const topUp = (channelId: Hash32, amount: Lovelace): ActionOf<'channel-top-up'> => ({
	kind: 'channel-top-up',
	channelId,
	amount,
});

const balanceOf = (chain: LedgerChain, {account}: Party): bigint =>
	accountOf(chain.state, account)?.balance ?? 0n;

/** How much an account has more than after the genesis, fees aside when it sent nothing. */
const gainOf = (chain: LedgerChain, who: Party): bigint => balanceOf(chain, who) - ada(1_000_000);

const refusal = (
	chain: LedgerChain,
	sender: Party,
	action: Parameters<LedgerChain['transaction']>[1],
	slot?: Slot,
) => chain.refusal(chain.transaction(sender, action), slot);

test('a channel holds its deposit under the id that its terms and the sequence number make', t => {
	const {chain, channelId} = openedChain();
	const {genesisHash} = chain.env;
	t.deepEqual(channelId, channelIdOf(crypto, {kind: 'side-chain', genesisHash, sequence: 0}, opening()));
	t.like(channelOf(chain.state, channelId), {
		funder: alice.account,
		payerVk: link.verificationKey,
		payee: bob.account,
		deposit: ada(10),
		paid: Lovelace(0n),
		rest: ada(10),
		closesAt: null,
		endsAt: Slot(500),
	});
	t.is(circulation(chain.state).channels, ada(10));
	t.deepEqual(chain.eventsOf('channel-opened'), [
		{
			kind: 'channel-opened',
			channelId,
			funder: alice.account,
			payee: bob.account,
			deposit: ada(10),
			expiry: Slot(500),
		},
	]);
});

test('channels are found by who funds and by who is paid', t => {
	const {chain, channelId} = openedChain();
	chain.send(carol, opening({payee: dave.account}));
	const idsOf = (filter: Parameters<typeof channelsOf>[1]): readonly Hash32[] =>
		channelsOf(chain.state, filter).map(each => each.channelId);
	t.is(idsOf({}).length, 2);
	t.deepEqual(idsOf({funder: alice.account}), [channelId]);
	t.deepEqual(idsOf({payee: bob.account}), [channelId]);
	t.deepEqual(idsOf({funder: alice.account, payee: dave.account}), []);
	t.is(channelOf(chain.state, hashOf('none')), undefined);
});

test('rejects a channel that is empty, too short, beyond the sender’s means, or there already', t => {
	const {chain, channelId} = openedChain();
	const expiryMin = Slot(chain.slot + 1 + 100);
	t.deepEqual(refusal(chain, alice, opening({deposit: Lovelace(0n)})), {
		code: 'TX_AMOUNT_ZERO',
		action: 'channel-open',
	});
	t.is(refusal(chain, alice, opening({expiry: expiryMin})), undefined);
	const expiry = Slot(expiryMin - 1);
	t.deepEqual(refusal(chain, alice, opening({expiry})), {
		code: 'CHANNEL_EXPIRY_TOO_EARLY',
		expiry,
		expiryMin,
	});
	t.like(refusal(chain, alice, opening({deposit: ada(2_000_000)})) as object, {code: 'TX_OVERSPENDS'});
	// Carol's first transaction, with the very terms of alice's first.
	t.deepEqual(refusal(chain, carol, opening()), {code: 'CHANNEL_EXISTS', channelId});
});

test('the newest voucher pays the payee, whoever brings it, and the same again pays nothing', t => {
	const {chain, channelId} = openedChain();
	chain.send(dave, settling(channelId, 3_000_000n));
	t.is(gainOf(chain, bob), BigInt(ada(3)));
	t.deepEqual(chain.eventsOf('channel-settled'), [
		{kind: 'channel-settled', channelId, payee: bob.account, amount: ada(3), paid: ada(3)},
	]);
	for (const cumulative of [3_000_000n, 2_999_999n, 0n])
		t.deepEqual(refusal(chain, dave, settling(channelId, cumulative)), {
			code: 'VOUCHER_STALE',
			cumulative,
			paid: ada(3),
		});
	chain.send(dave, settling(channelId, 4_000_000n));
	t.is(gainOf(chain, bob), BigInt(ada(4)));
});

test('a voucher above the deposit pays the deposit, and the rest after a top-up', t => {
	const {chain, channelId} = openedChain();
	const all = settling(channelId, 2n ** 64n - 1n);
	chain.send(dave, all);
	t.is(gainOf(chain, bob), BigInt(ada(10)));
	t.like(refusal(chain, dave, all) as object, {code: 'VOUCHER_STALE', paid: ada(10)});
	chain.send(carol, topUp(channelId, ada(1)));
	chain.send(dave, all);
	t.is(gainOf(chain, bob), BigInt(ada(11)));
	t.is(circulation(chain.state).channels, Lovelace(0n));
});

test('rejects vouchers of unknown channels, forged ones, and those of another channel', t => {
	const {chain, channelId} = openedChain();
	const unknown = hashOf('none');
	for (const action of [settling(unknown, 1n), topUp(unknown, ada(1)), close(unknown), refund(unknown)])
		t.deepEqual(refusal(chain, alice, action), {code: 'CHANNEL_UNKNOWN', channelId: unknown});
	t.deepEqual(refusal(chain, bob, settling(channelId, 1n, bob)), {
		code: 'VOUCHER_SIGNATURE_INVALID',
		channelId,
		cumulative: 1n,
	});
	chain.send(alice, opening({lane: 1}));
	const other = defined(chain.eventsOf('channel-opened')[1], 'opened').channelId;
	const moved = {...settling(other, 5n), channelId};
	t.deepEqual(refusal(chain, bob, moved), {code: 'VOUCHER_SIGNATURE_INVALID', channelId, cumulative: 5n});
});

test('the payee ends a channel at once, and the rest goes to whoever opened it', t => {
	const {chain, channelId} = openedChain();
	chain.send(dave, settling(channelId, 4_000_000n));
	const before = balanceOf(chain, alice);
	chain.send(bob, close(channelId));
	t.is(balanceOf(chain, alice) - before, BigInt(ada(6)));
	t.is(channelOf(chain.state, channelId), undefined);
	t.deepEqual(chain.eventsOf('channel-closed'), [
		{kind: 'channel-closed', channelId, reason: 'payee', to: alice.account, refund: ada(6)},
	]);
	t.deepEqual(refusal(chain, bob, settling(channelId, 5_000_000n)), {code: 'CHANNEL_UNKNOWN', channelId});
});

test('the funder waits for the dispute window, in which the payee still settles', t => {
	const {chain, channelId} = openedChain();
	chain.send(alice, close(channelId));
	const closesAt = Slot(chain.slot + 100);
	t.deepEqual(chain.eventsOf('channel-closing'), [{kind: 'channel-closing', channelId, closesAt}]);
	t.deepEqual(refusal(chain, alice, close(channelId)), {code: 'CHANNEL_CLOSING', channelId, closesAt});
	t.deepEqual(refusal(chain, alice, topUp(channelId, ada(1))), {
		code: 'CHANNEL_CLOSING',
		channelId,
		closesAt,
	});
	t.deepEqual(refusal(chain, dave, refund(channelId)), {
		code: 'CHANNEL_NOT_ENDED',
		endsAt: closesAt,
		slot: Slot(chain.slot + 1),
	});
	const last = Slot(closesAt - 1);
	t.is(refusal(chain, dave, settling(channelId, 7_000_000n), last), undefined);
	chain.block(last, [chain.transaction(dave, settling(channelId, 7_000_000n))]);
	t.is(gainOf(chain, bob), BigInt(ada(7)));
	t.deepEqual(refusal(chain, dave, settling(channelId, 8_000_000n), closesAt), {
		code: 'CHANNEL_CLOSING',
		channelId,
		closesAt,
	});
	const before = balanceOf(chain, alice);
	chain.block(closesAt, [chain.transaction(dave, refund(channelId))]);
	t.is(balanceOf(chain, alice) - before, BigInt(ada(3)));
	t.is(channelOf(chain.state, channelId), undefined);
});

test('rejects a close by anyone else, even by the key that signs vouchers', t => {
	const {chain, channelId} = openedChain();
	t.deepEqual(refusal(chain, carol, close(channelId)), {
		code: 'CHANNEL_PARTY_WRONG',
		channelId,
		sender: carol.account,
	});
});

test('a closing channel ends no later than it would have', t => {
	const {chain, channelId} = openedChain({expiry: Slot(150)});
	chain.advanceTo(Slot(90));
	chain.send(alice, close(channelId));
	t.is(channelOf(chain.state, channelId)?.closesAt, Slot(150));
});

test('after expiry no voucher counts, and anyone sends the rest back', t => {
	const {chain, channelId} = openedChain({expiry: Slot(150)});
	chain.advanceTo(Slot(149));
	const expiry = Slot(150);
	for (const action of [settling(channelId, 1n), topUp(channelId, ada(1)), close(channelId)])
		t.deepEqual(refusal(chain, alice, action, expiry), {code: 'CHANNEL_EXPIRED', channelId, expiry});
	t.deepEqual(refusal(chain, carol, refund(channelId), Slot(149 + 1)), undefined);
	chain.block(expiry, [chain.transaction(carol, refund(channelId))]);
	t.like(chain.eventsOf('channel-closed')[0], {reason: 'ended', refund: ada(10)});
});

test('a channel that nobody ends goes by itself at the next epoch, and not before', t => {
	const {chain, channelId} = openedChain({expiry: Slot(150)});
	chain.advanceTo(Slot(199));
	t.truthy(channelOf(chain.state, channelId));
	const before = balanceOf(chain, alice);
	chain.block(Slot(200));
	t.is(channelOf(chain.state, channelId), undefined);
	t.true(balanceOf(chain, alice) - before >= BigInt(ada(10)));
});

test('channels are part of the state root', t => {
	const {chain, channelId} = openedChain();
	const root = (): Hash32 =>
		stateRootOf(crypto, readerOf(chain.state), {
			praosRoot: EMPTY_ROOT,
			payoutRoot: EMPTY_ROOT,
			nextCommittee: [],
		});
	const before = root();
	const row = defined(chain.state.channels.get(Buffer.from(channelId).toString('hex')), 'the row');
	chain.state.channels.set(Buffer.from(channelId).toString('hex'), {...row, lane: 7});
	t.notDeepEqual(root(), before);
});

test('whatever vouchers come in whatever order, the payee gets the greatest that the deposit covers', t => {
	fc.assert(
		fc.property(fc.array(fc.nat(15_000_000), {minLength: 1, maxLength: 12}), sums => {
			const {chain, channelId} = openedChain();
			const total = creditsInCirculation(chain.state);
			let paid = 0n;
			for (const sum of sums) {
				const transaction = chain.transaction(dave, settling(channelId, BigInt(sum)));
				const isGood = chain.refusal(transaction) === undefined;
				if (isGood) chain.next(transaction);
				const row = defined(channelOf(chain.state, channelId), 'open');
				if (row.paid < paid || isGood !== row.paid > paid) return false;
				({paid} = row);
			}
			const greatest = BigInt(Math.min(10_000_000, Math.max(...sums)));
			return (
				paid === greatest && gainOf(chain, bob) === greatest && creditsInCirculation(chain.state) === total
			);
		}),
		{numRuns: 30},
	);
	t.pass();
});
