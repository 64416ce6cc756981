import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {concat} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';

/** All levels of a piece tree, one hash at a time: what the kernel is judged by. */
export const slowTreeLevels = (hasher: Hasher, data: Uint8Array): Uint8Array[] => {
	const leaves: Hash32[] = [];
	for (let at = 0; at === 0 || at < data.length; at += 1024)
		leaves.push(hasher.blake2b256(Uint8Array.of(0), data.subarray(at, at + 1024)));
	const levels = [leaves];
	for (let level = leaves; level.length > 1; levels.push(level)) {
		const above: Hash32[] = [];
		for (let index = 0; index < level.length; index += 2) {
			const left = defined(level[index], 'in range');
			const right = level[index + 1];
			above.push(right === undefined ? left : hasher.blake2b256(Uint8Array.of(1), left, right));
		}
		level = above;
	}
	return levels.map(level => concat(...level));
};
