import type {Hash32} from '#kernel/hash';
import type {DisputedBond} from '#onchain/plans/bond-plans';
import type {LeafOpening} from '#storage-proofs/forest-proof';

type Options = {readonly signal?: AbortSignal};

/** The bonds of providers on Cardano, as a node with a wallet answers for them. */
export type BondContract = {
	/** Of that provider, by claim id. Throws MAIN_CHAIN_…. */
	disputesOf(provider: Hash32, options?: Options): Promise<readonly DisputedBond[]>;
	/** Resolves once the answer is in a block. Throws BOND_…, CARDANO_… and what is wrong with the opening. */
	answer(
		request: {readonly bond: Hash32; readonly opening: LeafOpening},
		options?: Options,
	): Promise<{readonly txId: Hash32; readonly fee: bigint}>;
};
