import {decodeBech32} from '#kernel/bech32';
import {parseHex} from '#kernel/bytes';
import {Hash28, type PoolId} from '#kernel/hash';

/** A pool's id as operators write it: 56 hexadecimal digits, or bech32 with the prefix `pool`. */
export const parsePoolId = (text: string): PoolId | undefined => {
	// Both forms have 56 characters.
	const bytes = text.length === 56 ? parseHex(text) : undefined;
	if (bytes !== undefined) return Hash28(bytes);
	const decoded = decodeBech32(text);
	if (!decoded.ok || decoded.value.prefix !== 'pool' || decoded.value.bytes.length !== 28) return undefined;
	return Hash28(decoded.value.bytes);
};
