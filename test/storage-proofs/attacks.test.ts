/** A provider that builds its forest as it likes: what it can and cannot get proven. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {agreementPayload, type Forest, forestCommitment} from '#storage-proofs/forest';
import type {ForestProof, LeafOpening} from '#storage-proofs/forest-proof';
import {nodeHash, trieBranchHash} from '#storage-proofs/trie/root-hash';
import {findLeaf, type TrieNode} from '#storage-proofs/trie/trie';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {hasher, must, named, proofOf, worldOf} from './worlds.ts';

const world = worldOf([[4_096], [4_096]]);
const [idA, idB] = [named('agreement 0'), named('agreement 1')];
const leafOf = (forest: Forest, id: Hash32): TrieNode<unknown> => findLeaf(forest, id) as TrieNode<unknown>;
const honest = forestCommitment(hasher, world.forest);

/** A true opening of the agreement's leaf `offset`, without its path through the forest. */
const openingOf = (id: Hash32, offset: bigint): LeafOpening => {
	for (let index = 0n; index < honest.totalLeaves; index++) {
		const [opening] = proofOf(world, [index]).openings;
		if (opening && toHex(opening.agreementId) === toHex(id) && index % 4n === offset) return opening;
	}
	throw new Error('no such agreement');
};

test('an agreement put in twice, in place of one that was dropped, is proven in one place only', t => {
	const leaf = findLeaf(world.forest, idA);
	if (leaf === undefined) return t.fail();
	const side = {hash: nodeHash(hasher, agreementPayload, leaf), sum: leaf.sum};
	for (const committedDepth of [0, 1, 7, 100, 255]) {
		const root = trieBranchHash(hasher, committedDepth, side, side);
		let proven = 0;
		// The cheat may claim any depth it likes for the one branch.
		for (let index = 0n; index < 8n; index++) {
			const opening = openingOf(idA, index % 4n);
			const held = Array.from({length: 256}, (_, depth): ForestProof => {
				const agreementPath = [{depth, sibling: side.hash, siblingSum: side.sum}];
				return {openings: [{...opening, agreementPath}]};
			}).some(proof => verifyForestProof(hasher, {root, totalLeaves: 8n, indexes: [index]}, proof).ok);
			if (held) proven++;
		}
		t.is(proven, 4);
	}
	return t.is(leafOf(world.forest, idB).sum, 4n);
});

test('pieces of the provider’s own making are proven under a root that is not the one on chain', t => {
	const fake = worldOf([[4_096]]);
	const commitment = forestCommitment(hasher, fake.forest);
	const ownPieces = must(agreementTrieOf([{pieceId: named('what the client signed'), leaves: 4}]));
	const onChain = agreementCommitment(hasher, ownPieces);
	const [found] = must(verifyForestProof(hasher, {...commitment, indexes: [2n]}, proofOf(fake, [2n])));
	t.is(toHex(found?.agreementId ?? new Uint8Array(0)), toHex(idA));
	t.is(found?.leaves, onChain.leaves);
	// What the ledger compares.
	t.notDeepEqual(found?.root, onChain.root);
});

test('a piece cannot be counted at more leaves than it has', t => {
	const [opening] = proofOf(world, [0n]).openings;
	if (opening === undefined) return t.fail();
	for (const pieceLength of [4_097, 5_000, 2 ** 40]) {
		const proof = {openings: [{...opening, piece: {...opening.piece, pieceLength}}]};
		t.false(verifyForestProof(hasher, {...honest, indexes: [0n]}, proof).ok);
	}
	// The same number of leaves, another length: the id covers it.
	const shorter = {openings: [{...opening, piece: {...opening.piece, pieceLength: 4_095}}]};
	return t.like(verifyForestProof(hasher, {...honest, indexes: [0n]}, shorter), {
		ok: false,
		error: {code: 'PROOF_PIECE_WRONG', challenge: 0},
	});
});

test('what another provider holds is no answer under one’s own root', t => {
	const other = worldOf([[4_096], [4_096], [9_000]]);
	const proof = proofOf(other, [1n]);
	t.false(verifyForestProof(hasher, {...honest, indexes: [1n]}, proof).ok);
});
