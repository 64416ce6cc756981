import test from 'ava';
import fc from 'fast-check';
import {signForAccount} from '#access/account-signature';
import {pieceBytesMax} from '#access/piece-size';
import {
	decodePieceProofs,
	decodePlacement,
	encodePieceProofs,
	encodePlacement,
	PIECE_PROOFS_MAX,
	placementMessage,
	placementRoot,
	provePieces,
	type SignedPlacement,
	verifyPlacement,
} from '#access/placement';
import {defined} from '#kernel/assert';
import {crypto} from '../support/crypto.ts';
import {hashOf} from '../support/ledger-chain.ts';
import {bucket, genesisHash, holder, owner, tag} from './grants.ts';

const pieces = Array.from({length: 11}, (_, index) => hashOf(`piece ${index}`));

const placed = (seed: Uint8Array = owner.seed): SignedPlacement => {
	const placement = {scope: {bucket, path: [tag('docs')]}, root: placementRoot(crypto, pieces)};
	const message = placementMessage(crypto, genesisHash, placement);
	return {...placement, signature: signForAccount(crypto, seed, message)};
};

const who = {genesisHash, owner: owner.account};

test('an owner says of each piece where it belongs', t => {
	const proofs = provePieces(crypto, pieces, [0, 7, 10]);
	t.deepEqual(verifyPlacement(crypto, who, placed(), proofs), {ok: true, value: undefined});
	t.deepEqual(verifyPlacement(crypto, who, placed(), []), {ok: true, value: undefined});
});

test("another piece, another place and another's word are refused", t => {
	const proof = defined(provePieces(crypto, pieces, [3])[0], 'one proof');
	const pieceId = hashOf('another piece');
	t.deepEqual(verifyPlacement(crypto, who, placed(), [{...proof, pieceId}]), {
		ok: false,
		error: {code: 'PLACEMENT_PROOF_INVALID', pieceId},
	});
	t.like(verifyPlacement(crypto, who, placed(), [{...proof, index: 4}]), {
		error: {code: 'PLACEMENT_PROOF_INVALID'},
	});
	const refused = {ok: false, error: {code: 'PLACEMENT_SIGNATURE_INVALID'}} as const;
	t.deepEqual(verifyPlacement(crypto, who, placed(holder(0).seed), [proof]), refused);
	const moved = {...placed(), scope: {bucket, path: []}};
	t.deepEqual(verifyPlacement(crypto, who, moved, [proof]), refused);
	const elsewhere = {...who, genesisHash: hashOf('other')};
	t.deepEqual(verifyPlacement(crypto, elsewhere, placed(), [proof]), refused);
});

test('proofs of any pieces of any number of pieces hold, and fit into a message', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 300}), fc.nat(), (count, seed) => {
			const all = Array.from({length: count}, (_, index) => hashOf(`${seed} ${index}`));
			const placement = {scope: {bucket, path: []}, root: placementRoot(crypto, all)};
			const message = placementMessage(crypto, genesisHash, placement);
			const signed = {...placement, signature: signForAccount(crypto, owner.seed, message)};
			const proofs = provePieces(crypto, all, [0, seed % count, count - 1]);
			t.true(verifyPlacement(crypto, who, signed, proofs).ok);
		}),
		{numRuns: 30},
	);
	const longest = Array.from({length: PIECE_PROOFS_MAX}, () => ({
		pieceId: hashOf('piece'),
		index: 2 ** 20 - 1,
		path: Array.from({length: 20}, () => hashOf('sibling')),
	}));
	t.true(encodePieceProofs(longest).length <= 196_608);
});

test('placements and proofs are read back, and anything else is refused', t => {
	t.deepEqual(decodePlacement(encodePlacement(placed())), {ok: true, value: placed()});
	const proofs = provePieces(crypto, pieces, [1, 2]);
	t.deepEqual(decodePieceProofs(encodePieceProofs(proofs)), {ok: true, value: proofs});
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), bytes => {
			t.false(decodePlacement(bytes).ok);
			const read = decodePieceProofs(bytes);
			t.true(!read.ok || read.value.length === 0);
		}),
	);
});

test('the longest piece of an object is the object itself, sealed and padded', t => {
	t.is(pieceBytesMax(0), 1024);
	t.is(pieceBytesMax(1008), 1024);
	t.is(pieceBytesMax(1009), 2048);
	t.is(pieceBytesMax(2 ** 20), 2 ** 20 + 1024);
});
