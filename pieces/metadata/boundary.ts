import type {Hasher} from '#crypto/crypto';
import {FANOUT_BITS} from './limits.ts';
import type {TreeKey} from './tree-key.ts';

const leadingZeroBits = (bytes: Uint8Array): number => {
	for (const [index, byte] of bytes.entries()) if (byte !== 0) return 8 * index + Math.clz32(byte) - 24;
	return 8 * bytes.length;
};

/**
 * Up to which level an item of this key ends its node: the item is the last of its nodes at all levels below the
 * result. It depends on the key alone, so a new value moves nothing.
 */
export const endsBelow = (
	hasher: Hasher,
	boundaryKey: Uint8Array,
	{space, path, version}: TreeKey,
): number => {
	const tag = Uint8Array.of(space === 'objects' ? 0 : 1);
	return Math.floor(leadingZeroBits(hasher.blake2b256(boundaryKey, tag, version, path)) / FANOUT_BITS);
};
