/** The daily proof of a provider that holds 10 TB: the time to make it from pieces in memory, and to check it. */
import {blake2b} from '@noble/hashes/blake2.js';
import type {Hasher} from '#crypto/crypto';
import {identifyPiece, type PieceId, pieceLeafCount} from '#crypto/piece-id';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {assert, defined} from '#kernel/assert';
import {toHex, u32be} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {SEGMENT_BYTES_PUBLIC, WIDE_CODE} from '#pieces/erasure/code-profile';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {agreementTrieOf} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {CHALLENGES} from '#storage-proofs/challenge';
import {EMPTY_FOREST, type Forest, forestCommitment, putAgreement} from '#storage-proofs/forest';
import {encodeForestProof, type ForestProof} from '#storage-proofs/forest-proof';
import {openPieceLeaf, type PieceOpening} from '#storage-proofs/piece/piece-opening';
import {createReferencePieceTree} from '#storage-proofs/piece/reference-piece-tree';
import {leavesOf, sumOf, type Trie} from '#storage-proofs/trie/trie';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {type Bench, lessIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';

const HELD_BYTES = 10e12;
const AGREEMENTS = 1000;
const PIECE_BYTES = pieceLengthOf(WIDE_CODE.k, SEGMENT_BYTES_PUBLIC);
const PIECES_EACH = Math.round(HELD_BYTES / PIECE_BYTES / AGREEMENTS);

const digest = (parts: readonly Uint8Array[], dkLen: number): Uint8Array => {
	const state = blake2b.create({dkLen});
	for (const part of parts) state.update(part);
	return state.digest();
};
const nobleHasher: Hasher = {
	blake2b256: (...parts) => Hash32(digest(parts, 32)),
	blake2b224: (...parts) => Hash28(digest(parts, 28)),
};

type Provider = {
	readonly forest: Forest;
	/** The pieces that are there in full: one for each challenge. */
	readonly pieces: ReadonlyMap<string, Uint8Array>;
	readonly indexes: readonly bigint[];
};

/** All agreements share one trie of pieces, so that ten terabytes fit into memory; paths are as long as ever. */
const providerOf10TB = (hasher: Hasher, trees: PieceTreeKernel): Provider => {
	const pieces = new Map<string, Uint8Array>();
	for (let index = 0; index < CHALLENGES; index++) {
		const piece = new Uint8Array(PIECE_BYTES).fill(index);
		pieces.set(toHex(identifyPiece(hasher, trees, piece)), piece);
	}
	const leaves = pieceLeafCount(PIECE_BYTES);
	const strangers = Array.from({length: PIECES_EACH - CHALLENGES}, (_, at) => hasher.blake2b256(u32be(at)));
	const known = [...pieces.values()].map(piece => identifyPiece(hasher, trees, piece));
	const trie = agreementTrieOf([...strangers, ...known].map((pieceId: PieceId) => ({pieceId, leaves})));
	assert(trie.ok, 'the sums fit');
	let forest: Forest = EMPTY_FOREST;
	for (let at = 0; at < AGREEMENTS; at++) {
		const id = hasher.blake2b256(u32be(at), u32be(at));
		const put = putAgreement(forest, id, {pieces: trie.value, revisionNo: 1n});
		assert(put.ok, 'the sums fit');
		forest = put.value;
	}
	return {forest, pieces, indexes: indexesOf(trie.value, pieces)};
};

/** Challenges of agreements far apart, each in one of the pieces that are there. */
const indexesOf = (trie: Trie<null>, pieces: ReadonlyMap<string, Uint8Array>): bigint[] => {
	const indexes: bigint[] = [];
	let offset = 0n;
	for (const {key, sum} of leavesOf(trie)) {
		const agreement = BigInt(Math.floor(((indexes.length + 0.5) * AGREEMENTS) / CHALLENGES));
		if (pieces.has(toHex(key))) indexes.push(agreement * sumOf(trie) + offset + sum / 3n);
		offset += sum;
	}
	return indexes;
};

const prove = (hasher: Hasher, trees: PieceTreeKernel, {forest, pieces, indexes}: Provider): ForestProof => {
	const openings = leavesWanted(forest, indexes).map(
		({pieceId, leafIndex}): PieceOpening =>
			openPieceLeaf(trees, defined(pieces.get(toHex(pieceId)), 'the piece is there'), leafIndex),
	);
	const proof = buildProof(hasher, forest, indexes, openings);
	assert(proof.ok, 'the proof is made');
	return proof.value;
};

const proofBuild: Bench = {
	name: 'proof-build',
	run: async () => {
		const {crypto, pieceTree} = await createCryptoBackends();
		const provider = providerOf10TB(crypto, pieceTree);
		forestCommitment(crypto, provider.forest);
		const reference = createReferencePieceTree(crypto);
		const ms = (trees: PieceTreeKernel): number =>
			1000 /
			ratePerSecond(() => {
				prove(crypto, trees, provider);
				return 1;
			});
		return [
			lessIsBetter('proof-build', 'ms', ms(pieceTree), {
				name: 'libsodium, a call a hash',
				value: ms(reference),
			}),
			lessIsBetter(
				'proof-build-bytes',
				'bytes',
				encodeForestProof(prove(crypto, pieceTree, provider)).length,
			),
		];
	},
};

const proofVerify: Bench = {
	name: 'proof-verify',
	run: async () => {
		const {crypto, pieceTree} = await createCryptoBackends();
		const provider = providerOf10TB(crypto, pieceTree);
		const proof = prove(crypto, pieceTree, provider);
		const asked = {...forestCommitment(crypto, provider.forest), indexes: provider.indexes};
		const ms = (hasher: Hasher): number =>
			1000 /
			ratePerSecond(() => {
				assert(verifyForestProof(hasher, asked, proof).ok, 'the proof holds');
				return 1;
			});
		return [lessIsBetter('proof-verify', 'ms', ms(crypto), {name: '@noble/hashes', value: ms(nobleHasher)})];
	},
};

export const proofBenches: readonly Bench[] = [proofBuild, proofVerify];
