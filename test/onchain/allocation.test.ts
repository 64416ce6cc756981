import test from 'ava';
import fc from 'fast-check';
import {EMPTY_ROOT, leafHash, rootOfPath} from '#crypto/merkle-tree';
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {
	type Allocation,
	allocationLeafBytes,
	allocationProof,
	allocationRoot,
	claimedAllocations,
} from '#onchain/allocation';
import {crypto} from '../support/crypto.ts';

const listOf = (keys: readonly Uint8Array[]): readonly Allocation[] =>
	keys
		.map((key, index) => ({keyHash: Hash28(key), amount: BigInt(index + 1)}))
		.sort((a, b) => compareBytes(a.keyHash, b.keyHash));

const lists = fc
	.uniqueArray(fc.uint8Array({minLength: 28, maxLength: 28}), {
		minLength: 1,
		maxLength: 9,
		selector: key => key.join(),
	})
	.map(listOf);

test('each claim replaces its leaf, and the roots tell who claimed', t => {
	fc.assert(
		fc.property(lists, fc.nat(), (allocations, seed) => {
			const claimed = new Set<number>();
			const roots = [allocationRoot(crypto, allocations)];
			for (let step = 0; step < allocations.length; step++) {
				const index = (seed + step) % allocations.length;
				const {keyHash} = defined(allocations[index], 'an allocation');
				const proof = defined(allocationProof(crypto, allocations, claimed, keyHash), 'a proof');
				const leaf = leafHash(crypto, allocationLeafBytes(proof.allocation));
				t.deepEqual(
					rootOfPath(crypto, leaf, proof.index, proof.path),
					allocationRoot(crypto, allocations, claimed),
				);
				claimed.add(index);
				t.is(allocationProof(crypto, allocations, claimed, keyHash), undefined);
				const root = allocationRoot(crypto, allocations, claimed);
				t.deepEqual(rootOfPath(crypto, EMPTY_ROOT, proof.index, proof.path), root);
				roots.push(root);
				t.deepEqual(claimedAllocations(crypto, allocations, roots), {ok: true, value: claimed});
			}
		}),
		{numRuns: 20},
	);
});

test('an altered list is told from the one that was deployed', t => {
	const allocations = listOf([new Uint8Array(28).fill(1), new Uint8Array(28).fill(2)]);
	const altered = allocations.map(allocation => ({...allocation, amount: allocation.amount + 1n}));
	t.deepEqual(claimedAllocations(crypto, altered, [allocationRoot(crypto, allocations)]), {
		ok: false,
		error: {
			code: 'ALLOCATION_WRONG_ROOT',
			expected: allocationRoot(crypto, altered),
			found: allocationRoot(crypto, allocations),
		},
	});
	t.is(allocationProof(crypto, allocations, new Set(), Hash28(new Uint8Array(28).fill(3))), undefined);
	t.throws(() => allocationRoot(crypto, [...allocations].reverse()));
});
