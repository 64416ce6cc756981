import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {BlockNo} from '#kernel/slot';
import type {Header} from '../header.ts';
import {accepted} from './accepted.ts';

/** Blocks that are final: the hash that a block number must have. */
export type Checkpoints = ReadonlyMap<BlockNo, HeaderHash>;

export type CheckpointFailure = {
	readonly code: 'HEADER_CHECKPOINT_MISMATCH';
	readonly blockNo: BlockNo;
	readonly expected: HeaderHash;
	readonly hash: HeaderHash;
};

/** A chain may not leave what was made final. */
export const checkCheckpoint = (
	checkpoints: Checkpoints,
	{blockNo, hash}: Pick<Header, 'blockNo' | 'hash'>,
): Result<undefined, CheckpointFailure> => {
	const expected = checkpoints.get(blockNo);
	return expected === undefined || equalBytes(expected, hash)
		? accepted
		: err({code: 'HEADER_CHECKPOINT_MISMATCH', blockNo, expected, hash});
};
