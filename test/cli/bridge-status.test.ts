import test from 'ava';
import fc from 'fast-check';
import {depositOutlook, periodOutlook} from '#cli/bridge-outlook';
import {type BridgeStatus, bridgeText, pendingDeposit} from '#cli/commands/bridge-status';
import {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';

const NETWORK = {magic: 42, zeroTimeMs: 1_000_000, slotLengthMs: 1_000};
const HASH = Hash32(new Uint8Array(32).fill(0xab));

test('a deposit counts when its block is deep enough, and says when that is', t => {
	const seen = {slot: 100, stableDepth: 5};
	const outlook = {expectedMs: 1_105_000};
	t.deepEqual(depositOutlook(NETWORK, {...seen, tipSlot: 100}), {...outlook, depth: 0, slotsLeft: 5});
	t.deepEqual(depositOutlook(NETWORK, {...seen, tipSlot: 104}), {...outlook, depth: 4, slotsLeft: 1});
	t.deepEqual(depositOutlook(NETWORK, {...seen, tipSlot: 105}), {...outlook, depth: 5, slotsLeft: 0});
	t.deepEqual(depositOutlook(NETWORK, {...seen, tipSlot: 999}), {...outlook, depth: 899, slotsLeft: 0});
	// The index that was asked for the tip may be behind the one that showed the deposit.
	t.deepEqual(depositOutlook(NETWORK, {...seen, tipSlot: 98}), {...outlook, depth: 0, slotsLeft: 7});
});

test('what is withdrawn now stands in the checkpoint of the period that is under way', t => {
	const genesis = {epochLength: 10, checkpointEvery: 3, systemStartMs: 5_000, slotMs: 100};
	t.deepEqual(periodOutlook(genesis, 0), {period: 1, endsMs: 8_000});
	t.deepEqual(periodOutlook(genesis, 29), {period: 1, endsMs: 8_000});
	t.deepEqual(periodOutlook(genesis, 30), {period: 2, endsMs: 11_000});
	fc.assert(
		fc.property(fc.nat({max: 100_000}), slot => {
			const {endsMs} = periodOutlook(genesis, slot);
			const slotMs = genesis.systemStartMs + slot * genesis.slotMs;
			return endsMs > slotMs && endsMs <= slotMs + 30 * genesis.slotMs;
		}),
	);
	t.pass();
});

const deposit = pendingDeposit(
	{
		outRef: {txId: HASH, index: 1},
		account: Hash28(new Uint8Array(28).fill(7)),
		amount: Lovelace(2_500_000n),
		createdAt: {slot: 100, hash: HASH},
	},
	NETWORK,
	{tipSlot: 103, stableDepth: 5},
);

const STATUS: BridgeStatus = {
	cardano: {
		tip: {slot: 103, hash: 'ab'},
		unreachableSinceMs: null,
		rolledBackSinceMs: null,
		reference: {slot: 98, hash: 'cd'},
		stableDepth: 5,
	},
	tipSlot: 103,
	bridge: 12_000_000n,
	credits: 9_000_000n,
	pending: [deposit],
	checkpoint: 3,
	period: {period: 4, endsMs: 2_000_000},
	claim: undefined,
};

test('tells people how deep a deposit is, when it counts, and when withdrawals can be claimed', t => {
	const text = bridgeText(STATUS);
	for (const part of [
		'slot 103; the side-chain knows what happened up to slot 98',
		'12.000000 ADA',
		'2.500000 ADA',
		'3 of 5',
		'in 2 slots: about 1970-01-01 00:18:25 UTC',
		'the checkpoint of period 3',
		'by that of period 4, which ends at 1970-01-01 00:33:20 UTC',
	])
		t.true(text.includes(part), part);
	const due = {...STATUS, pending: [{...deposit, slotsLeft: 0}]};
	t.true(bridgeText(due).includes("with the side-chain's next block"));
	t.true(bridgeText({...STATUS, pending: []}).includes('no deposit is on its way'));
	const claim = {claimId: 'ee'.repeat(32), claimed: 1_000_000n, claimable: 500_000n};
	t.true(bridgeText({...STATUS, claim}).includes('0.500000 ADA to be claimed now, 1.000000 ADA claimed'));
});

test('says that Cardano is not reachable, and that the node goes on', t => {
	const cardano = {...STATUS.cardano, unreachableSinceMs: 1_100_000};
	t.regex(
		bridgeText({...STATUS, cardano}),
		/since 1970-01-01 00:18:20 UTC: it goes on, deposits and checkpoints wait/,
	);
});
