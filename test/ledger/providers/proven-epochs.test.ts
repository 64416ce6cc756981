import test from 'ava';
import fc from 'fast-check';
import {Epoch} from '#kernel/slot';
import {provenBetween, withProvenEpoch} from '#ledger/providers/proven-epochs';

const NONE = {lastProvenEpoch: null, provenBits: 0n} as const;

test('whatever epochs were proven, those of the last 64 before the newest are counted, and no others', t => {
	const gaps = fc.array(fc.oneof(fc.integer({min: 1, max: 5}), fc.integer({min: 60, max: 70})), {
		maxLength: 90,
	});
	fc.assert(
		fc.property(gaps, fc.nat(200), fc.nat(200), (steps, from, length) => {
			const epochs: number[] = [];
			for (const step of steps) epochs.push((epochs.at(-1) ?? 0) + step);
			const proven = epochs.reduce<Parameters<typeof withProvenEpoch>[0]>(
				(row, epoch) => withProvenEpoch(row, Epoch(epoch)),
				NONE,
			);
			const newest = epochs.at(-1) ?? 0;
			const until = from + length;
			const wanted = epochs.filter(epoch => epoch > newest - 64 && epoch >= from && epoch < until);
			t.deepEqual(provenBetween(proven, from, until), {
				epochs: wanted.length,
				last: (wanted.at(-1) ?? null) as Epoch | null,
			});
			t.true(proven.provenBits < 2n ** 64n);
		}),
	);
});
