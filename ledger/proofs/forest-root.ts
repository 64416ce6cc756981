import {bytes, type Codec, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {keyOf, numberKey} from '../state/keys.ts';

/**
 * What a provider has committed to and proven; kept for lockEpochs, for bounties, claims of omission, and disputes on
 * Cardano, which read this row out of the state root (`onchain/plutus/storage-challenge`): a row of another form is another
 * contract there.
 */
export type ForestRoot = {
	readonly root: Hash32;
	readonly totalLeaves: number;
	/** What the challenges of the epoch were drawn from; null where there was nothing to ask for. */
	readonly seed: Hash32 | null;
};

export const forestRootCodec: Codec<ForestRoot> = record({
	root: bytes<Hash32>(32),
	totalLeaves: uint(),
	seed: nullable(bytes<Hash32>(32)),
});

/** Sorts by epoch, so that the old ones come first. */
export const forestRootKey = (epoch: Epoch, provider: Hash32): string => numberKey(epoch) + keyOf(provider);

/** The epoch that `forestRootKey` was made of. */
export const epochOfForestRoot = (key: string): Epoch => Number(BigInt(`0x${key.slice(0, 16)}`)) as Epoch;
