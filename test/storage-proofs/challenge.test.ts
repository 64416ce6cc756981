import test from 'ava';
import fc from 'fast-check';
import {bigFromBytes, concat, toHex, u64be} from '#kernel/bytes';
import {Epoch} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {
	CHALLENGES,
	challengeIndexes,
	challengeSeed,
	foldSeed,
	SEED_FOLD_START,
} from '#storage-proofs/challenge';
import {hasher, named} from './worlds.ts';

const input = {
	genesisHash: named('genesis'),
	seed: named('seed'),
	providerId: named('provider'),
	epoch: Epoch(7),
	totalLeaves: 1_000_003n,
};

test('a challenge is the hash of domain, genesis, seed, provider, epoch and number, modulo the leaves', t => {
	for (const [j, index] of challengeIndexes(hasher, input).entries()) {
		const preimage = concat(
			encodeUtf8('dcloud/challenge/v1'),
			input.genesisHash,
			input.seed,
			input.providerId,
			u64be(7),
			Uint8Array.of(j),
		);
		t.is(index, bigFromBytes(hasher.blake2b256(preimage)) % input.totalLeaves);
	}
});

test('everything that enters a challenge changes it', t => {
	const before = challengeIndexes(hasher, input);
	for (const change of [
		{genesisHash: named('x')},
		{seed: named('x')},
		{providerId: named('x')},
		{epoch: Epoch(8)},
		{totalLeaves: 1_000_004n},
	])
		t.notDeepEqual(challengeIndexes(hasher, {...input, ...change}), before);
});

test('every challenge lies within the forest', t => {
	fc.assert(
		fc.property(fc.bigInt({min: 1n, max: 2n ** 64n - 1n}), totalLeaves => {
			const indexes = challengeIndexes(hasher, {...input, totalLeaves});
			t.is(indexes.length, CHALLENGES);
			t.true(indexes.every(index => index >= 0n && index < totalLeaves));
		}),
	);
});

test('the seed takes in every block of its window, in order', t => {
	const [a, b] = [named('eta a'), named('eta b')];
	const fold = foldSeed(hasher, foldSeed(hasher, SEED_FOLD_START, a), b);
	t.is(
		toHex(challengeSeed(hasher, {genesisHash: input.genesisHash, epoch: Epoch(7), fold})),
		toHex(
			hasher.blake2b256(
				encodeUtf8('dcloud/seed/v1'),
				input.genesisHash,
				u64be(7),
				hasher.blake2b256(hasher.blake2b256(new Uint8Array(32), a), b),
			),
		),
	);
	t.not(toHex(fold), toHex(foldSeed(hasher, foldSeed(hasher, SEED_FOLD_START, b), a)));
});
