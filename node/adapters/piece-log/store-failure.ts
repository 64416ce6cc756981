import {AssertionError} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';

const isDiskFull = (error: unknown): boolean => {
	if (!(error instanceof Error)) return false;
	const {code} = error as NodeJS.ErrnoException;
	if (
		code === 'ENOSPC' ||
		code === 'STORE_DISK_FULL' ||
		code === 'EDQUOT' ||
		/no space left/i.test(error.message)
	)
		return true;
	return isDiskFull(error.cause);
};

/** Names what went wrong with the disk under a piece store. */
export const storeFailure = (cause: unknown, folder: string): Error => {
	// What is named already, and bugs, which must stop the node.
	const isNamed = cause instanceof NodeError && !cause.code.startsWith('STORE_');
	if (isNamed || cause instanceof AssertionError) return cause;
	return isDiskFull(cause)
		? new NodeError(
				{
					code: 'PIECE_STORE_FULL',
					message: `The disk under ${folder} is full: free some space, or lower the capacity that is offered.`,
					folder,
				},
				{cause},
			)
		: new NodeError(
				{
					code: 'PIECE_STORE_FAILED',
					message: `Pieces in ${folder} cannot be read or written: check the disk and the owner of the folder.`,
					folder,
				},
				{cause},
			);
};
