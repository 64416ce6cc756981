import type {Hasher} from '#crypto/crypto';
import {leafHash, merklePath, merkleRoot} from '#crypto/merkle-tree';
import {assert} from '#kernel/assert';
import {compareBytes, concat, equalBytes, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';

/** What a leaf of the payout tree is for. */
export const PAYOUT_TAG = {withdrawal: 0, subsidy: 1, slash: 2} as const;
export type PayoutTag = (typeof PAYOUT_TAG)[keyof typeof PAYOUT_TAG];

/** All that was ever granted to a claim for one purpose. */
export type PayoutLeaf = {readonly tag: PayoutTag; readonly claimId: Hash32; readonly cumulative: Lovelace};

export type PayoutProof = {
	readonly leaf: PayoutLeaf;
	readonly index: number;
	/** From the bottom up. */
	readonly path: readonly Hash32[];
};

/** tag u8 | claim id 32 | cumulative u64be. */
export const payoutLeafBytes = ({tag, claimId, cumulative}: PayoutLeaf): Uint8Array =>
	concat(Uint8Array.of(tag), claimId, u64be(cumulative));

export const comparePayoutLeaves = (a: PayoutLeaf, b: PayoutLeaf): number =>
	a.tag - b.tag || compareBytes(a.claimId, b.claimId);

const hashes = (hasher: Hasher, leaves: readonly PayoutLeaf[]): Hash32[] => {
	for (const [index, leaf] of leaves.entries()) {
		const before = leaves[index - 1];
		const inOrder = before === undefined || comparePayoutLeaves(before, leaf) < 0;
		assert(inOrder, 'payout leaves are sorted by tag and claim, each once');
	}
	return leaves.map(leaf => leafHash(hasher, payoutLeafBytes(leaf)));
};

/** `leaves` sorted by (tag, claim id), each pair once. */
export const payoutRoot = (hasher: Hasher, leaves: readonly PayoutLeaf[]): Hash32 =>
	merkleRoot(hasher, hashes(hasher, leaves));

/** undefined when no leaf of that tag names the claim. */
export const payoutProof = (
	hasher: Hasher,
	leaves: readonly PayoutLeaf[],
	wanted: {readonly tag: PayoutTag; readonly claimId: Hash32},
): PayoutProof | undefined => {
	const index = leaves.findIndex(
		({tag, claimId}) => tag === wanted.tag && equalBytes(claimId, wanted.claimId),
	);
	const leaf = leaves[index];
	if (leaf === undefined) return undefined;
	return {leaf, index, path: merklePath(hasher, hashes(hasher, leaves), index)};
};
