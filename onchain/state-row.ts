/**
 * What Cardano reads of the side-chain's state: the row of a proven forest under the state root. The side-chain's own are
 * `ledger/proofs/forest-root` and `ledger/main-chain/state-root`; a test holds both together.
 */
import type {Hasher} from '#crypto/crypto';
import {leafHash, rootOfPath} from '#crypto/merkle-tree';
import {u64be} from '#kernel/bytes';
import {bytes, encode, record, u64} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';

/** Number of the table of proven forests in the leaves of the state root. */
export const FOREST_ROOTS_TABLE = 27;
/** Of the eight roots under the state root: the one that providers are under. */
export const PROVIDERS_SECTION = 2;

/** That a provider has proven a forest in an epoch, with the siblings from its row up to the state root. */
export type ProvenForest = {
	/** Claim id. */
	readonly provider: Hash32;
	readonly epoch: number;
	readonly root: Hash32;
	readonly totalLeaves: bigint;
	/** What the challenges of the epoch were drawn from. */
	readonly seed: Hash32;
	/** From the row to the providers' root. */
	readonly index: number;
	readonly path: readonly Hash32[];
	/** From the providers' root to the state root. */
	readonly sections: readonly Hash32[];
};

const rowCodec = record({root: bytes<Hash32>(32), totalLeaves: u64, seed: bytes<Hash32>(32)});

/** The row as a leaf of the state: 0x00 | table | epoch u64be | provider | row in CBOR. */
export const forestRowHash = (
	hasher: Hasher,
	{provider, epoch, root, totalLeaves, seed}: Omit<ProvenForest, 'index' | 'path' | 'sections'>,
): Hash32 => {
	const row = encode(rowCodec, {root, totalLeaves, seed});
	return leafHash(hasher, Uint8Array.of(FOREST_ROOTS_TABLE), u64be(epoch), provider, row);
};

/** The state root that the row and its siblings lead to; undefined where an index does not fit its path. */
export const stateRootOfForest = (hasher: Hasher, forest: ProvenForest): Hash32 | undefined => {
	const {index, path, sections} = forest;
	const providers = rootOfPath(hasher, forestRowHash(hasher, forest), index, path);
	return providers && rootOfPath(hasher, leafHash(hasher, providers), PROVIDERS_SECTION, sections);
};
