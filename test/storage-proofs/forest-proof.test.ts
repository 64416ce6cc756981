import test from 'ava';
import fc from 'fast-check';
import {pieceLeafCount} from '#crypto/piece-id';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {CHALLENGES, challengeIndexes} from '#storage-proofs/challenge';
import {
	agreementInForest,
	EMPTY_FOREST,
	forestCommitment,
	locateLeaf,
	putAgreement,
	removeAgreement,
} from '#storage-proofs/forest';
import {
	decodeForestProof,
	encodeForestProof,
	FOREST_PROOF_BYTES_MAX,
	type ForestProof,
	type LeafOpening,
} from '#storage-proofs/forest-proof';
import {SUM_MAX} from '#storage-proofs/trie/trie';
import {type ForestProofError, verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {hasher, must, named, openingsFor, proofOf, worldOf} from './worlds.ts';

const world = worldOf([[5_000, 1_024, 0], [3_000], [10_000, 700, 2_048, 1], []]);
const commitment = forestCommitment(hasher, world.forest);
const indexes = challengeIndexes(hasher, {
	genesisHash: named('genesis'),
	seed: named('seed'),
	providerId: named('provider'),
	epoch: Epoch(3),
	totalLeaves: commitment.totalLeaves,
});
const proof = proofOf(world, indexes);
const asked = {...commitment, indexes};

/** The proof with its first opening changed. */
const withFirst = (change: (opening: LeafOpening) => Partial<LeafOpening>): ForestProof => ({
	openings: proof.openings.map((opening, at) => (at === 0 ? {...opening, ...change(opening)} : opening)),
});
const flipped = (bytes: Uint8Array): Hash32 => {
	const changed = bytes.slice();
	changed[0] = (changed[0] as number) ^ 1;
	return changed as Hash32;
};
const errorOf = (changed: ForestProof): ForestProofError | undefined => {
	const verified = verifyForestProof(hasher, asked, changed);
	return verified.ok ? undefined : verified.error;
};

test('a proof of every leaf of the forest holds and says whose it is', t => {
	for (let index = 0n; index < commitment.totalLeaves; index++) {
		const [found] = must(
			verifyForestProof(hasher, {...commitment, indexes: [index]}, proofOf(world, [index])),
		);
		const agreement = found && agreementInForest(world.forest, found.agreementId);
		if (found === undefined || agreement === undefined) return t.fail();
		t.deepEqual(
			{root: found.root, leaves: found.leaves, revisionNo: found.revisionNo},
			{...agreementCommitment(hasher, agreement.pieces), revisionNo: agreement.revisionNo},
		);
	}
	return t.is(commitment.totalLeaves, 24n);
});

test('eight challenges are answered through the wire format', t => {
	t.is(indexes.length, CHALLENGES);
	const bytes = encodeForestProof(proof);
	const read = must(decodeForestProof(bytes));
	t.deepEqual(read, proof);
	t.is(must(verifyForestProof(hasher, asked, read)).length, CHALLENGES);
});

test('a provider that holds nothing is asked nothing', t => {
	const empty = forestCommitment(hasher, EMPTY_FOREST);
	const none = challengeIndexes(hasher, {
		genesisHash: named('genesis'),
		seed: named('seed'),
		providerId: named('provider'),
		epoch: Epoch(0),
		totalLeaves: empty.totalLeaves,
	});
	t.deepEqual(none, []);
	t.deepEqual(must(verifyForestProof(hasher, {...empty, indexes: none}, {openings: []})), []);
});

test('the provider is told which leaves to read', t => {
	const wanted = leavesWanted(world.forest, indexes);
	t.deepEqual(
		wanted.map(
			({pieceId, pieceLeaves}) =>
				pieceLeaves === pieceLeafCount(world.pieces.get(toHex(pieceId))?.length ?? -1),
		),
		indexes.map(() => true),
	);
	t.is(locateLeaf(world.forest, commitment.totalLeaves), undefined);
});

test('a damaged piece is found before a wrong proof is sent', t => {
	const [first, ...rest] = openingsFor(world, indexes);
	const [wanted] = leavesWanted(world.forest, indexes);
	if (first === undefined || wanted === undefined) return t.fail();
	const damaged = {...first, leaf: flipped(first.leaf)};
	return t.deepEqual(buildProof(hasher, world.forest, indexes, [damaged, ...rest]), {
		ok: false,
		error: {code: 'PIECE_DAMAGED', ...wanted},
	});
});

test('a proof with too few or too many openings is refused', t => {
	t.deepEqual(errorOf({openings: proof.openings.slice(1)}), {
		code: 'PROOF_OPENINGS_MISCOUNTED',
		openings: 7,
		challenges: 8,
	});
	t.deepEqual(errorOf({openings: [...proof.openings, ...proof.openings]}), {
		code: 'PROOF_OPENINGS_MISCOUNTED',
		openings: 16,
		challenges: 8,
	});
});

test('an altered byte of a leaf is refused', t => {
	t.deepEqual(errorOf(withFirst(({piece}) => ({piece: {...piece, leaf: flipped(piece.leaf)}}))), {
		code: 'PROOF_PIECE_WRONG',
		challenge: 0,
		pieceId: proof.openings[0]?.pieceId as Hash32,
	});
});

test('a leaf of another length is refused', t => {
	t.like(errorOf(withFirst(({piece}) => ({piece: {...piece, leaf: piece.leaf.slice(1)}}))), {
		code: 'PROOF_LEAF_LENGTH_WRONG',
		challenge: 0,
	});
});

test('a path through the piece of another length is malformed', t => {
	const changed = withFirst(({piece}) => ({piece: {...piece, path: [...piece.path, named('more')]}}));
	t.deepEqual(errorOf(changed), {code: 'PROOF_PATH_MALFORMED', challenge: 0, tree: 'piece'});
});

test('a trie path whose depths do not grow is malformed', t => {
	const step = {depth: 9, sibling: named('sibling'), siblingSum: 0n};
	t.deepEqual(errorOf(withFirst(() => ({agreementPath: [step, step]}))), {
		code: 'PROOF_PATH_MALFORMED',
		challenge: 0,
		tree: 'forest',
	});
	t.deepEqual(errorOf(withFirst(() => ({piecePath: [step, step]}))), {
		code: 'PROOF_PATH_MALFORMED',
		challenge: 0,
		tree: 'agreement',
	});
});

test('the true opening of another leaf is refused', t => {
	const others = Array.from({length: Number(commitment.totalLeaves)}, (_, index) => BigInt(index));
	for (const wanted of others)
		for (const shown of others) {
			const [at, instead] = [locateLeaf(world.forest, wanted), locateLeaf(world.forest, shown)];
			if (at === undefined || instead === undefined) return t.fail();
			const verified = verifyForestProof(hasher, {...commitment, indexes: [wanted]}, proofOf(world, [shown]));
			if (wanted === shown) t.true(verified.ok);
			else if (toHex(at.pieceId) === toHex(instead.pieceId)) t.false(verified.ok);
			else
				t.like(verified, {
					ok: false,
					error: {
						code: 'PROOF_LEAF_WRONG',
						challenge: 0,
						wanted,
						pieceFrom: shown - BigInt(instead.leafIndex),
					},
				});
		}
	return undefined;
});

test('an inflated sum is refused', t => {
	const inflate = ({agreementPath}: LeafOpening): Partial<LeafOpening> => ({
		agreementPath: agreementPath.map((step, at) =>
			at === 0 ? {...step, siblingSum: step.siblingSum + 1n} : step,
		),
	});
	t.deepEqual(errorOf(withFirst(inflate)), {
		code: 'PROOF_SUM_WRONG',
		challenge: 0,
		tree: 'forest',
		sum: commitment.totalLeaves + 1n,
		committed: commitment.totalLeaves,
	});
});

test('sums shifted from one side to the other lead to another root', t => {
	const shift = ({agreementPath}: LeafOpening): Partial<LeafOpening> => ({
		agreementPath: agreementPath.map((step, at) => ({
			...step,
			siblingSum: step.siblingSum + (at === 0 ? 1n : at === 1 ? -1n : 0n),
		})),
	});
	const opening = proof.openings.findIndex(({agreementPath}) => (agreementPath[1]?.siblingSum ?? 0n) > 0n);
	t.true(opening >= 0);
	const error = errorOf({
		openings: proof.openings.map((item, at) => (at === opening ? {...item, ...shift(item)} : item)),
	});
	t.like(error, {code: 'PROOF_ROOT_WRONG', challenge: opening, tree: 'forest'});
});

test('sums that overflow are refused', t => {
	const overflow = ({agreementPath}: LeafOpening): Partial<LeafOpening> => ({
		agreementPath: agreementPath.map(step => ({...step, siblingSum: SUM_MAX})),
	});
	t.deepEqual(errorOf(withFirst(overflow)), {code: 'PROOF_SUM_OVERFLOW', challenge: 0, tree: 'forest'});
	const within = (): Partial<LeafOpening> => ({
		piecePath: [{depth: 0, sibling: named('x'), siblingSum: SUM_MAX}],
	});
	t.deepEqual(errorOf(withFirst(within)), {code: 'PROOF_SUM_OVERFLOW', challenge: 0, tree: 'agreement'});
});

test('a proof under another root, revision, agreement or piece is refused', t => {
	const other = verifyForestProof(hasher, {...asked, root: named('other')}, proof);
	t.like(other, {ok: false, error: {code: 'PROOF_ROOT_WRONG', tree: 'forest', root: commitment.root}});
	t.like(errorOf(withFirst(({revisionNo}) => ({revisionNo: revisionNo + 1n}))), {
		code: 'PROOF_ROOT_WRONG',
		tree: 'forest',
	});
	t.like(errorOf(withFirst(({agreementRoot}) => ({agreementRoot: flipped(agreementRoot)}))), {
		code: 'PROOF_ROOT_WRONG',
		tree: 'forest',
	});
	t.like(errorOf(withFirst(({pieceId}) => ({pieceId: flipped(pieceId)}))), {
		code: 'PROOF_ROOT_WRONG',
		tree: 'agreement',
	});
});

test('a proof of another epoch does not answer this one', t => {
	const next = challengeIndexes(hasher, {
		genesisHash: named('genesis'),
		seed: named('seed'),
		providerId: named('provider'),
		epoch: Epoch(4),
		totalLeaves: commitment.totalLeaves,
	});
	t.notDeepEqual(next, indexes);
	t.false(verifyForestProof(hasher, {...commitment, indexes: next}, proof).ok);
});

test('a proof with any single bit of it altered is refused', t => {
	const bytes = encodeForestProof(proof);
	fc.assert(
		fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
			const altered = bytes.slice();
			altered[at] = (altered[at] as number) ^ (1 << bit);
			const read = decodeForestProof(altered);
			t.false(read.ok && verifyForestProof(hasher, asked, read.value).ok);
		}),
		{numRuns: 400},
	);
});

