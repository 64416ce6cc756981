import type {Hasher} from '#crypto/crypto';
import type {Hash32, HeaderHash} from '#kernel/hash';

/** Randomness of the chain; `neutral` is the identity of `combineNonces` (Shelley formal spec, section 3.4). */
export type Nonce = Hash32 | 'neutral';

/** a * b = blake2b256(a | b). */
export const combineNonces = (hasher: Hasher, a: Nonce, b: Nonce): Nonce => {
	if (a === 'neutral') return b;
	return b === 'neutral' ? a : hasher.blake2b256(a, b);
};

/** The first block of a chain has no predecessor and adds nothing. */
export const nonceOfPrevHash = (prevHash: HeaderHash | null): Nonce => prevHash ?? 'neutral';
