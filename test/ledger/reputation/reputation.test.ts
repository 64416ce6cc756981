import test from 'ava';
import fc from 'fast-check';
import {decode, encode} from '#kernel/cbor/codec';
import {compareRatios, Ratio} from '#kernel/ratio';
import {BlockNo, Epoch, Slot} from '#kernel/slot';
import {expectation, lowerBound, TRIALS_MAX, upperBound} from '#ledger/reputation/credible-bound';
import {
	addEvent,
	addProven,
	EMPTY_RECORD,
	RECORD_EPOCHS,
	type TrackRecord,
	trackRecordCodec,
	trialsOf,
} from '#ledger/reputation/track-record';

const thousandths = (step: number): Ratio => Ratio(BigInt(step), 1000n);
const trials = fc.record({successes: fc.nat(300), failures: fc.nat(40)});

test('bounds are those of the Beta distribution that the trials leave', t => {
	// Beta(1, 1): P(p < x) = x. Beta(2, 1): x^2. Beta(11, 1): x^11; 0.05^(1/11) = 0.7616.
	t.deepEqual(lowerBound({successes: 0, failures: 0}), thousandths(50));
	t.deepEqual(lowerBound({successes: 1, failures: 0}), thousandths(223));
	t.deepEqual(lowerBound({successes: 10, failures: 0}), thousandths(761));
	// Beta(91, 11): its 5 % quantile lies between 0.837 and 0.838.
	t.deepEqual(lowerBound({successes: 90, failures: 10}), thousandths(837));
	t.deepEqual(upperBound({successes: 0, failures: 2}), thousandths(632));
	t.deepEqual(expectation({successes: 3, failures: 1}), Ratio(2n, 3n));
});

test('what is expected lies between the bounds, and one more success never makes anything worse', t => {
	fc.assert(
		fc.property(trials, seen => {
			const [low, high] = [lowerBound(seen), upperBound(seen)];
			t.true(compareRatios(low, expectation(seen)) <= 0);
			t.true(compareRatios(expectation(seen), high) <= 0);
			const better = {...seen, successes: seen.successes + 1};
			t.true(compareRatios(lowerBound(better), low) >= 0);
			t.true(compareRatios(upperBound(better), high) >= 0);
			const worse = {...seen, failures: seen.failures + 1};
			t.true(compareRatios(lowerBound(worse), low) <= 0);
		}),
		{numRuns: 40},
	);
});

const event = (epoch: number, reason: 'no-proof' | 'vacated' | 'excused') =>
	({epoch: Epoch(epoch), reason, slot: Slot(epoch * 100), blockNo: BlockNo(epoch)}) as const;

type Step = {readonly gap: number; readonly what: 'proven' | 'no-proof' | 'vacated' | 'excused'};
const steps = fc.array(
	fc.record({
		gap: fc.nat(5),
		what: fc.constantFrom('proven', 'no-proof', 'vacated', 'excused'),
	}) as fc.Arbitrary<Step>,
	{maxLength: 400},
);

const play = (
	life: readonly Step[],
): {
	readonly track: TrackRecord;
	readonly now: Epoch;
	readonly at: readonly (readonly [number, Step['what']])[];
} => {
	let track = EMPTY_RECORD;
	let epoch = 0;
	const at: [number, Step['what']][] = [];
	for (const {gap, what} of life) {
		epoch += gap;
		at.push([epoch, what]);
		track = what === 'proven' ? addProven(track, Epoch(epoch)) : addEvent(track, event(epoch, what));
	}
	return {track, now: Epoch(epoch), at};
};

test('a track record counts what happened within its window, each proven epoch once', t => {
	fc.assert(
		fc.property(steps, life => {
			const {track, now, at} = play(life);
			const recent = at.filter(([epoch]) => epoch > now - RECORD_EPOCHS);
			const proven = new Set(recent.filter(([, what]) => what === 'proven').map(([epoch]) => epoch));
			const weights = {proven: 0, excused: 0, 'no-proof': 1, vacated: 4};
			const failures = recent.reduce((sum, [, what]) => sum + weights[what], 0);
			t.deepEqual(trialsOf(track, now), {
				successes: proven.size,
				failures: Math.min(TRIALS_MAX, failures),
			});
			const decoded = decode(trackRecordCodec, encode(trackRecordCodec, track));
			t.deepEqual(decoded, {ok: true, value: track});
			t.true(track.events.length <= 64);
		}),
		{numRuns: 60},
	);
});

test('everything is forgiven when it is long enough ago', t => {
	const {track, now} = play([
		{gap: 3, what: 'vacated'},
		{gap: 1, what: 'proven'},
	]);
	t.deepEqual(trialsOf(track, Epoch(now + RECORD_EPOCHS - 1)), {successes: 1, failures: 0});
	t.deepEqual(trialsOf(track, Epoch(now + RECORD_EPOCHS)), {successes: 0, failures: 0});
	t.is(track.provenTotal, 1);
});

test('vetting begins anew when agreements were vacated, and only then', t => {
	const three: Step[] = [0, 1, 1].map(gap => ({gap, what: 'proven'}));
	t.is(play([...three, {gap: 1, what: 'no-proof'}]).track.provenSinceVacated, 3);
	t.is(play([...three, {gap: 1, what: 'vacated'}, {gap: 1, what: 'proven'}]).track.provenSinceVacated, 1);
});
