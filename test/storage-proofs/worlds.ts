/** Small providers for these tests: pieces of made-up bytes in agreements in a forest. */
import {blake2b} from '@noble/hashes/blake2b';
import type {Hasher} from '#crypto/crypto';
import {identifyPiece, type PieceId, pieceLeafCount} from '#crypto/piece-id';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {type AgreementTrie, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {EMPTY_FOREST, type Forest, putAgreement} from '#storage-proofs/forest';
import type {ForestProof} from '#storage-proofs/forest-proof';
import {openPieceLeaf, type PieceOpening} from '#storage-proofs/piece/piece-opening';
import {createReferencePieceTree} from '#storage-proofs/piece/reference-piece-tree';

const hash = (length: number, parts: readonly Uint8Array[]): Uint8Array => {
	const state = blake2b.create({dkLen: length});
	for (const part of parts) state.update(part);
	return state.digest();
};

/** A hasher from another library than the node's. */
export const hasher: Hasher = {
	blake2b256: (...parts) => Hash32(hash(32, parts)),
	blake2b224: (...parts) => Hash28(hash(28, parts)),
};

export const trees: PieceTreeKernel = createReferencePieceTree(hasher);

export const named = (name: string): Hash32 => hasher.blake2b256(encodeUtf8(name));

/** Bytes that look random and are the same each time. */
export const bytesOf = (name: string, length: number): Uint8Array => {
	const bytes = new Uint8Array(length);
	for (let at = 0, block = named(name); at < length; at += 32, block = hasher.blake2b256(block))
		bytes.set(block.subarray(0, Math.min(32, length - at)), at);
	return bytes;
};

export const must = <T>(result: Result<T>): T => {
	if (!result.ok) throw new Error(`failed: ${JSON.stringify(result.error, (_, value) => String(value))}`);
	return result.value;
};

export type World = {
	readonly forest: Forest;
	readonly pieces: ReadonlyMap<string, Uint8Array>;
};

const pieceOf = (piece: Uint8Array): {readonly pieceId: PieceId; readonly leaves: number} => ({
	pieceId: identifyPiece(hasher, trees, piece),
	leaves: pieceLeafCount(piece.length),
});

/** `lengths[a][p]`: bytes of piece p of agreement a. */
export const worldOf = (lengths: readonly (readonly number[])[]): World => {
	const pieces = new Map<string, Uint8Array>();
	let forest: Forest = EMPTY_FOREST;
	for (const [a, agreement] of lengths.entries()) {
		const held = agreement.map((length, p) => {
			const piece = bytesOf(`piece ${a}.${p}`, length);
			const {pieceId, leaves} = pieceOf(piece);
			pieces.set(toHex(pieceId), piece);
			return {pieceId, leaves};
		});
		const trie: AgreementTrie = must(agreementTrieOf(held));
		forest = must(putAgreement(forest, named(`agreement ${a}`), {pieces: trie, revisionNo: BigInt(a + 1)}));
	}
	return {forest, pieces};
};

export const openingsFor = ({forest, pieces}: World, indexes: readonly bigint[]): PieceOpening[] =>
	leavesWanted(forest, indexes).map(({pieceId, leafIndex}) =>
		openPieceLeaf(trees, defined(pieces.get(toHex(pieceId)), 'the world has the piece'), leafIndex),
	);

export const proofOf = (world: World, indexes: readonly bigint[]): ForestProof =>
	must(buildProof(hasher, world.forest, indexes, openingsFor(world, indexes)));
