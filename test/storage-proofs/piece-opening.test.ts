import test from 'ava';
import fc from 'fast-check';
import {identifyPiece, pieceIdOf, pieceLeafCount} from '#crypto/piece-id';
import {concat, toHex, u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {openPieceLeaf, pieceIdOfOpening, verifyPieceOpening} from '#storage-proofs/piece/piece-opening';
import {bytesOf, hasher, trees} from './worlds.ts';

test('an empty piece has one leaf without bytes', t => {
	const leaf = hasher.blake2b256(Uint8Array.of(0));
	const id = hasher.blake2b256(Uint8Array.of(2), u64be(0), leaf);
	t.is(pieceLeafCount(0), 1);
	t.is(toHex(identifyPiece(hasher, trees, new Uint8Array(0))), toHex(id));
	t.true(verifyPieceOpening(hasher, id, openPieceLeaf(trees, new Uint8Array(0), 0), 0));
});

test('a piece of three leaves promotes the odd one unchanged', t => {
	const piece = bytesOf('three', 2_500);
	const leaf = (from: number, to: number): Uint8Array =>
		hasher.blake2b256(Uint8Array.of(0), piece.subarray(from, to));
	const left = hasher.blake2b256(Uint8Array.of(1), leaf(0, 1024), leaf(1024, 2048));
	const root = hasher.blake2b256(Uint8Array.of(1), left, leaf(2048, 2500));
	t.is(toHex(trees.pieceTree(piece).root), toHex(root));
	t.is(toHex(identifyPiece(hasher, trees, piece)), toHex(pieceIdOf(hasher, 2500, root)));
	t.is(openPieceLeaf(trees, piece, 2).path.length, 1);
	t.is(openPieceLeaf(trees, piece, 0).path.length, 2);
});

test('every leaf of a piece of any length opens under its id, and under no other index', t => {
	fc.assert(
		fc.property(fc.integer({min: 0, max: 20 * 1024}), fc.nat(), fc.nat(), (length, a, b) => {
			const piece = bytesOf('any', length);
			const id = identifyPiece(hasher, trees, piece);
			const leaves = pieceLeafCount(length);
			const opening = openPieceLeaf(trees, piece, a % leaves);
			t.true(verifyPieceOpening(hasher, id, opening, a % leaves));
			if (a % leaves !== b % leaves) t.false(verifyPieceOpening(hasher, id, opening, b % leaves));
			t.is(pieceIdOfOpening(hasher, opening, leaves), undefined);
			t.is(pieceIdOfOpening(hasher, opening, -1), undefined);
		}),
		{numRuns: 60},
	);
});

test('a changed byte, length or sibling leads to another id', t => {
	const piece = bytesOf('changed', 5_000);
	const id = identifyPiece(hasher, trees, piece);
	const opening = openPieceLeaf(trees, piece, 1);
	const leaf = opening.leaf.slice();
	leaf[77] = (leaf[77] as number) ^ 1;
	t.false(verifyPieceOpening(hasher, id, {...opening, leaf}, 1));
	t.false(verifyPieceOpening(hasher, id, {...opening, pieceLength: 5_001}, 1));
	t.false(verifyPieceOpening(hasher, id, {...opening, path: opening.path.toReversed()}, 1));
	t.false(verifyPieceOpening(hasher, id, {...opening, path: opening.path.slice(1)}, 1));
	t.false(verifyPieceOpening(hasher, id, {...opening, leaf: opening.leaf.slice(1)}, 1));
});

test('an inner node cannot pass as a leaf', t => {
	const piece = bytesOf('alias', 4096);
	const [leaves, nodes] = trees.treeLevels(piece) as [Uint8Array, Uint8Array];
	const forged = {
		pieceLength: 4096,
		leaf: concat(leaves.subarray(0, 32), leaves.subarray(32, 64)),
		path: [Hash32(nodes.slice(32, 64))],
	};
	for (const pieceLength of [64, 1088, 2048, 4096])
		t.false(verifyPieceOpening(hasher, identifyPiece(hasher, trees, piece), {...forged, pieceLength}, 0));
});