test('no bytes crash the decoder', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), bytes => {
			t.false(decodeForestProof(bytes).ok && bytes.length > 2);
		}),
		{numRuns: 300},
	);
	const long = new Uint8Array(FOREST_PROOF_BYTES_MAX + 1);
	t.deepEqual(decodeForestProof(long), {
		ok: false,
		error: {
			code: 'FOREST_PROOF_TOO_LONG',
			length: FOREST_PROOF_BYTES_MAX + 1,
			lengthMax: FOREST_PROOF_BYTES_MAX,
		},
	});
});

test('random forests are proven wherever the challenge falls', t => {
	// Two empty pieces are the same piece, and an agreement holds a piece once.
	const lengthsOfOne = fc
		.array(fc.nat(6_000), {minLength: 0, maxLength: 5})
		.filter(lengths => lengths.filter(length => length === 0).length < 2);
	const sizes = fc.array(lengthsOfOne, {minLength: 1, maxLength: 5});
	fc.assert(
		fc.property(sizes, fc.array(fc.nat(), {minLength: 8, maxLength: 8}), (lengths, draws) => {
			const small = worldOf(lengths);
			const {root, totalLeaves} = forestCommitment(hasher, small.forest);
			if (totalLeaves === 0n) return;
			const drawn = draws.map(draw => BigInt(draw) % totalLeaves);
			t.true(verifyForestProof(hasher, {root, totalLeaves, indexes: drawn}, proofOf(small, drawn)).ok);
		}),
		{numRuns: 30},
	);
});

test('a committed snapshot is proven while agreements come and go', t => {
	const [pieceId] = leavesWanted(world.forest, [0n]).map(wanted => wanted.pieceId);
	if (pieceId === undefined) return t.fail();
	const pieces = must(agreementTrieOf([{pieceId, leaves: 1}]));
	let live = must(putAgreement(world.forest, named('new'), {pieces, revisionNo: 1n}));
	live = must(putAgreement(live, named('agreement 0'), {pieces, revisionNo: 2n}));
	const after = removeAgreement(live, named('agreement 1'));
	t.notDeepEqual(forestCommitment(hasher, after).root, commitment.root);
	t.deepEqual(forestCommitment(hasher, world.forest), commitment);
	return t.true(verifyForestProof(hasher, asked, proofOf(world, indexes)).ok);
});
