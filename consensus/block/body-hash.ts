import type {Hasher} from '#crypto/crypto';
import type {Hash32} from '#kernel/hash';

/**
 * The four parts of a block's body as they are on the wire, each one CBOR item. On our chain: transaction bodies,
 * witnesses, what was seen on Cardano, storage-proof witnesses; on Cardano: transaction bodies, witnesses,
 * auxiliary data, indexes of invalid transactions.
 */
export type BodySegments = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** blake2b256 over the blake2b256 of each segment, in order. Cardano's blocks before Alonzo have three. */
export const bodyHash = (hasher: Hasher, segments: readonly Uint8Array[]): Hash32 =>
	hasher.blake2b256(...segments.map(segment => hasher.blake2b256(segment)));

/** What a header must say as its body size. */
export const bodySize = (segments: readonly Uint8Array[]): number =>
	segments.reduce((sum, segment) => sum + segment.length, 0);
