import test from 'ava';
import fc from 'fast-check';
import {randomnessStabilisationWindow, stabilityWindow} from '#consensus/params';
import {devnetParams, publicParams, testParams} from '#consensus/profiles';
import {epochOf, firstSlotOf, kesPeriodOf, slotAt, slotStartMs} from '#consensus/time';
import {Ratio} from '#kernel/ratio';
import {Epoch, KesPeriod, Slot} from '#kernel/slot';

test('windows are rounded up and exact', t => {
	t.is(stabilityWindow({k: 2160, f: Ratio(1n, 20n)}), 129_600);
	t.is(randomnessStabilisationWindow({k: 2160, f: Ratio(1n, 20n)}), 172_800);
	t.is(randomnessStabilisationWindow({k: 2160, f: Ratio(1n, 20n), candidateFreezeFactor: 3}), 129_600);
	t.is(stabilityWindow({k: 1, f: Ratio(2n, 3n)}), 5);
});

test('every profile has epochs of 10k/f slots', t => {
	for (const {k, f, epochLength} of [publicParams, devnetParams, testParams])
		t.is(BigInt(epochLength) * f.numerator, 10n * BigInt(k) * f.denominator);
});

test('a slot lies in the epoch whose first slot is not after it', t => {
	fc.assert(
		fc.property(fc.nat(10_000_000).map(Slot), slot => {
			const epoch = epochOf(testParams, slot);
			const next = Epoch(epoch + 1);
			return firstSlotOf(testParams, epoch) <= slot && slot < firstSlotOf(testParams, next);
		}),
	);
	t.pass();
});

test('counts preprod’s epochs from where Byron ended', t => {
	const preprod = {epochLength: 432_000, eraStart: {slot: Slot(86_400), epoch: Epoch(4)}};
	t.is(epochOf(preprod, Slot(69_638_399)), Epoch(164));
	t.is(epochOf(preprod, Slot(69_638_400)), Epoch(165));
	t.is(firstSlotOf(preprod, Epoch(165)), Slot(69_638_400));
});

test('KES periods change every slotsPerKesPeriod slots', t => {
	t.is(kesPeriodOf(publicParams, Slot(129_599)), KesPeriod(0));
	t.is(kesPeriodOf(publicParams, Slot(129_600)), KesPeriod(1));
});

test('tells the slot of a moment, and none before the start', t => {
	const clock = {systemStartMs: 1_000_000, slotLengthMs: 200};
	t.is(slotAt(clock, 999_999), undefined);
	t.is(slotAt(clock, 1_000_000), Slot(0));
	t.is(slotAt(clock, 1_000_399), Slot(1));
	t.is(slotStartMs(clock, Slot(2)), 1_000_400);
});
