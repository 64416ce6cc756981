import {equalBytes} from '#kernel/bytes';
import type {Header} from '../header/header.ts';

type Link = Pick<Header, 'blockNo' | 'hash'>;

/**
 * The last block that two chains, given from old to new without gaps, have in common; undefined when there is none
 * among those given. O(log n): once chains parted, they never meet again.
 */
export const intersect = <T extends Link>(a: readonly T[], b: readonly Link[]): T | undefined => {
	const firstA = a[0];
	const firstB = b[0];
	if (firstA === undefined || firstB === undefined) return undefined;
	const start = Math.max(firstA.blockNo, firstB.blockNo);
	let shared = 0;
	let parted = Math.min(a.length - (start - firstA.blockNo), b.length - (start - firstB.blockNo)) + 1;
	const isShared = (count: number): boolean => {
		const inA = a[start - firstA.blockNo + count - 1];
		const inB = b[start - firstB.blockNo + count - 1];
		return inA !== undefined && inB !== undefined && equalBytes(inA.hash, inB.hash);
	};
	while (parted - shared > 1) {
		const middle = (shared + parted) >> 1;
		if (isShared(middle)) shared = middle;
		else parted = middle;
	}
	return shared === 0 ? undefined : a[start - firstA.blockNo + shared - 1];
};
