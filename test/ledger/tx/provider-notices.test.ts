import test from 'ava';
import fc from 'fast-check';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {lossPenalty} from '#ledger/proofs/loss-report';
import {MAINTENANCE_EPOCHS_MAX, withMaintenance} from '#ledger/providers/maintenance';
import {agreementOf, providerOf} from '#ledger/queries';
import {readerOf} from '#ledger/state/state';
import type {ActionOf} from '#ledger/tx/action';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

/** What an agreement of `openingOf` pays an epoch: 16 MiB at 1 ADA a GiB. */
const REVENUE = 15_625n;

const start = (missesToVacate = 1) => {
	const genesis = testGenesis();
	const east = new TestProvider('east');
	const chain = new LedgerChain({...genesis, parameters: {...genesis.parameters, missesToVacate}});
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	return {east, chain};
};

const noticeOf = (
	east: TestProvider,
	change: Partial<ActionOf<'provider-notice'>> = {},
): ActionOf<'provider-notice'> => ({
	kind: 'provider-notice',
	provider: east.id,
	epoch: Epoch(1),
	purpose: 'maintenance',
	agreements: [],
	...change,
});

const total = (chain: LedgerChain): bigint => creditsInCirculation(chain.state) + withdrawnTotal(chain.state);

test('an epoch of maintenance costs the pay and nothing else', t => {
	const {east, chain} = start();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.next(chain.feeFree(noticeOf(east), [east.operator]));
	chain.advanceTo(chain.slotAt(1, 9));
	t.deepEqual(chain.eventsOf('maintenance-announced'), [
		{kind: 'maintenance-announced', provider: east.id, epoch: Epoch(1)},
	]);
	t.deepEqual(chain.eventsOf('maintenance-kept'), [
		{kind: 'maintenance-kept', provider: east.id, epoch: Epoch(1)},
	]);
	t.deepEqual(chain.eventsOf('missed'), []);
	t.deepEqual(chain.eventsOf('storage-paid'), []);
	t.is(providerOf(chain.state, east.id)?.bond, ada(100));
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	t.is(chain.eventsOf('storage-paid').length, 1);
});

test('nobody commits for an epoch of maintenance: the challenge cannot be looked at first', t => {
	const {east, chain} = start();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(chain.feeFree(noticeOf(east), [east.operator]));
	t.deepEqual(chain.refusal(east.commit(chain, 1)), {
		code: 'COMMITMENT_IN_MAINTENANCE',
		provider: east.id,
		epoch: Epoch(1),
	});
});

test('maintenance is announced before the commit deadline and the commitment, once, with no agreement, not too far ahead', t => {
	const {east, chain} = start();
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	const refusal = (change: Partial<ActionOf<'provider-notice'>>, slot?: Slot) =>
		chain.refusal(chain.feeFree(noticeOf(east, change), [east.operator]), slot);
	const outside = (epoch: number, slot: number, open: number | null) => ({
		code: 'NOTICE_OUT_OF_WINDOW' as const,
		epoch: Epoch(epoch),
		slot: Slot(slot),
		open: open === null ? null : Epoch(open),
	});
	const deadline = chain.slotAt(1, 1);
	t.deepEqual(refusal({}, deadline), outside(1, deadline, null));
	t.is(refusal({}, Slot(deadline - 1)), undefined);
	t.deepEqual(refusal({epoch: Epoch(61)}), outside(61, chain.slot + 1, 0));
	t.is(refusal({epoch: Epoch(60)}), undefined);
	t.deepEqual(refusal({agreements: [hashOf('a')]}), {code: 'NOTICE_AGREEMENTS_WRONG', agreements: 1});
	t.deepEqual(refusal({provider: hashOf('nobody')}), {
		code: 'PROVIDER_UNKNOWN',
		provider: hashOf('nobody'),
	});
	t.like(chain.refusal(chain.feeFree(noticeOf(east), [bob])), {code: 'TX_SIGNATURE_SURPLUS'});
	chain.next(chain.feeFree(noticeOf(east, {epoch: Epoch(2)}), [east.operator]));
	t.deepEqual(refusal({epoch: Epoch(2)}), {
		code: 'MAINTENANCE_ANNOUNCED',
		provider: east.id,
		epoch: Epoch(2),
	});
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	t.deepEqual(refusal({}), {code: 'NOTICE_AFTER_COMMITMENT', provider: east.id, epoch: Epoch(1)});
});

