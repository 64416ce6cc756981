import test from 'ava';
import fc from 'fast-check';
import type {PieceId} from '#crypto/piece-id';
import type {Hash32} from '#kernel/hash';
import {
	addPiece,
	agreementCommitment,
	agreementTrieOf,
	EMPTY_AGREEMENT,
	removePiece,
} from '#storage-proofs/agreement-trie';
import {decodePieceProof, encodePieceProof, provePiece, verifyPiece} from '#storage-proofs/piece-proof';
import {SUM_MAX} from '#storage-proofs/trie/trie';
import {hasher, must, named} from './worlds.ts';

const pieces = Array.from({length: 50}, (_, index) => ({
	pieceId: named(`piece ${index}`),
	leaves: index + 1,
}));
const trie = must(agreementTrieOf(pieces));
const commitment = agreementCommitment(hasher, trie);
const [first] = pieces as [{pieceId: PieceId; leaves: number}];

test('each piece of an agreement is shown to be in its revision', t => {
	t.is(commitment.leaves, 1275n);
	for (const {pieceId, leaves} of pieces) {
		const proof = provePiece(hasher, trie, pieceId);
		if (proof === undefined) return t.fail();
		const read = must(decodePieceProof(encodePieceProof(proof)));
		t.deepEqual(verifyPiece(hasher, commitment, pieceId, BigInt(leaves), read), {ok: true, value: undefined});
	}
	return t.is(provePiece(hasher, trie, named('another')), undefined);
});

test('pieces added one by one and removed again leave no trace', t => {
	let changing = EMPTY_AGREEMENT;
	for (const piece of pieces.toReversed()) changing = must(addPiece(changing, piece));
	changing = must(addPiece(changing, first));
	t.deepEqual(agreementCommitment(hasher, changing), commitment);
	changing = must(addPiece(changing, {pieceId: named('another'), leaves: 9}));
	t.is(agreementCommitment(hasher, changing).leaves, 1284n);
	t.deepEqual(agreementCommitment(hasher, removePiece(changing, named('another'))), commitment);
});

test('a piece is not shown under another size, id or root', t => {
	const proof = provePiece(hasher, trie, first.pieceId);
	if (proof === undefined) return t.fail();
	t.deepEqual(verifyPiece(hasher, commitment, first.pieceId, 2n, proof), {
		ok: false,
		error: {code: 'PIECE_PROOF_SUM_WRONG', leaves: 1276n},
	});
	t.like(verifyPiece(hasher, commitment, named('another'), 1n, proof), {
		ok: false,
		error: {code: 'PIECE_PROOF_ROOT_WRONG'},
	});
	return t.deepEqual(verifyPiece(hasher, {...commitment, root: named('root')}, first.pieceId, 1n, proof), {
		ok: false,
		error: {code: 'PIECE_PROOF_ROOT_WRONG', root: commitment.root},
	});
});

test('a malformed path and an overflowing one are refused', t => {
	const step = {depth: 9, sibling: named('s') as Hash32, siblingSum: SUM_MAX};
	t.deepEqual(verifyPiece(hasher, commitment, first.pieceId, 1n, {path: [step]}), {
		ok: false,
		error: {code: 'TRIE_SUM_OVERFLOW', sum: SUM_MAX + 1n},
	});
	const small = {...step, siblingSum: 1n};
	t.deepEqual(verifyPiece(hasher, commitment, first.pieceId, 1n, {path: [small, small]}), {
		ok: false,
		error: {code: 'TRIE_PATH_MALFORMED', step: 0},
	});
});

test('no bytes crash the decoder, and altered ones prove nothing', t => {
	const proof = provePiece(hasher, trie, first.pieceId);
	const bytes = encodePieceProof(proof ?? {path: []});
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.nat(bytes.length - 1), fc.nat(7), (random, at, bit) => {
			const noise = decodePieceProof(random);
			t.false(noise.ok && verifyPiece(hasher, commitment, first.pieceId, 1n, noise.value).ok);
			const altered = bytes.slice();
			altered[at] = (altered[at] as number) ^ (1 << bit);
			const read = decodePieceProof(altered);
			t.false(read.ok && verifyPiece(hasher, commitment, first.pieceId, 1n, read.value).ok);
		}),
		{numRuns: 300},
	);
});
