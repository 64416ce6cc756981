import test from 'ava';
import fc from 'fast-check';
import {EMPTY_ROOT, leafHash, rootOfPath} from '#crypto/merkle-tree';
import {equalBytes, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {
	comparePayoutLeaves,
	type PayoutLeaf,
	payoutLeafBytes,
	payoutProof,
	payoutRoot,
} from '#onchain/payout';
import {crypto} from '../support/crypto.ts';
import {hashOf} from '../support/side-chain.ts';

const leaf: fc.Arbitrary<PayoutLeaf> = fc.record({
	tag: fc.constantFrom(0 as const, 1 as const, 2 as const),
	claimId: fc.uint8Array({minLength: 32, maxLength: 32}).map(Hash32),
	cumulative: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}).map(Lovelace),
});
const sorted = fc
	.uniqueArray(leaf, {selector: ({tag, claimId}) => tag + toHex(claimId), maxLength: 20})
	.map(leaves => leaves.sort(comparePayoutLeaves));

test('a leaf is its tag, its claim and its amount in fixed widths', t => {
	const bytes = payoutLeafBytes({tag: 1, claimId: hashOf(9), cumulative: Lovelace(258n)});
	t.is(toHex(bytes), `01${'09'.repeat(32)}0000000000000102`);
	t.deepEqual(payoutRoot(crypto, []), EMPTY_ROOT);
});

test('every leaf has a proof that leads to the root', t => {
	fc.assert(
		fc.property(sorted, leaves => {
			const root = payoutRoot(crypto, leaves);
			return leaves.every(wanted => {
				const proof = payoutProof(crypto, leaves, wanted);
				if (proof === undefined) return false;
				const hash = leafHash(crypto, payoutLeafBytes(proof.leaf));
				const found = rootOfPath(crypto, hash, proof.index, proof.path);
				return found !== undefined && equalBytes(found, root);
			});
		}),
		{numRuns: 30},
	);
	t.is(payoutProof(crypto, [], {tag: 0, claimId: hashOf(1)}), undefined);
});

test('leaves that are not in order are a bug', t => {
	const leaves = [2, 1].map(byte => ({tag: 0 as const, claimId: hashOf(byte), cumulative: Lovelace(1n)}));
	t.throws(() => payoutRoot(crypto, leaves), {name: 'AssertionError'});
});
