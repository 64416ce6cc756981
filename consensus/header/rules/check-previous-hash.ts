import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {err, type Result} from '#kernel/result';
import type {Header} from '../header.ts';
import {accepted} from './accepted.ts';

export type PreviousHashFailure = {
	readonly code: 'HEADER_PREVIOUS_HASH_WRONG';
	/** null: the header must be a chain's first, or says that it is. */
	readonly expected: HeaderHash | null;
	readonly prevHash: HeaderHash | null;
};

/** The header names the hash of its parent, and none when it is the first. */
export const checkPreviousHash = (
	parent: Tip,
	{prevHash}: Pick<Header, 'prevHash'>,
): Result<undefined, PreviousHashFailure> => {
	const expected = parent === 'origin' ? null : parent.hash;
	const same =
		expected === null || prevHash === null ? expected === prevHash : equalBytes(expected, prevHash);
	return same ? accepted : err({code: 'HEADER_PREVIOUS_HASH_WRONG', expected, prevHash});
};
