import type {Tip} from '#kernel/point';
import {err, type Result} from '#kernel/result';
import type {BlockNo} from '#kernel/slot';
import type {Header} from '../header.ts';
import {accepted} from './accepted.ts';

export type BlockNumberFailure = {
	readonly code: 'HEADER_BLOCK_NUMBER_WRONG';
	readonly expected: number;
	readonly blockNo: BlockNo;
};

/** Block numbers count up from 0 without a gap. */
export const checkBlockNumber = (
	parent: Tip,
	{blockNo}: Pick<Header, 'blockNo'>,
): Result<undefined, BlockNumberFailure> => {
	const expected = parent === 'origin' ? 0 : parent.blockNo + 1;
	return blockNo === expected ? accepted : err({code: 'HEADER_BLOCK_NUMBER_WRONG', expected, blockNo});
};
