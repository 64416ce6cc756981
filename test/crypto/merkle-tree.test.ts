import test from 'ava';
import fc from 'fast-check';
import {EMPTY_ROOT, leafHash, merklePath, merkleRoot, rootOfPath} from '#crypto/merkle-tree';
import {AssertionError} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {crypto} from '../support/crypto.ts';

const leavesOf = (count: number): readonly Hash32[] =>
	Array.from({length: count}, (_, index) => leafHash(crypto, Uint8Array.of(index)));

const node = (left: Hash32, right: Hash32): Hash32 => crypto.blake2b256(Uint8Array.of(1), left, right);

test('is built of prefixed hashes, filled up with zeros to a power of two', t => {
	const [a, b, c] = leavesOf(3) as [Hash32, Hash32, Hash32];
	t.deepEqual(a, crypto.blake2b256(Uint8Array.of(0, 0)));
	t.deepEqual(merkleRoot(crypto, []), EMPTY_ROOT);
	t.deepEqual(merkleRoot(crypto, [a]), a);
	t.deepEqual(merkleRoot(crypto, [a, b, c]), node(node(a, b), node(c, EMPTY_ROOT)));
});

test('the path of every leaf leads to the root, from its own index only', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 33}), fc.nat(), (count, choice) => {
			const leaves = leavesOf(count);
			const index = choice % count;
			const leaf = leaves[index] as Hash32;
			const path = merklePath(crypto, leaves, index);
			const root = merkleRoot(crypto, leaves);
			for (let other = 0; other < 2 ** path.length; other++) {
				const reached = rootOfPath(crypto, leaf, other, path);
				t.is(other === index, Buffer.compare(reached as Uint8Array, root) === 0);
			}
		}),
		{numRuns: 30},
	);
});

test('an index that the path does not use up leads nowhere', t => {
	const leaves = leavesOf(4);
	const path = merklePath(crypto, leaves, 1);
	const leaf = leaves[1] as Hash32;
	for (const index of [4, 5, -1, 0.5, Number.NaN, 2 ** 53])
		t.is(rootOfPath(crypto, leaf, index, path), undefined);
	t.is(
		rootOfPath(
			crypto,
			leaf,
			0,
			Array.from({length: 41}, () => EMPTY_ROOT),
		),
		undefined,
	);
	t.throws(() => merklePath(crypto, leaves, 4), {instanceOf: AssertionError});
});
