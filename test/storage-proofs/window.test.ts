import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {divideCeiling, Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {
	epochOfCommitSlot,
	epochOfProofSlot,
	epochOfSeedSlot,
	type ProofWindowParams,
	proofPhase,
	proofTimetable,
} from '#storage-proofs/window';

/** k = 10, f = 1/2: windows of 20 slots, epochs of 200. */
const params: ProofWindowParams = {k: 10, f: Ratio(1n, 2n), epochLength: 200};

test('the timetable of an epoch is commit, seed, proof, settle', t => {
	t.deepEqual(proofTimetable(params, Epoch(3)), {
		epoch: Epoch(3),
		commitFrom: Slot(580),
		commitUntil: Slot(620),
		seedFrom: Slot(620),
		seedUntil: Slot(680),
		proofFrom: Slot(680),
		proofUntil: Slot(780),
		settleAt: Slot(780),
	});
});

test('the first epoch has no slots before it', t => {
	t.is(proofTimetable(params, Epoch(0)).commitFrom, Slot(0));
});

test('a proof is early, due or late', t => {
	const timetable = proofTimetable(params, Epoch(3));
	t.deepEqual(
		[679, 680, 779, 780].map(slot => proofPhase(timetable, Slot(slot))),
		['early', 'due', 'due', 'late'],
	);
});

test('each slot knows which epoch it commits to, seeds and proves', t => {
	const randomParams = fc
		.record({k: fc.integer({min: 1, max: 50}), d: fc.bigInt({min: 1n, max: 20n}), more: fc.nat(30)})
		.map(({k, d, more}) => {
			const f = Ratio(1n, d);
			return {k, f, epochLength: 10 * divideCeiling(k, f) + more};
		});
	fc.assert(
		fc.property(randomParams, fc.nat(100_000), (some, at) => {
			const slot = Slot(at);
			const here = Math.floor(at / some.epochLength);
			const tables = [here, here + 1].map(epoch => proofTimetable(some, Epoch(epoch)));
			const during = (
				from: 'commitFrom' | 'seedFrom' | 'proofFrom',
				until: 'commitUntil' | 'seedUntil' | 'proofUntil',
			) => tables.find(table => slot >= table[from] && slot < table[until])?.epoch;
			t.is(epochOfCommitSlot(some, slot), during('commitFrom', 'commitUntil'));
			t.is(epochOfSeedSlot(some, slot), during('seedFrom', 'seedUntil'));
			t.is(epochOfProofSlot(some, slot), during('proofFrom', 'proofUntil'));
		}),
	);
});

test('windows that do not fit the epoch are a mistake in the parameters', t => {
	t.throws(() => proofTimetable({...params, epochLength: 199}, Epoch(1)), {instanceOf: AssertionError});
});
