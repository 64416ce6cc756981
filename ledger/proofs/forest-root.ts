import {bytes, type Codec, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {keyOf, numberKey} from '../state/keys.ts';

/** What a provider has committed to and proven; kept for lockEpochs, for bounties and claims of omission. */
export type ForestRoot = {readonly root: Hash32; readonly totalLeaves: number};

export const forestRootCodec: Codec<ForestRoot> = record({root: bytes<Hash32>(32), totalLeaves: uint()});

/** Sorts by epoch, so that the old ones come first. */
export const forestRootKey = (epoch: Epoch, provider: Hash32): string => numberKey(epoch) + keyOf(provider);

/** The epoch that `forestRootKey` was made of. */
export const epochOfForestRoot = (key: string): Epoch => Number(BigInt(`0x${key.slice(0, 16)}`)) as Epoch;