test('two epochs in thirty and no more, whatever is announced in whatever order', t => {
	const {east, chain} = start();
	for (const epoch of [3, 32])
		chain.next(chain.feeFree(noticeOf(east, {epoch: Epoch(epoch)}), [east.operator]));
	t.deepEqual(chain.refusal(chain.feeFree(noticeOf(east, {epoch: Epoch(10)}), [east.operator])), {
		code: 'MAINTENANCE_TOO_OFTEN',
		epoch: Epoch(10),
		epochsMax: 2,
		windowEpochs: 30,
	});
	chain.next(chain.feeFree(noticeOf(east, {epoch: Epoch(33)}), [east.operator]));
	fc.assert(
		fc.property(fc.array(fc.integer({min: 1, max: 60}), {maxLength: 20}), wanted => {
			let epochs: readonly Epoch[] = [];
			for (const epoch of wanted) {
				const reader = {...readerOf(chain.state), get: () => ({epochs}) as never};
				const row = withMaintenance(reader, east.id, {epoch: Epoch(epoch), now: Epoch(0), windowEpochs: 30});
				if (row !== undefined) epochs = row.epochs;
			}
			for (let from = 0; from <= 60; from++)
				t.true(epochs.filter(epoch => epoch >= from && epoch < from + 30).length <= MAINTENANCE_EPOCHS_MAX);
		}),
	);
});

test('a loss that is reported costs a tenth of what being caught costs, and vacates the agreement with it alone', t => {
	const {east, chain} = start(3);
	const before = total(chain);
	const lost = storeWith(chain, bob, east, [pieceOf('a', 5000)], {nonce: 0});
	const kept = storeWith(chain, bob, east, [pieceOf('b', 5000)], {nonce: 1});
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(chain.feeFree(noticeOf(east, {purpose: 'loss', agreements: [lost]}), [east.operator]));
	// 1 + 3 + 10 epochs of revenue is what three misses cost.
	const slashed = (14n * REVENUE + 9n) / 10n;
	t.like(chain.eventsOf('loss-reported')[0], {
		provider: east.id,
		epoch: Epoch(1),
		agreements: [lost],
		slashed,
		toBounties: slashed / 2n,
		toTreasury: slashed - slashed / 2n,
	});
	t.like(agreementOf(chain.state, lost)?.vacancy, {bountyTotal: slashed / 2n, unrepairedLeaves: 16_384});
	const provider = providerOf(chain.state, east.id);
	t.is(provider?.bond, Lovelace(ada(100) - slashed));
	t.like(provider?.penalties[0], {reason: 'loss-reported', slashed, vacated: true, epoch: Epoch(1)});
	t.true((provider?.penalties[0]?.blockNo ?? 0) > 0);
	t.is(provider?.status, 'accepting');
	t.deepEqual(provider?.misses, []);
	chain.next(east.commit(chain, 1));
	chain.advanceTo(chain.slotAt(1, 4));
	chain.next(east.prove(chain, 1));
	chain.advanceTo(chain.slotAt(1, 9));
	t.deepEqual(
		chain.eventsOf('storage-paid').map(({agreementId}) => agreementId),
		[kept],
	);
	t.deepEqual(chain.eventsOf('missed'), []);
	t.is(total(chain), before);
	t.is(
		chain.state.trackRecords.get(Buffer.from(east.id).toString('hex'))?.events[0]?.reason,
		'loss-reported',
	);
});

test('reporting is never dearer than being caught', t => {
	const {parameters} = testGenesis();
	fc.assert(
		fc.property(fc.nat(1_000_000), fc.bigInt({min: 1n, max: 10n ** 9n}), (capacityLeaves, rate) => {
			const agreement = {capacityLeaves: capacityLeaves + 1, rate: Lovelace(rate)} as never;
			const revenue = (rate * BigInt(capacityLeaves + 1) + 2n ** 20n - 1n) / 2n ** 20n;
			const [first = 0] = parameters.missPenaltyEpochs;
			t.true(lossPenalty({...parameters, missesToVacate: 1}, agreement) <= revenue * BigInt(first));
		}),
	);
});

test('a loss is reported in the commit window before the commitment, of due agreements, each once', t => {
	const {east, chain} = start();
	const lost = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	const refusal = (agreements: readonly Hash32[], slot?: Slot) =>
		chain.refusal(chain.feeFree(noticeOf(east, {purpose: 'loss', agreements}), [east.operator]), slot);
	t.deepEqual(refusal([lost], Slot(chain.slotAt(1, -1) - 1)), {
		code: 'NOTICE_OUT_OF_WINDOW',
		epoch: Epoch(1),
		slot: Slot(chain.slotAt(1, -1) - 1),
		open: null,
	});
	chain.advanceTo(chain.slotAt(1, -1));
	t.is(refusal([lost]), undefined);
	t.deepEqual(refusal([]), {code: 'NOTICE_AGREEMENTS_WRONG', agreements: 0});
	const unknown = hashOf('unknown');
	t.deepEqual(refusal([lost, unknown]), {code: 'NOTICE_AGREEMENT_NOT_DUE', agreementId: unknown});
	t.deepEqual(refusal([lost, lost]), {code: 'NOTICE_AGREEMENT_NOT_DUE', agreementId: lost});
	t.like(refusal([lost], chain.slotAt(1, 1)), {code: 'NOTICE_OUT_OF_WINDOW', open: null});
	chain.next(east.commit(chain, 1));
	t.deepEqual(refusal([lost]), {code: 'NOTICE_AFTER_COMMITMENT', provider: east.id, epoch: Epoch(1)});
});
