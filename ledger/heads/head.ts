import {bytes, type Codec, list, record, uint} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import {HEAD_WRITERS_MAX} from '../limits.ts';
import {keyOf} from '../state/keys.ts';

/** The newest root of a bucket. With its key at most 200 bytes: the chain keeps one row a bucket and nothing of an object. */
export type Head = {
	/** How often it was set. */
	readonly version: number;
	/** Where its owner finds the bucket's tree; the chain knows nothing more of it. */
	readonly root: Hash32;
	/** Hashes (blake2b-224) of the keys that may set it besides the owner's, ascending. */
	readonly writers: readonly AccountId[];
};

export const writersCodec: Codec<readonly AccountId[]> = list(bytes<AccountId>(28), HEAD_WRITERS_MAX);

export const headCodec: Codec<Head> = record({
	version: uint(),
	root: bytes<Hash32>(32),
	writers: writersCodec,
});

/** The owner is in the key, so that nobody can take a bucket's id before its owner does. */
export const headKey = (owner: AccountId, bucket: Hash32): string => keyOf(owner, bucket);

export const HEAD_KEY_BYTES = 60;
