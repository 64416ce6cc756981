import {compareBytes, concat, u64be} from '#kernel/bytes';
import type {Ratio} from '#kernel/ratio';
import type {Fixed} from './fixed-point.ts';
import {activeSlotLogarithm, isLeaderNumber} from './slot-leader.ts';

/** The smallest leader value (32 bytes, big-endian) that does not lead; `always` when there is none (f = 1). */
export type LeaderThreshold = Uint8Array | 'always';

const WORD_MASK = (1n << 64n) - 1n;

const bytesOf = (value: bigint): Uint8Array =>
	concat(...[192n, 128n, 64n, 0n].map(shift => u64be((value >> shift) & WORD_MASK)));

/**
 * Bisects the exact rule, which is monotone: what decides against a value decides against every higher one.
 * 256 steps, about 2 ms; afterwards a header costs a comparison of 32 bytes.
 */
const bisect = (sigma: Ratio, logarithmOfInactive: Fixed): Uint8Array => {
	let leads = -1n;
	let leadsNot = (1n << 256n) - 1n;
	while (leadsNot - leads > 1n) {
		const middle = (leads + leadsNot) >> 1n;
		if (isLeaderNumber(middle, sigma, logarithmOfInactive)) leads = middle;
		else leadsNot = middle;
	}
	return bytesOf(leadsNot);
};

export const leaderThreshold = (sigma: Ratio, f: Ratio): LeaderThreshold => {
	const logarithmOfInactive = activeSlotLogarithm(f);
	return logarithmOfInactive === undefined ? 'always' : bisect(sigma, logarithmOfInactive);
};

/** `isSlotLeader` with the threshold already computed. */
export const isBelowThreshold = (value: Uint8Array, threshold: LeaderThreshold): boolean =>
	threshold === 'always' || compareBytes(value, threshold) < 0;
