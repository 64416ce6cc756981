/**
 * Who was allocated how many governance tokens, as a Merkle tree. On Cardano stands its root only: neither names nor
 * handles. A claim replaces its leaf by 32 zero bytes, so that nothing is claimed twice.
 */
import type {Hasher} from '#crypto/crypto';
import {EMPTY_ROOT, leafHash, merklePath, merkleRoot} from '#crypto/merkle-tree';
import {assert} from '#kernel/assert';
import {compareBytes, concat, equalBytes, u64be} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';

/** `amount` in millionths of a token. */
export type Allocation = {readonly keyHash: Hash28; readonly amount: bigint};

export type AllocationProof = {
	readonly allocation: Allocation;
	readonly index: number;
	/** From the bottom up. */
	readonly path: readonly Hash32[];
};

export type AllocationFailure = {
	/** The roots on the chain are not those of claims from this list: it is another list, or it was altered. */
	readonly code: 'ALLOCATION_WRONG_ROOT';
	readonly expected: Hash32;
	readonly found: Hash32;
};

/** key hash 28 | amount u64be. */
export const allocationLeafBytes = ({keyHash, amount}: Allocation): Uint8Array =>
	concat(keyHash, u64be(amount));

const hashesOf = (
	hasher: Hasher,
	allocations: readonly Allocation[],
	claimed: ReadonlySet<number>,
): Hash32[] => {
	for (const [index, {keyHash}] of allocations.entries()) {
		const before = allocations[index - 1];
		const inOrder = before === undefined || compareBytes(before.keyHash, keyHash) < 0;
		assert(inOrder, 'allocations are sorted by key hash, each key once');
	}
	return allocations.map((allocation, index) =>
		claimed.has(index) ? EMPTY_ROOT : leafHash(hasher, allocationLeafBytes(allocation)),
	);
};

const NONE: ReadonlySet<number> = new Set();

/** `allocations` sorted by key hash, each key once; `claimed` are positions in it. */
export const allocationRoot = (
	hasher: Hasher,
	allocations: readonly Allocation[],
	claimed: ReadonlySet<number> = NONE,
): Hash32 => merkleRoot(hasher, hashesOf(hasher, allocations, claimed));

/** undefined when the key has no allocation, or claimed it. */
export const allocationProof = (
	hasher: Hasher,
	allocations: readonly Allocation[],
	claimed: ReadonlySet<number>,
	wanted: Hash28,
): AllocationProof | undefined => {
	const index = allocations.findIndex(({keyHash}) => equalBytes(keyHash, wanted));
	const allocation = allocations[index];
	if (allocation === undefined || claimed.has(index)) return undefined;
	return {allocation, index, path: merklePath(hasher, hashesOf(hasher, allocations, claimed), index)};
};

/**
 * Positions that were claimed, from the roots that the pot has had, in order and from the first. Cost: O(allocations
 * x log) hashes for each claim.
 */
export const claimedAllocations = (
	hasher: Hasher,
	allocations: readonly Allocation[],
	roots: readonly Hash32[],
): Result<ReadonlySet<number>, AllocationFailure> => {
	const claimed = new Set<number>();
	let root = allocationRoot(hasher, allocations);
	for (const found of roots) {
		if (equalBytes(found, root)) continue;
		const next = allocations.findIndex(
			(_allocation, index) =>
				!claimed.has(index) &&
				equalBytes(allocationRoot(hasher, allocations, new Set([...claimed, index])), found),
		);
		if (next === -1) return err({code: 'ALLOCATION_WRONG_ROOT', expected: root, found});
		claimed.add(next);
		root = found;
	}
	return ok(claimed);
};
