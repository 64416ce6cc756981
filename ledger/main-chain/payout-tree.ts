/** The tree that withdrawals and subsidies are claimed against on Cardano. */
import type {Hasher} from '#crypto/crypto';
import {leafHash, merklePath, merkleRoot} from '#crypto/merkle-tree';
import {compareBytes, fromHex, u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {type LedgerReader, rowsOf} from '../state/reader.ts';
import {PAYOUT_SUBSIDY, PAYOUT_WITHDRAWAL, type Payout, type PayoutLeaf} from './checkpoint.ts';

const withdrawalsOf = (reader: LedgerReader): readonly PayoutLeaf[] =>
	[...rowsOf(reader, 'withdrawals')].map(([key, {cumulative}]) => ({
		tag: PAYOUT_WITHDRAWAL,
		claimId: Hash32(fromHex(key)),
		cumulative,
	}));

/** Of providers that have named a claim for them. */
const subsidiesOf = (reader: LedgerReader): readonly PayoutLeaf[] =>
	[...rowsOf(reader, 'subsidies')]
		.flatMap(([, {claimId, cumulative}]) =>
			claimId === null || cumulative === 0n ? [] : {tag: PAYOUT_SUBSIDY, claimId, cumulative},
		)
		.sort((a, b) => compareBytes(a.claimId, b.claimId));

/** All that was ever withdrawn, the treasury's share included, and all subsidies: by tag and claim. */
export const payoutOf = (reader: LedgerReader): Payout => [...withdrawalsOf(reader), ...subsidiesOf(reader)];

/** tag u8 | claim 32 | cumulative u64be. */
const payoutLeafHash = (hasher: Hasher, {tag, claimId, cumulative}: PayoutLeaf): Hash32 =>
	leafHash(hasher, Uint8Array.of(tag), claimId, u64be(cumulative));

export const payoutRootOf = (hasher: Hasher, payout: Payout): Hash32 =>
	merkleRoot(
		hasher,
		payout.map(leaf => payoutLeafHash(hasher, leaf)),
	);

/** What the claim transaction on Cardano needs. */
export type PayoutProof = {
	readonly leaf: PayoutLeaf;
	readonly index: number;
	/** Siblings from the leaf up. */
	readonly path: readonly Hash32[];
	readonly root: Hash32;
};

/** Undefined when the claim has no leaf of that tag. */
export const payoutProofOf = (
	hasher: Hasher,
	payout: Payout,
	claimId: Uint8Array,
	tag: number = PAYOUT_WITHDRAWAL,
): PayoutProof | undefined => {
	const index = payout.findIndex(leaf => leaf.tag === tag && compareBytes(leaf.claimId, claimId) === 0);
	const leaf = payout[index];
	if (leaf === undefined) return undefined;
	const leaves = payout.map(each => payoutLeafHash(hasher, each));
	return {leaf, index, path: merklePath(hasher, leaves, index), root: merkleRoot(hasher, leaves)};
};
