/**
 * blake2b-256 over a whole level of a piece tree a call, all inside this memory:
 * leaf = H(0 | up to 1,024 bytes), node = H(1 | left | right).
 */
import {compress, finish, start} from './compress.as';

const BLOCK_BYTES: usize = 128;
const LEAF_BYTES: usize = 1024;
const HASH_BYTES: usize = 32;
const LEAF: u8 = 0;
const NODE: u8 = 1;

/** Room for 32 leaves, or for 512 pairs of hashes: both fit the fastest caches. One byte stands free before it. */
const CHUNK_BYTES: usize = 32768;
const INPUT: usize = memory.data(32784, 16) + 16;
const OUTPUT: usize = memory.data(16384, 16);
/** The last block of a message, zeros beyond it. */
const TAIL: usize = memory.data(128, 16);

export function chunkBytes(): usize {
	return CHUNK_BYTES;
}

/** Where the host writes leaves or hashes. Overwritten by hashing them. */
export function inputPointer(): usize {
	return INPUT;
}

/** Where the hashes are afterwards, in order. */
export function outputPointer(): usize {
	return OUTPUT;
}

/** The first 128-byte blocks of a message; the rest of it, not empty, is left for the tail. Returns where that begins. */
function compressBlocks(message: usize, length: usize): usize {
	let at: usize = 0;
	for (; at + BLOCK_BYTES < length; at += BLOCK_BYTES) compress(message + at, at + BLOCK_BYTES, false);
	return at;
}

/** The byte before a leaf is the end of the leaf before, which is done with: the prefix goes there. */
function hashLeaf(digest: usize, leaf: usize, bytes: usize): void {
	const message = leaf - 1;
	store<u8>(message, LEAF);
	start();
	const at = compressBlocks(message, bytes + 1);
	memory.fill(TAIL, 0, BLOCK_BYTES);
	memory.copy(TAIL, message + at, bytes + 1 - at);
	compress(TAIL, bytes + 1, true);
	finish(digest);
}

/** A leaf of 1,024 bytes is eight blocks and one byte; TAIL must be zero beyond that. */
function hashWholeLeaf(digest: usize, leaf: usize): void {
	store<u8>(leaf - 1, LEAF);
	start();
	compressBlocks(leaf - 1, LEAF_BYTES + 1);
	store<u8>(TAIL, load<u8>(leaf + LEAF_BYTES - 1));
	compress(TAIL, LEAF_BYTES + 1, true);
	finish(digest);
}

/** Hashes the leaves of `bytes` bytes of input; the last may be short, and no bytes are one empty leaf. */
export function hashLeaves(bytes: usize): void {
	const whole = bytes / LEAF_BYTES;
	memory.fill(TAIL, 0, BLOCK_BYTES);
	for (let i: usize = 0; i < whole; i++) hashWholeLeaf(OUTPUT + i * HASH_BYTES, INPUT + i * LEAF_BYTES);
	const rest = bytes - whole * LEAF_BYTES;
	if (rest > 0 || bytes == 0) hashLeaf(OUTPUT + whole * HASH_BYTES, INPUT + whole * LEAF_BYTES, rest);
}

/** Hashes `count` pairs of hashes. */
export function hashPairs(count: usize): void {
	memory.fill(TAIL, 0, BLOCK_BYTES);
	store<u8>(TAIL, NODE);
	for (let i: usize = 0; i < count; i++) {
		const pair = INPUT + i * 64;
		for (let word: usize = 0; word < 64; word += 8) store<u64>(TAIL + 1 + word, load<u64>(pair + word));
		start();
		compress(TAIL, 65, true);
		finish(OUTPUT + i * HASH_BYTES);
	}
}
